/**
 * Reads one file into the kernel's memory, cuts it into chunks and hands each new one to the packer. Blocking calls, in a thread of its
 * own: between the disk and the seal nothing waits for a turn.
 */
import { hash } from 'node:crypto';
import { constants, fstatSync, openSync, readSync } from 'node:fs';
import type { BigIntStats } from 'node:fs';
import { walkStructure } from '#vault/detect/structure/walk-structure.ts';
import { isCompressible } from '#vault/engine/compressibility.ts';
import { isZeros, ZERO_PIECE_BYTES, ZERO_PIECE_ID } from '#vault/engine/zeros.ts';
import type { KnownBlobs } from '#vault/engine/known-blobs.ts';
import { openFileSource } from '#vault/engine/open-file-source.ts';
import type { Packer } from '#vault/engine/packer.ts';
import { closeHeld } from '#vault/engine/stillness.ts';
import type { Stillness } from '#vault/engine/stillness.ts';
import type { FileDone, FileJob, FileLook, Steadiness } from '#vault/engine/work.ts';
import type { Kernel } from '#vault/format/kernel/kernel.ts';

/** restic's chunker: 512 KiB to 8 MiB, 1 MiB on average. */
const CHUNK_MIN = 512 * 1024;
const CHUNK_MAX = 8 * 1024 * 1024;
const SPLIT_MASK = (1n << 20n) - 1n;
const READ_BYTES = 1024 * 1024;
/** The longest chunk and what is read with its last bytes. */
export const WINDOW_BYTES = CHUNK_MAX + READ_BYTES;
/** What is left of a chunk moves to the front when the reader is so far: the rest of the window is touched by the longest chunks only. */
const USUAL_BYTES = 3 * 1024 * 1024;
const BLOCK_BYTES = 64 * 1024;
const EVEN: readonly [number, number] = [180, 340];
/** Of fewer bytes nothing can be said. */
const SHORT_BYTES_MIN = 2048;
const EDGE_BYTES = 4096;

export interface ReaderParts {
  readonly kernel: Kernel;
  /** `WINDOW_BYTES` of the kernel's memory begin here. */
  readonly window: number;
  readonly packer: Packer;
  readonly known: KnownBlobs;
  readonly watch: boolean;
  readonly stillness: Stillness;
  readonly onRead: (bytes: number) => void;
}

interface Reading {
  readonly content: string[];
  readonly lengths: number[];
  bytes: number;
  addedBytes: number;
  /** Of them in pieces of nothing but zeros. */
  holeBytes: number;
  blocks: number;
  evenBlocks: number;
  head: Buffer;
  tail: Buffer;
}

/** Never throws for what is wrong with the file itself: that is said in the answer. */
export async function readFile(parts: ReaderParts, { job, path }: FileJob): Promise<FileDone> {
  let [fd, held]: (number | undefined)[] = [];
  try {
    fd = openSync(
      Buffer.from(path),
      constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK | constants.O_NOCTTY,
    );
    const before = fstatSync(fd, { bigint: true });
    if (!before.isFile()) return lost(job, 'changed', 'is no file any more');
    held = parts.stillness.hold(fd, before.dev);
    const reading = await readAll(parts, held ?? fd);
    const seen = parts.watch ? lookOf(reading, held ?? fd) : undefined;
    // Of one instant that is not before its times were looked at: if it is written to later, they differ next time.
    if (held !== undefined) return { ...done(job, reading, before, 'steady', seen), isHeld: true };
    const after = fstatSync(fd, { bigint: true });
    return done(job, reading, after, isSame(before, after, reading) ? 'steady' : 'changed', seen);
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException; // Node's file functions give errors with a code
    if (code === undefined) throw cause;
    return lost(job, whyLost(code), code);
  } finally {
    closeHeld(held);
    closeHeld(fd);
  }
}

function whyLost(code: string): Steadiness {
  if (code === 'ENOENT') return 'vanished';
  return code === 'EACCES' || code === 'EPERM' ? 'denied' : 'failed';
}

function isSame(before: BigIntStats, after: BigIntStats, { bytes }: Reading): boolean {
  return before.mtimeNs === after.mtimeNs && before.ctimeNs === after.ctimeNs && after.size === BigInt(bytes);
}

