/** The list of a removal as a file, written a line at a time however long it is. */
import { createHash } from 'node:crypto';
import { closeSync, existsSync, openSync, rmSync, writeSync } from 'node:fs';
import { listHead, objectLine } from '#model/removal-list.ts';
import type { RemovalFacts } from '#model/removal-list.ts';
import { Fault } from '#std/refused.ts';

const PART_CHARS = 64 * 1024;

export function objectsSha256(objects: Iterable<string>): string {
  const sum = createHash('sha256');
  for (const part of partsOf(objects)) sum.update(part);
  return sum.digest('hex');
}

/** A Fault `list-exists` where a file of this name is: told before anything is planned for it. */
export function expectNoList(file: string): void {
  if (existsSync(file)) throw listExists(file);
}

function listExists(file: string): Fault {
  return new Fault('list-exists', `${file} is there already: name another file for the list`);
}

/** Sorted objects, into a new file. */
export function writeRemovalList(file: string, facts: RemovalFacts, objects: Iterable<string>): void {
  const fd = openNew(file);
  try {
    write(fd, listHead(facts));
    for (const part of partsOf(objects)) write(fd, part);
  } catch (cause) {
    rmSync(file); // half of it is none
    throw cause;
  } finally {
    closeSync(fd);
  }
}

function openNew(file: string): number {
  try {
    return openSync(file, 'wx', 0o600);
  } catch (cause) {
    throw (cause as NodeJS.ErrnoException).code === 'EEXIST' ? listExists(file) : cause; // Node's file functions give errors with a code
  }
}

function write(fd: number, text: string): void {
  const bytes = Buffer.from(text);
  for (let done = 0; done < bytes.length;) done += writeSync(fd, bytes, done);
}

/** Many lines at once. */
function* partsOf(objects: Iterable<string>): Iterable<string> {
  let part = '';
  for (const object of objects) {
    part += objectLine(object);
    if (part.length < PART_CHARS) continue;
    yield part;
    part = '';
  }
  yield part;
}
