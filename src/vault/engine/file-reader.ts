/**
 * Reads one file into the kernel's memory, cuts it into chunks and hands each new one to the packer. Blocking calls, in a thread of its
 * own: between the disk and the seal nothing waits for a turn.
 */
import { hash } from 'node:crypto';
import { constants, fstatSync, openSync, readSync } from 'node:fs';
import type { BigIntStats } from 'node:fs';
import { walkStructure } from '#vault/detect/structure/walk-structure.ts';
import { isCompressible } from '#vault/engine/compressibility.ts';
import { STRETCH_BYTES } from '#vault/engine/file-parts.ts';
import { isZeros, ZERO_PIECE_BYTES, ZERO_PIECE_ID } from '#vault/engine/zeros.ts';
import type { KnownBlobs } from '#vault/engine/known-blobs.ts';
import { openFileSource } from '#vault/engine/open-file-source.ts';
import type { Packer } from '#vault/engine/packer.ts';
import { closeHeld } from '#vault/engine/stillness.ts';
import type { Stillness } from '#vault/engine/stillness.ts';
import type { FileDone, FileJob, FileLook, FilePart, Steadiness } from '#vault/engine/work.ts';
import type { Kernel } from '#vault/format/kernel/kernel.ts';
import { Fault } from '#std/refused.ts';

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
/**
 * So far before a part its cuts are looked for. Two ways to cut the same bytes meet within a few pieces, all but always, and whoever joins parts looks. Of
 * 40,000 tries at random bytes 22 had not met after 8 MiB and none after 12: where a miss costs much to read again, it is looked for from further off.
 */
const AHEAD_BYTES = 8 * 1024 * 1024;
const LONG_AHEAD_BYTES = 2 * AHEAD_BYTES;
const LONG_PART_BYTES = 1024 ** 3;
const WHOLE: FilePart = { from: 0, isExact: true };

export interface ReaderParts {
  readonly kernel: Kernel;
  /** `WINDOW_BYTES` of the kernel's memory begin here. */
  readonly window: number;
  readonly packer: Packer;
  readonly known: KnownBlobs;
  readonly watch: boolean;
  readonly stillness: Stillness;
  readonly onRead: (bytes: number) => void;
  /** What was read of a long file since this was said last: from the cut at `at`, or from where its part was asked for. Never the file's end. */
  readonly onStretch?: (at: number, stretch: FileDone) => void;
  /** Asked after so many bytes: a promise is waited for before more is read. */
  readonly rest: (bytes: number) => Promise<void> | undefined;
}

