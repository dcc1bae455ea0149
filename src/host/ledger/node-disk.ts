/** The real disk: one folder. Writes go through O_DSYNC, so that write and sync are one trip and one answer. */
import { close, constants, fstat, fsync, open, read, write } from 'node:fs';
import { readdir, rename, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { Disk, DiskFile } from '#host/ledger/disk.ts';
import { Fault } from '#std/refused.ts';

/** Synced one by one: frames are written meanwhile, and wait behind whatever lies unwritten in the disk's queue. */
const ZERO_CHUNK_BYTES = 4 * 2 ** 20;
const FILE_MODE = 0o600;

const openFd = promisify(open);
const closeFd = promisify(close);
const syncFd = promisify(fsync);
const statFd = promisify(fstat);

export interface NodeDiskOptions {
  readonly readOnly?: boolean;
}

export function createNodeDisk(folder: string, options: NodeDiskOptions = {}): Disk {
  const flags = options.readOnly === true ? constants.O_RDONLY : constants.O_RDWR | constants.O_DSYNC;
  return {
    list: () => readdir(folder),
    open: (name) => openFile(join(folder, name), flags),
    async createZeroed(name, sizeBytes) {
      const fd = await openFd(
        join(folder, name),
        constants.O_CREAT | constants.O_TRUNC | constants.O_WRONLY | constants.O_DSYNC,
        FILE_MODE,
      );
      try {
        const zeros = Buffer.alloc(Math.min(ZERO_CHUNK_BYTES, sizeBytes));
        for (let at = 0; at < sizeBytes; at += zeros.byteLength)
          await writeAll(fd, zeros.subarray(0, Math.min(zeros.byteLength, sizeBytes - at)), at);
        await syncFd(fd);
      } catch (cause) {
        throw diskFault(cause);
      } finally {
        await closeFd(fd);
      }
    },
    async rename(from, to) {
      await rename(join(folder, from), join(folder, to)).catch(rethrow);
      await syncFolder(folder);
    },
    remove: (name) => unlink(join(folder, name)),
    syncNames: () => syncFolder(folder),
  };
}

export async function syncFolder(folder: string): Promise<void> {
  const fd = await openFd(folder, constants.O_RDONLY | constants.O_DIRECTORY);
  try {
    await syncFd(fd);
  } catch (cause) {
    throw diskFault(cause);
  } finally {
    await closeFd(fd);
  }
}

async function openFile(path: string, flags: number): Promise<DiskFile> {
  const fd = await openFd(path, flags, FILE_MODE);
  const sizeBytes = await sizeOf(fd);
  return {
    sizeBytes,
    read: (into, position) => readAll(fd, into, position),
    writeSynced: (bytes, position) => writeAll(fd, bytes, position),
    close: () => closeFd(fd),
  };
}

async function sizeOf(fd: number): Promise<number> {
  return (await statFd(fd)).size;
}

async function readAll(fd: number, into: Uint8Array, position: number): Promise<number> {
  let got = 0;
  while (got < into.byteLength) {
    const count = await readSome(fd, into, got, position + got);
    if (count === 0) break;
    got += count;
  }
  return got;
}

function readSome(fd: number, into: Uint8Array, offset: number, position: number): Promise<number> {
  return new Promise((resolve, reject) => {
    read(fd, into, offset, into.byteLength - offset, position, (error, count) =>
      error === null ? resolve(count) : reject(diskFault(error)),
    );
  });
}

/** A write may do less than asked: it goes on where it stopped, until done or refused. */
export async function writeAll(fd: number, bytes: Uint8Array, position: number): Promise<void> {
  let done = 0;
  while (done < bytes.byteLength) done += await writeSome(fd, bytes, done, position + done);
}

function writeSome(fd: number, bytes: Uint8Array, offset: number, position: number): Promise<number> {
  return new Promise((resolve, reject) => {
    write(fd, bytes, offset, bytes.byteLength - offset, position, (error, count) => {
      if (error !== null) reject(diskFault(error));
      else if (count === 0) reject(new Fault('disk-failed', 'the disk took no bytes'));
      else resolve(count);
    });
  });
}

function rethrow(cause: unknown): never {
  throw diskFault(cause);
}

export function diskFault(cause: unknown): Fault {
  const code = cause instanceof Error && 'code' in cause ? cause.code : undefined;
  if (code === 'ENOSPC' || code === 'EDQUOT')
    return new Fault('disk-full', 'the disk that holds the ledger is full', { cause });
  return new Fault('disk-failed', `the disk failed: ${cause instanceof Error ? cause.message : String(cause)}`, {
    cause,
  });
}
