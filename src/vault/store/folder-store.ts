/**
 * A repository in a folder, laid out as restic lays it out: `config`, `data/ab/abcd…`, `index/`, `keys/`, `locks/`, `snapshots/`. An object is
 * written aside, synced, then linked to its name, so that no name ever holds half an object and none is replaced.
 */
import { hash, randomBytes } from 'node:crypto';
import { closeSync, fsync, linkSync, mkdirSync, openSync, unlinkSync, writeSync } from 'node:fs';
import { open, readdir, readFile, rename, mkdir, stat, unlink } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { isObjectId } from '#vault/format/blob.ts';
import { listOf } from '#vault/store/listed.ts';
import type { ArrivedObject, ByteRange, ObjectStore, ObjectType, StoredObject } from '#ports/object-store.ts';
import { Fault } from '#std/refused.ts';

export interface FolderStoreOptions {
  /** Leave out only for a benchmark beside tools that do not sync either. */
  readonly sync?: boolean;
}

const NAMED_TYPES: readonly ObjectType[] = ['data', 'index', 'keys', 'snapshots'];

/** `folder` need not exist; `put` makes what is missing. */
export function openFolderStore(folder: string, { sync = true }: FolderStoreOptions = {}): ObjectStore {
  const made = new Set<string>();

  const pathOf = (type: ObjectType, name: string): string => objectPath(folder, type, name);

  async function put(type: ObjectType, name: string, body: Uint8Array): Promise<'created' | 'present'> {
    const path = pathOf(type, name);
    makeFolder(dirname(path));
    const aside = join(dirname(path), `.${randomBytes(8).toString('hex')}.part`);
    try {
      await writeAside(aside, body);
      linkSync(aside, path);
    } catch (cause) {
      if (codeOf(cause) !== 'EEXIST') throw storageFault(cause);
      await expectWhole(path, body.length);
      return 'present';
    } finally {
      removeIfThere(aside);
    }
    if (sync) await syncFolder(dirname(path));
    return 'created';
  }

  /**
   * Whoever puts is a thread that works without a pause, so each step that waits for its turn waits long. Only the sync does: the rest is a copy into
   * the system's cache, made by blocking calls.
   */
  async function writeAside(path: string, body: Uint8Array): Promise<void> {
    const fd = openSync(path, 'wx', 0o400);
    try {
      for (let at = 0; at < body.length;) at += writeSync(fd, body, at);
      if (sync) await syncOpen(fd);
    } finally {
      closeSync(fd);
    }
  }

  function makeFolder(path: string): void {
    if (made.has(path)) return;
    mkdirSync(path, { recursive: true, mode: 0o700 });
    made.add(path);
  }

  async function* each(type: ObjectType): AsyncGenerator<StoredObject> {
    if (type === 'config') return yield* sized(folder, ['config']);
    if (type !== 'data') return yield* sized(join(folder, type), await namesIn(join(folder, type)));
    for (const part of await namesIn(join(folder, 'data'), /^[0-9a-f]{2}$/)) {
      const path = join(folder, 'data', part);
      yield* sized(path, await namesIn(path));
    }
  }

  /** By the times of the files: good to keep an order in, and worth nothing against whoever can write there. */
  async function arrivals(only?: ObjectType): Promise<readonly ArrivedObject[]> {
    const rows: ArrivedObject[] = [];
    for (const type of only === undefined ? NAMED_TYPES : [only])
      for await (const { name } of each(type)) {
        const at = await stat(pathOf(type, name)).then(({ mtimeMs }) => mtimeMs, gone);
        if (at !== undefined) rows.push({ type, name, n: at, arrivedAt: at });
      }
    return rows.toSorted((a, b) => a.n - b.n);
  }

  return {
    each,
    list: listOf(each),
    arrivals,
    put,
    async size(type, name) {
      try {
        return (await stat(pathOf(type, name))).size;
      } catch (cause) {
        if (codeOf(cause) === 'ENOENT') return undefined;
        throw storageFault(cause);
      }
    },
    async get(type, name, range) {
      return readRange(pathOf(type, name), range);
    },
    heal: (type, name, body) => healInFolder(folder, type, name, body),
    async remove(type, name) {
      if (type !== 'locks')
        throw new Fault('locked', 'objects of a repository are not removed; only its lock files are');
      await unlink(pathOf(type, name)).catch((cause: unknown) => {
        if (codeOf(cause) !== 'ENOENT') throw storageFault(cause);
      });
    },
    async close() {},
  };
}

export function objectPath(folder: string, type: ObjectType, name: string): string {
  if (type === 'config') return join(folder, 'config');
  if (!isObjectId(name)) throw new Fault('object-name', `${name.slice(0, 80)} is no name of an object`);
  return type === 'data' ? join(folder, 'data', name.slice(0, 2), name) : join(folder, type, name);
}

/** An object that was cut off does not count as present: whoever stores it again must hear of it. */
async function expectWhole(path: string, bytes: number): Promise<void> {
  const { size } = await stat(path);
  if (size !== bytes)
    throw new Fault(
      'object-damaged',
      `an object of the repository has lost its end: ${path}; run picturelock backup heal`,
    );
}