async function readAll(parts: ReaderParts, fd: number): Promise<Reading> {
  const { kernel, window, onRead } = parts;
  const none = Buffer.alloc(0);
  const reading: Reading = {
    content: [],
    lengths: [],
    bytes: 0,
    addedBytes: 0,
    holeBytes: 0,
    blocks: 0,
    evenBlocks: 0,
    head: none,
    tail: none,
  };
  let [begin, end, scanned] = [window, window, 0];
  for (let isLast = false; ;) {
    const from = Math.max(CHUNK_MIN, scanned);
    if (scanned === 0 && end - begin >= ZERO_PIECE_BYTES && isZeroPiece(kernel, begin)) {
      await keepZeros(parts, reading, begin);
      begin += ZERO_PIECE_BYTES;
      continue;
    }
    const cut = kernel.findCut(begin, end - begin, from, CHUNK_MAX, SPLIT_MASK, isLast ? 1 : 0);
    if (cut > 0) {
      await keep(parts, reading, begin, cut);
      [begin, scanned] = [begin + cut, 0];
      continue;
    }
    if (isLast) return reading;
    scanned = end - begin;
    if (end + READ_BYTES > window + USUAL_BYTES && begin > window) {
      kernel.bytes.copyWithin(window, begin, end);
      [begin, end] = [window, window + scanned];
    }
    const read = readSync(fd, kernel.bytes, end, READ_BYTES, null);
    isLast = read === 0;
    end += read;
    if (read > 0) onRead(read);
  }
}

function isZeroPiece({ bytes }: Kernel, at: number): boolean {
  return (
    bytes[at] === 0 && bytes[at + ZERO_PIECE_BYTES - 1] === 0 && isZeros(bytes.subarray(at, at + ZERO_PIECE_BYTES))
  );
}

/** A piece of a hole: its id is known, so it is hashed never and stored once. */
async function keepZeros(parts: ReaderParts, reading: Reading, at: number): Promise<void> {
  reading.holeBytes += ZERO_PIECE_BYTES;
  if (reading.holeBytes === ZERO_PIECE_BYTES || parts.watch) return keep(parts, reading, at, ZERO_PIECE_BYTES);
  reading.content.push(ZERO_PIECE_ID);
  reading.lengths.push(ZERO_PIECE_BYTES);
  reading.bytes += ZERO_PIECE_BYTES;
}

async function keep(parts: ReaderParts, reading: Reading, at: number, length: number): Promise<void> {
  const { kernel, packer, known, watch } = parts;
  const plain = kernel.bytes.subarray(at, at + length);
  const id = hash('sha256', plain, 'buffer');
  const name = id.toString('hex');
  if (watch) look(kernel, reading, at, length);
  reading.content.push(name);
  reading.lengths.push(length);
  reading.bytes += length;
  if (known.claim(id)) reading.addedBytes += await packer.add('data', name, plain, isCompressible(kernel, at, length));
}

/** Every block of a file's first chunk and one in four behind it, so that a look at everything costs next to nothing. */
const EVERY = 4;

function look(kernel: Kernel, reading: Reading, at: number, length: number): void {
  if (reading.bytes === 0) reading.head = Buffer.from(kernel.bytes.subarray(at, at + Math.min(length, EDGE_BYTES)));
  reading.tail = Buffer.from(kernel.bytes.subarray(at + Math.max(0, length - EDGE_BYTES), at + length));
  const isShort = reading.bytes === 0 && length < BLOCK_BYTES;
  if (isShort && length >= SHORT_BYTES_MIN) count(kernel, reading, at, length);
  const step = BLOCK_BYTES * (reading.bytes === 0 ? 1 : EVERY);
  for (let offset = 0; offset + BLOCK_BYTES <= length; offset += step) count(kernel, reading, at + offset, BLOCK_BYTES);
}

function count(kernel: Kernel, reading: Reading, at: number, length: number): void {
  const spread = kernel.chiSquare(at, length);
  reading.blocks += 1;
  if (spread > EVEN[0] && spread < EVEN[1]) reading.evenBlocks += 1;
}

/** The walk comes after the reading, so that what it reads lies in the system's cache. */
function lookOf({ blocks, evenBlocks, head, tail, bytes }: Reading, fd: number): FileLook {
  return { blocks, evenBlocks, head, tail, structure: walkStructure(openFileSource(fd, bytes)) };
}

function done(
  job: number,
  reading: Reading,
  stats: BigIntStats,
  steadiness: Steadiness,
  look: FileLook | undefined,
): FileDone {
  const { content, lengths, bytes, addedBytes } = reading;
  return {
    job,
    steadiness,
    content,
    lengths,
    bytes,
    addedBytes,
    size: stats.size,
    mtimeNs: stats.mtimeNs,
    ctimeNs: stats.ctimeNs,
    ...(look === undefined ? {} : { look }),
  };
}

function lost(job: number, steadiness: Steadiness, why: string): FileDone {
  const none = { content: [], lengths: [], bytes: 0, addedBytes: 0, size: 0n, mtimeNs: 0n, ctimeNs: 0n };
  return { job, steadiness, ...none, why };
}
