/**
 * The lines of an interrupted run's journal, found by the path that each is of. Memory holds where they lie, not what they say: there may be millions, and
 * one of them tens of megabytes long. Of two lines for one path the later counts.
 */
import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { hash } from 'node:crypto';
import { tmpdir } from 'node:os';
import { BlobRows } from '#vault/engine/blob-rows.ts';
import { NO_ROW } from '#vault/engine/id-slots.ts';
import { ID_BYTES } from '#vault/format/blob.ts';

export interface JournalLines {
  readonly count: number;
  /** The text of the line for this path. */
  find(path: Uint8Array): string | undefined;
  close(): void;
}

const ROWS_MAX = 80_000;
const STEP_BYTES = 1024 * 1024;
const NEWLINE = 0x0a;

/** `pathOf` gives the path that a line is of; undefined for one that was cut off. No file is a journal without lines. */
export function openJournalLines(
  file: string,
  pathOf: (line: string) => Uint8Array | undefined,
  scratch = tmpdir(),
): JournalLines {
  const fd = openedToRead(file);
  const rows = new BlobRows({ scratch, rowsMax: ROWS_MAX });
  if (fd === undefined) return { count: 0, find: () => undefined, close: () => undefined };
  for (const { at, bytes } of linesBackwards(fd, fstatSync(fd).size)) {
    const path = pathOf(bytes.toString('utf8'));
    const name = path === undefined ? undefined : nameOf(path);
    if (name !== undefined && rows.find(name) === NO_ROW)
      rows.add(name, [at % 2 ** 32, Math.floor(at / 2 ** 32), bytes.length, 0]);
  }
  return {
    count: rows.size,
    find(path) {
      const row = rows.find(nameOf(path));
      if (row === NO_ROW) return undefined;
      const said = rows.rowAt(row);
      const [low, high, length] = [0, 4, 8].map((word) => said.readUInt32LE(ID_BYTES + word));
      return readAt(fd, (high ?? 0) * 2 ** 32 + (low ?? 0), length ?? 0).toString('utf8');
    },
    close: () => closeSync(fd),
  };
}

function nameOf(path: Uint8Array): string {
  return hash('sha256', path, 'hex');
}

function openedToRead(file: string): number | undefined {
  try {
    return openSync(file, 'r');
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return undefined; // an error of Node's file functions
    throw cause;
  }
}

/** From the last to the first, without what ends them; empty ones are left out. */
function* linesBackwards(fd: number, size: number): Iterable<{ readonly at: number; readonly bytes: Buffer }> {
  /** What of a line is read so far, its last part first. */
  let parts: Buffer[] = [];
  for (let end = size; end > 0; end -= STEP_BYTES) {
    const begin = Math.max(0, end - STEP_BYTES);
    const step = readAt(fd, begin, end - begin);
    for (let stop = step.length; ;) {
      const newline = stop === 0 ? -1 : step.lastIndexOf(NEWLINE, stop - 1);
      parts.push(step.subarray(newline + 1, stop));
      if (newline < 0) break;
      const bytes = parts.length === 1 ? (parts[0] ?? step) : Buffer.concat(parts.reverse());
      if (bytes.length > 0) yield { at: begin + newline + 1, bytes };
      parts = [];
      stop = newline;
    }
  }
  const bytes = Buffer.concat(parts.reverse());
  if (bytes.length > 0) yield { at: 0, bytes };
}

function readAt(fd: number, at: number, length: number): Buffer {
  const bytes = Buffer.allocUnsafeSlow(length);
  let done = 0;
  for (let read = 1; read > 0 && done < length; done += read)
    read = readSync(fd, bytes, done, length - done, at + done);
  return bytes.subarray(0, done);
}
