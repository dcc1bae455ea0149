/**
 * Hashes files on another thread by reading them behind the writer, from the page cache. The file is the queue: nothing is copied between
 * threads, memory stays flat however large the file, and what is hashed is what the storage holds.
 */
import { createHash } from 'node:crypto';
import type { Hash } from 'node:crypto';
import { readSync } from 'node:fs';
import { parentPort } from 'node:worker_threads';
import { Xxh64 } from '@node-rs/xxhash';
import { assert } from '#std/assert.ts';
import type { DigestAnswer, DigestOrder } from '#host/workspace/digest-pool.ts';

const TURN_BYTES = 1 << 20;

interface Following {
  readonly fd: number;
  sha256: Hash;
  xxh64: Xxh64;
  at: number;
  to: number;
  /** Set when the total is known: answer at this many bytes. */
  end: number | undefined;
  failed: boolean;
}

const port = parentPort;
assert(port !== null, 'runs as a worker');
const files = new Map<number, Following>();
const buffer = new Uint8Array(TURN_BYTES);
let turning = false;

port.on('message', (order: DigestOrder) => {
  switch (order.kind) {
    case 'open':
      files.set(order.file, fresh(order.fd));
      return;
    case 'follow':
      follow(order.file, order.to);
      return;
    case 'digest':
      finish(order.file, order.sizeBytes);
      return;
    case 'close':
      files.delete(order.file);
      answer({ kind: 'closed', file: order.file });
      return;
  }
});

function fresh(fd: number): Following {
  return { fd, sha256: createHash('sha256'), xxh64: new Xxh64(), at: 0, to: 0, end: undefined, failed: false };
}

function follow(file: number, to: number): void {
  const known = files.get(file);
  if (known === undefined) return;
  if (to < known.at) files.set(file, { ...fresh(known.fd), to });
  else known.to = to;
  turn();
}

function finish(file: number, sizeBytes: number): void {
  follow(file, sizeBytes);
  const known = files.get(file);
  if (known === undefined) return;
  known.end = sizeBytes;
  settle(file, known);
}

/** One buffer of every file that has more, then the event loop again: orders are heard between. */
function turn(): void {
  if (turning) return;
  turning = true;
  setImmediate(() => {
    turning = false;
    let more = false;
    for (const [file, known] of files) more = advance(file, known) || more;
    if (more) turn();
  });
}

function advance(file: number, known: Following): boolean {
  if (known.failed || known.at >= known.to) return false;
  try {
    const count = readSync(known.fd, buffer, 0, Math.min(TURN_BYTES, known.to - known.at), known.at);
    if (count === 0) throw new Error('the file ends before its size');
    const bytes = buffer.subarray(0, count);
    known.sha256.update(bytes);
    known.xxh64.update(bytes);
    known.at += count;
  } catch (error) {
    known.failed = true;
    if (known.end !== undefined) answer({ kind: 'failed', file, message: String(error) });
    return false;
  }
  settle(file, known);
  return known.at < known.to;
}

function settle(file: number, known: Following): void {
  if (known.end === undefined) return;
  if (known.failed) answer({ kind: 'failed', file, message: 'the file could not be read back' });
  else if (known.at === known.end) {
    const xxh64 = known.xxh64.digest().toString(16).padStart(16, '0');
    answer({ kind: 'digest', file, digest: { sha256: known.sha256.copy().digest('hex'), xxh64 } });
    known.end = undefined;
  }
}

function answer(message: DigestAnswer): void {
  port?.postMessage(message);
}
