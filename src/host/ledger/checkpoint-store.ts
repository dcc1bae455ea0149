/**
 * Signed checkpoints, kept apart from the log, best on another device: one file that only grows, a line per checkpoint. A log that
 * was put back from a backup meets its own later promise here.
 *
 * A line is canonical JSON `{note, root, sealedAt, size}`, a tab, and the SHA-256 of that JSON in hex. A torn last line was never
 * released and is cut off.
 */
import { closeSync, constants, fstatSync, ftruncateSync, openSync, readSync, writeSync } from 'node:fs';
import { mkdirSync, renameSync, fsyncSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { sha256 } from '#host/ledger/frame.ts';
import type { SealedView } from '#ports/ledger-store.ts';
import { toHex, utf8 } from '#std/bytes.ts';
import { canonical } from '#std/canonical.ts';
import { Fault } from '#std/refused.ts';

const FILE_NAME = 'checkpoints';
/** Beyond this the file begins anew with its last line. */
const FILE_BYTES_MAX = 16 * 2 ** 20;
const LINE_BYTES_MAX = 64 * 1024;

const lineSchema = z.strictObject({
  note: z.string(),
  root: z.string().regex(/^[0-9a-f]{64}$/),
  sealedAt: z.int(),
  size: z.int().min(0),
});

export interface CheckpointStore {
  readonly view: SealedView | undefined;
  /** Durable before it returns. Throws when `before` is not what the file ends with: somebody else signs for this log. */
  replace(before: SealedView | undefined, next: SealedView): void;
  close(): void;
}

export function openCheckpointStore(folder: string): CheckpointStore {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const path = join(folder, FILE_NAME);
  let fd = openSync(path, constants.O_RDWR | constants.O_CREAT | constants.O_DSYNC, 0o600);
  syncFolderSync(folder);
  const found = lastLine(fd);
  ftruncateSync(fd, found.end);
  let { view, end } = found;

  function renew(): void {
    const fresh = `${path}.tmp`;
    const freshFd = openSync(
      fresh,
      constants.O_RDWR | constants.O_CREAT | constants.O_TRUNC | constants.O_DSYNC,
      0o600,
    );
    const line = view === undefined ? utf8('') : encodeLine(view);
    writeAllSync(freshFd, line, 0);
    fsyncSync(freshFd);
    renameSync(fresh, path);
    syncFolderSync(folder);
    closeSync(fd);
    [fd, end] = [freshFd, line.byteLength];
  }

  return {
    get view() {
      return view;
    },
    replace(before, next) {
      if (before !== view || fstatSync(fd).size !== end)
        throw new Fault('checkpoint-conflict', 'another writer has signed a checkpoint of this ledger');
      if (next.size < (view?.size ?? 0)) throw new Fault('checkpoint-conflict', 'a checkpoint of a smaller ledger');
      if (end > FILE_BYTES_MAX) renew();
      const line = encodeLine(next);
      writeAllSync(fd, line, end);
      end += line.byteLength;
      view = next;
    },
    close: () => closeSync(fd),
  };
}

/** The newest whole line of the file, for those who only read; undefined when there is none. */
export function readCheckpoint(folder: string): SealedView | undefined {
  let fd: number;
  try {
    fd = openSync(join(folder, FILE_NAME), constants.O_RDONLY);
  } catch (cause) {
    if (cause instanceof Error && 'code' in cause && cause.code === 'ENOENT') return undefined;
    throw cause;
  }
  try {
    return lastLine(fd).view;
  } finally {
    closeSync(fd);
  }
}

function lastLine(fd: number): { readonly view: SealedView | undefined; readonly end: number } {
  const size = fstatSync(fd).size;
  const from = Math.max(0, size - 2 * LINE_BYTES_MAX);
  const bytes = Buffer.alloc(size - from);
  readSync(fd, bytes, 0, bytes.byteLength, from);
  for (let end = bytes.lastIndexOf(0x0a); end >= 0; end = bytes.subarray(0, end).lastIndexOf(0x0a)) {
    const start = bytes.subarray(0, end).lastIndexOf(0x0a) + 1;
    const view = decodeLine(bytes.subarray(start, end));
    if (view !== undefined) return { view, end: from + end + 1 };
  }
  if (size > 2 * LINE_BYTES_MAX) throw new Fault('checkpoint-damaged', 'no stored checkpoint can be read');
  return { view: undefined, end: 0 };
}

function encodeLine(view: SealedView): Uint8Array {
  const json = canonical({ note: view.note, root: toHex(view.root), sealedAt: view.sealedAt, size: view.size });
  return utf8(`${json}\t${toHex(sha256(utf8(json)))}\n`);
}

function decodeLine(bytes: Buffer): SealedView | undefined {
  const [json, sum] = bytes.toString('utf8').split('\t');
  if (json === undefined || sum !== toHex(sha256(utf8(json)))) return undefined;
  const { note, root, sealedAt, size } = lineSchema.parse(JSON.parse(json));
  return { note, root: Buffer.from(root, 'hex'), sealedAt, size };
}

export function writeAllSync(fd: number, bytes: Uint8Array, position: number): void {
  for (let done = 0; done < bytes.byteLength;)
    done += writeSync(fd, bytes, done, bytes.byteLength - done, position + done);
}

export function syncFolderSync(folder: string): void {
  const fd = openSync(folder, constants.O_RDONLY | constants.O_DIRECTORY);
  try {
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
}