/**
 * Puts the right bytes in place of damaged or missing ones. It can do no harm: what does not hash to its name is refused, so an object
 * only ever becomes what it is named by.
 */
export async function healInFolder(
  folder: string,
  type: ObjectType,
  name: string,
  body: Uint8Array,
): Promise<'healed' | 'whole'> {
  if (type === 'config' || !isObjectId(name) || hash('sha256', body, 'hex') !== name)
    throw new Fault('not-the-object', `these are not the bytes of ${type}/${name}`);
  const path = objectPath(folder, type, name);
  if (await isWhole(path, name)) return 'whole';
  await replaceIn(path, body);
  return 'healed';
}

/** A config has no name that proves it: whoever calls this has opened the new one with the repository's key, and not the old one. */
export async function replaceConfig(folder: string, body: Uint8Array): Promise<void> {
  await replaceIn(objectPath(folder, 'config', ''), body);
}

async function isWhole(path: string, name: string): Promise<boolean> {
  // What cannot be read is not whole, whatever the disk's reason: right bytes in its place do no harm.
  const bytes = await readFile(path).catch(() => undefined);
  return bytes !== undefined && hash('sha256', bytes, 'hex') === name;
}

async function replaceIn(path: string, body: Uint8Array): Promise<void> {
  const within = dirname(path);
  await mkdir(within, { recursive: true, mode: 0o700 });
  const aside = join(within, `.${randomBytes(8).toString('hex')}.part`);
  const file = await open(aside, 'wx', 0o400);
  try {
    await writeAll(file, body);
    await file.sync();
  } finally {
    await file.close();
  }
  await rename(aside, path);
  await syncFolder(within);
}

async function writeAll(file: Awaited<ReturnType<typeof open>>, body: Uint8Array): Promise<void> {
  let at = 0;
  while (at < body.length) at += (await file.write(body, at)).bytesWritten;
}

const syncOpen = promisify(fsync);

async function syncFolder(path: string): Promise<void> {
  const folder = openSync(path, 'r');
  try {
    await syncOpen(folder);
  } finally {
    closeSync(folder);
  }
}

function removeIfThere(path: string): void {
  try {
    unlinkSync(path);
  } catch {
    // what was not made need not go
  }
}

async function readRange(path: string, range: ByteRange | undefined): Promise<Uint8Array> {
  try {
    const file = await open(path, 'r');
    try {
      const { offset, length } = rangeWithin((await file.stat()).size, range);
      return await readFully(file, offset, length);
    } finally {
      await file.close();
    }
  } catch (cause) {
    throw readFault(path, cause);
  }
}

/** A Fault `object-short` before there is memory for more than there is: whoever asks may have been told lies. */
export function rangeWithin(size: number, range: ByteRange = { offset: 0, length: size }): ByteRange {
  if (range.offset + range.length > size) throw shortObject();
  return range;
}

/** What is said of an object that could not be read. */
export function readFault(path: string, cause: unknown): Fault {
  if (cause instanceof Fault) return cause;
  if (codeOf(cause) === 'ENOENT') return new Fault('object-missing', `an object of the repository is missing: ${path}`);
  return storageFault(cause);
}

export function shortObject(): Fault {
  return new Fault('object-short', 'an object of the repository is shorter than it should be');
}

async function readFully(file: Awaited<ReturnType<typeof open>>, offset: number, length: number): Promise<Buffer> {
  const bytes = Buffer.allocUnsafe(length);
  let at = 0;
  while (at < length) {
    const { bytesRead } = await file.read(bytes, at, length - at, offset + at);
    if (bytesRead === 0) throw shortObject();
    at += bytesRead;
  }
  return bytes;
}

async function namesIn(path: string, pattern = /^[0-9a-f]{64}$/): Promise<readonly string[]> {
  try {
    return (await readdir(path)).filter((name) => pattern.test(name));
  } catch (cause) {
    if (codeOf(cause) === 'ENOENT') return [];
    throw storageFault(cause);
  }
}

async function* sized(path: string, names: readonly string[]): AsyncGenerator<StoredObject> {
  for (const name of names) {
    const bytes = await stat(join(path, name)).then(({ size }) => size, gone);
    if (bytes !== undefined) yield { name, bytes };
  }
}

/** Between the listing and the look at it, a lock file may go. */
function gone(cause: unknown): undefined {
  if (codeOf(cause) !== 'ENOENT') throw storageFault(cause);
}

function codeOf(cause: unknown): string | undefined {
  return (cause as NodeJS.ErrnoException).code; // an error of Node's file functions
}

function storageFault(cause: unknown): Fault {
  const code = codeOf(cause);
  if (code === 'ENOSPC' || code === 'EDQUOT')
    return new Fault('storage-full', 'the place of the repository is full: make room, then run this again', {
      retry: true,
    });
  return new Fault('storage-failed', `the place of the repository failed: ${String(cause)}`, { retry: true });
}