interface Reading {
  /** The cuts between which lies what is kept. */
  begin: number;
  end: number;
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
export async function readFile(parts: ReaderParts, { job, path, part }: FileJob): Promise<FileDone> {
  let [fd, held]: (number | undefined)[] = [];
  try {
    fd = openSync(
      Buffer.from(path),
      constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK | constants.O_NOCTTY,
    );
    const before = fstatSync(fd, { bigint: true });
    if (!before.isFile()) return lost(job, 'changed', 'is no file any more');
    held = part?.isWatched === true ? undefined : parts.stillness.hold(fd, before.dev);
    const tell = telling(parts, job, before, part ?? WHOLE);
    const reading = await readAll(parts, held ?? fd, part ?? WHOLE, before.size, tell);
    const answer = { ...done(job, reading, before, parts.watch ? lookOf(reading, held ?? fd, part) : undefined) };
    const { begin, end } = reading;
    const told = part === undefined ? answer : { ...answer, stretch: { begin, end, inode: before.ino } };
    // Of one instant that is not before its times were looked at: if it is written to later, they differ next time.
    if (held !== undefined) return { ...told, isHeld: true };
    const after = fstatSync(fd, { bigint: true });
    return isSame(before, after, part === undefined ? BigInt(reading.bytes) : before.size)
      ? told
      : { ...told, steadiness: 'changed' };
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException; // Node's file functions give errors with a code
    if (code === undefined || cause instanceof Fault) throw cause;
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

function isSame(before: BigIntStats, after: BigIntStats, size: bigint): boolean {
  return before.mtimeNs === after.mtimeNs && before.ctimeNs === after.ctimeNs && after.size === size;
}

/** Tells a stretch whenever there is one. */
function telling({ onStretch, watch }: ReaderParts, job: number, stats: BigIntStats, { from }: FilePart) {
  let told: Pick<Reading, 'end' | 'addedBytes' | 'blocks' | 'evenBlocks'> & { readonly pieces: number } = {
    end: from,
    addedBytes: 0,
    blocks: 0,
    evenBlocks: 0,
    pieces: 0,
  };
  return (reading: Reading): void => {
    const { content, lengths, end, addedBytes, blocks, evenBlocks } = reading;
    if (onStretch === undefined || end - told.end < STRETCH_BYTES || end >= Number(stats.size)) return;
    const begin = told.pieces === 0 ? reading.begin : told.end;
    const since: Reading = {
      ...reading,
      content: content.slice(told.pieces),
      lengths: lengths.slice(told.pieces),
      bytes: end - begin,
      addedBytes: addedBytes - told.addedBytes,
      blocks: blocks - told.blocks,
      evenBlocks: evenBlocks - told.evenBlocks,
    };
    const { head } = begin === 0 ? reading : { head: NOTHING };
    const seen = { blocks: since.blocks, evenBlocks: since.evenBlocks, head, tail: NOTHING, structure: UNSEEN };
    const stretch = { begin, end, inode: stats.ino };
    onStretch(told.end, { ...done(job, since, stats, watch ? seen : undefined), stretch });
    told = { end, addedBytes, blocks, evenBlocks, pieces: content.length };
  };
}

async function readAll(
  parts: ReaderParts,
  fd: number,
  part: FilePart,
  size: bigint,
  tell: (reading: Reading) => void,
): Promise<Reading> {
  const { kernel, window, onRead } = parts;
  const { from, until = Infinity, isExact } = part;
  /** Where in the file the bytes at `begin` are. */
  let at = isExact ? from : Math.max(0, from - aheadOf((part.until ?? Number(size)) - from));
  const reading: Reading = {
    begin: at,
    end: at,
    content: [],
    lengths: [],
    bytes: 0,
    addedBytes: 0,
    holeBytes: 0,
    blocks: 0,
    evenBlocks: 0,
    head: NOTHING,
    tail: NOTHING,
  };
  let [begin, end, scanned, next] = [window, window, 0, at];
  for (let isLast = false; at < until;) {
    const isHole = scanned === 0 && end - begin >= ZERO_PIECE_BYTES && isZeroPiece(kernel, begin);
    const least = Math.max(CHUNK_MIN, scanned);
    const cut = isHole
      ? ZERO_PIECE_BYTES
      : kernel.findCut(begin, end - begin, least, CHUNK_MAX, SPLIT_MASK, isLast ? 1 : 0);
    if (cut > 0) {
      if (at < from) reading.begin = at + cut;
      else await (isHole ? keepZeros(parts, reading, begin) : keep(parts, reading, begin, cut));
      [begin, scanned, at] = [begin + cut, 0, at + cut];
      reading.end = at;
      tell(reading);
      const others = parts.rest(cut);
      if (others !== undefined) await others;
      continue;
    }
    if (isLast) break;
    scanned = end - begin;
    if (end + READ_BYTES > window + USUAL_BYTES && begin > window) {
      kernel.bytes.copyWithin(window, begin, end);
      [begin, end] = [window, window + scanned];
    }
    const read = readSync(fd, kernel.bytes, end, READ_BYTES, next);
    isLast = read === 0;
    const inPart = Math.min(next + read, until) - Math.max(next, from);
    [end, next] = [end + read, next + read];
    if (inPart > 0) onRead(inPart);
  }
  return reading;
}

function aheadOf(partBytes: number): number {
  return partBytes < LONG_PART_BYTES ? AHEAD_BYTES : LONG_AHEAD_BYTES;
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
  if (known.claim('data', id))
    reading.addedBytes += await packer.add('data', name, plain, isCompressible(kernel, at, length));
}

/** Every block of a file's first chunk and one in four behind it, so that a look at everything costs next to nothing. */
const EVERY = 4;

function look(kernel: Kernel, reading: Reading, at: number, length: number): void {
  const isFirst = reading.begin === 0 && reading.bytes === 0;
  if (isFirst) reading.head = Buffer.from(kernel.bytes.subarray(at, at + Math.min(length, EDGE_BYTES)));
  reading.tail = Buffer.from(kernel.bytes.subarray(at + Math.max(0, length - EDGE_BYTES), at + length));
  const isShort = isFirst && length < BLOCK_BYTES;
  if (isShort && length >= SHORT_BYTES_MIN) count(kernel, reading, at, length);
  const step = BLOCK_BYTES * (isFirst ? 1 : EVERY);
  for (let offset = 0; offset + BLOCK_BYTES <= length; offset += step) count(kernel, reading, at + offset, BLOCK_BYTES);
}

function count(kernel: Kernel, reading: Reading, at: number, length: number): void {
  const spread = kernel.chiSquare(at, length);
  reading.blocks += 1;
  if (spread > EVEN[0] && spread < EVEN[1]) reading.evenBlocks += 1;
}

/** The walk comes after the reading, so that what it reads lies in the system's cache. */
function lookOf({ blocks, evenBlocks, head, tail, end }: Reading, fd: number, part: FilePart | undefined): FileLook {
  const structure = part?.until === undefined ? walkStructure(openFileSource(fd, end)) : UNSEEN;
  return { blocks, evenBlocks, head, tail, structure };
}

const NOTHING = Buffer.alloc(0);
const UNSEEN: FileLook['structure'] = { kind: '', verdict: 'unchecked', deep: false };

/** With the times from before it was read: what changed meanwhile has others, and is read again next time. */
function done(job: number, reading: Reading, stats: BigIntStats, look: FileLook | undefined): FileDone {
  const { content, lengths, bytes, addedBytes } = reading;
  return {
    job,
    steadiness: 'steady',
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
