/**
 * Takes in one object: hashed while it streams to a file aside, synced, then linked to its name, which must be free. Whatever goes wrong before the
 * link leaves nothing under any name.
 */
import { createHash, randomBytes } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { link, mkdir, open, readdir, rename, unlink } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { Fault } from '#std/refused.ts';

export interface Received {
  readonly bytes: number;
  readonly sha256: string;
}

interface Expected {
  readonly length: number;
  /** What their SHA-256 must be. */
  readonly name: string | undefined;
}

/** Bytes must be what `length` says; with `name` their SHA-256 must be it. 'present' when the name was taken. */
export async function receiveObject(
  path: string,
  body: AsyncIterable<Uint8Array>,
  expected: Expected,
): Promise<Received | 'present'> {
  let isThere = false;
  const received = await receiveAside(path, body, expected, async (aside) => {
    isThere = !(await moved(aside, path));
    if (!isThere) await syncFolder(dirname(path));
  });
  return isThere ? 'present' : received;
}

/** `place` gets the file aside, whose bytes are right and durable, and gives it its name or leaves it; what it names it makes durable. */
export async function receiveAside(
  path: string,
  body: AsyncIterable<Uint8Array>,
  { length, name }: Expected,
  place: (aside: string, received: Received) => Promise<void>,
): Promise<Received> {
  const folder = dirname(path);
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const aside = join(folder, `.${randomBytes(8).toString('hex')}.part`);
  const file = await open(aside, 'wx', 0o400);
  try {
    const received = await take(file, body, length);
    if (name !== undefined && received.sha256 !== name)
      throw new Fault('wrong-name', 'the object is not the one that its name says: its SHA-256 differs');
    await file.sync();
    await place(aside, received);
    return received;
  } finally {
    await file.close();
    await unlink(aside).catch(() => undefined);
  }
}

/** The file aside gets the name and has no other; false when the name is taken. */
export async function moved(aside: string, path: string): Promise<boolean> {
  try {
    await link(aside, path);
    await unlink(aside);
    return true;
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'EEXIST') return false; // an error of Node's file functions
    throw cause;
  }
}

async function take(
  file: Awaited<ReturnType<typeof open>>,
  body: AsyncIterable<Uint8Array>,
  length: number,
): Promise<Received> {
  const digest = createHash('sha256');
  let bytes = 0;
  for await (const part of body) {
    bytes += part.length;
    if (bytes > length) throw new Fault('too-large', 'the object is longer than was said');
    digest.update(part);
    for (let at = 0; at < part.length;) at += (await file.write(part, at)).bytesWritten;
  }
  if (bytes !== length) throw new Fault('cut-off', 'the object ended early', { retry: true });
  return { bytes, sha256: digest.digest('hex') };
}

/** SHA-256 and size of what lies at a path. */
export async function digestOf(path: string): Promise<Received> {
  const digest = createHash('sha256');
  let bytes = 0;
  for await (const part of createReadStream(path, { highWaterMark: 1 << 20 }) as AsyncIterable<Buffer>) {
    digest.update(part);
    bytes += part.length;
  }
  return { bytes, sha256: digest.digest('hex') };
}

/** A second name in `folder`, for whoever looks into what became of it. Whatever keeps it from getting one does not keep it from being healed. */
export async function keepBeside(path: string, folder: string, filesMax: number): Promise<void> {
  try {
    await mkdir(folder, { recursive: true, mode: 0o700 });
    if ((await readdir(folder)).length < filesMax)
      await link(path, join(folder, `${randomBytes(8).toString('hex')}-${basename(path)}`));
  } catch {
    // nothing lay there, or the disk does not give it another name
  }
}

/** Out of the way of the object that belongs there, kept for whoever looks into it. */
export async function putAside(path: string, folder: string): Promise<void> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  await rename(path, join(folder, `${randomBytes(8).toString('hex')}-${basename(path)}`));
}

export async function syncFolder(path: string): Promise<void> {
  const folder = await open(path, 'r');
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}
