/**
 * Writes uploads and hashes them on another thread. What comes in order is written and then hashed slice by slice, while its bytes are in
 * the processor's cache; what was written by others, or before this process, is read back from the page cache. Either way the hash is of
 * the bytes that the storage took, each once and in order, and memory stays flat however large the file (docs/decisions/0005).
 */
import { createHash } from 'node:crypto';
import type { Hash } from 'node:crypto';
import { readSync, writeSync } from 'node:fs';
import { parentPort } from 'node:worker_threads';
import { Xxh64 } from '@node-rs/xxhash';
import { assert } from '#std/assert.ts';
import type { PartAnswer, PartOrder } from '#host/workspace/part-threads.ts';

/** Read back of one file before others have their turn. */
const TURN_BYTES = 1 << 20;
/** Small enough to be hashed twice and copied while the second-level cache holds it. */
const SLICE_BYTES = 1 << 18;

interface Part {
  readonly fd: number;
  sha256: Hash;
  xxh64: Xxh64;
  /** Hashed: exactly the bytes before this. */
  at: number;
  /** In the file without a gap, and to be hashed. */
  to: number;
  /** Set when the total is known: answer at this many bytes. */
  end: number | undefined;
  failed: boolean;
}

const port = parentPort;
assert(port !== null, 'runs as a worker');
const parts = new Map<number, Part>();
const buffer = new Uint8Array(TURN_BYTES);
let turning = false;

port.on('message', (order: PartOrder) => {
  if (order.kind === 'open') {
    parts.set(order.file, { fd: order.fd, ...nothingHashed() });
    return;
  }
  const part = parts.get(order.file);
  assert(part !== undefined, 'a file is opened before it is used, and not used when it is closed');
  switch (order.kind) {
    case 'write':
      return write(order.file, part, order.chunks, order.position);
    case 'follow':
      return follow(part, order.to);
    case 'forget':
      return forget(part, order.from);
    case 'digest':
      if (order.sizeBytes < part.at) forget(part, order.sizeBytes);
      follow(part, order.sizeBytes);
      part.end = order.sizeBytes;
      return settle(order.file, part);
    case 'close':
      parts.delete(order.file);
      return answer({ kind: 'closed', file: order.file });
  }
});

function nothingHashed(): Omit<Part, 'fd'> {
  return { sha256: createHash('sha256'), xxh64: new Xxh64(), at: 0, to: 0, end: undefined, failed: false };
}

function write(file: number, part: Part, chunks: readonly Uint8Array[], position: number): void {
  try {
    let at = position;
    for (const chunk of chunks) {
      for (let from = 0; from < chunk.byteLength; from += SLICE_BYTES)
        at = writeSlice(part, chunk.subarray(from, from + SLICE_BYTES), at);
    }
    answer({ kind: 'written', file });
  } catch (error) {
    answer({ kind: 'not-written', file, message: String(error), code: codeOf(error) });
  }
  if (part.at < part.to) turn();
}

/** The position behind the slice. A slice over bytes that are hashed makes the hash void: the file will be read from the beginning. */
function writeSlice(part: Part, slice: Uint8Array, position: number): number {
  if (position < part.at) forget(part, position);
  for (let done = 0; done < slice.byteLength;)
    done += writeSync(part.fd, slice, done, slice.byteLength - done, position + done);
  const end = position + slice.byteLength;
  if (position === part.at && !part.failed) take(part, slice);
  if (position <= part.to) part.to = Math.max(part.to, end);
  return end;
}

function follow(part: Part, to: number): void {
  part.to = Math.max(part.to, to);
  turn();
}

function forget(part: Part, from: number): void {
  const to = Math.min(part.to, from);
  if (from < part.at) Object.assign(part, nothingHashed());
  part.to = to;
}

/** One buffer of every file that has more, then the event loop again: orders are heard between. */
function turn(): void {
  if (turning) return;
  turning = true;
  setImmediate(() => {
    turning = false;
    let more = false;
    for (const [file, part] of parts) more = readBack(file, part) || more;
    if (more) turn();
  });
}

function readBack(file: number, part: Part): boolean {
  if (part.failed || part.at >= part.to) return false;
  try {
    const count = readSync(part.fd, buffer, 0, Math.min(TURN_BYTES, part.to - part.at), part.at);
    if (count === 0 && part.end === undefined) {
      // Cut short a moment ago; the order that says so is on its way, and whoever asks for the digest names the size again.
      part.to = part.at;
      return false;
    }
    if (count === 0) throw new Error('the file ends before its size');
    take(part, buffer.subarray(0, count));
  } catch (error) {
    part.failed = true;
    if (part.end !== undefined) answer({ kind: 'failed', file, message: String(error) });
    return false;
  }
  settle(file, part);
  return part.at < part.to;
}

function take(part: Part, bytes: Uint8Array): void {
  part.sha256.update(bytes);
  part.xxh64.update(bytes);
  part.at += bytes.byteLength;
}

function settle(file: number, part: Part): void {
  if (part.end === undefined) return;
  if (part.failed) answer({ kind: 'failed', file, message: 'the file could not be read back' });
  else if (part.at === part.end) {
    const xxh64 = part.xxh64.digest().toString(16).padStart(16, '0');
    answer({ kind: 'digest', file, digest: { sha256: part.sha256.copy().digest('hex'), xxh64 } });
    part.end = undefined;
  }
}

function codeOf(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined;
}

function answer(message: PartAnswer): void {
  port?.postMessage(message);
}
