/**
 * RFC 6962 section 2.1 hashing.
 *
 * `crypto.hash(…, 'latin1')` written into a preallocated slab costs a quarter of what a Buffer per hash costs, so the
 * hot functions write in place. The scratch buffers live for one synchronous call and are invisible outside.
 */
import { Buffer } from 'node:buffer';
import { hash } from 'node:crypto';
import { ENTRY_BYTES_MAX } from './entry.ts';
import { Invalid } from './invalid.ts';

export const HASH_BYTES = 32;

const LEAF_PREFIX = 0x00;
const NODE_PREFIX = 0x01;
const leafInput = Buffer.alloc(ENTRY_BYTES_MAX + 1, LEAF_PREFIX);
const nodeInput = Buffer.alloc(1 + 2 * HASH_BYTES, NODE_PREFIX);

/** SHA-256 of nothing: the root of an empty tree. */
export function emptyRoot(): Uint8Array {
  return hash('sha256', '', 'buffer');
}

export function leafHash(entry: Uint8Array): Uint8Array {
  const out = Buffer.allocUnsafe(HASH_BYTES);
  leafHashInto(entry, out, 0);
  return out;
}

/** Writes the 32-byte leaf hash of `entry` at `offset` of `slab`. */
export function leafHashInto(entry: Uint8Array, slab: Buffer, offset: number): void {
  if (entry.byteLength > ENTRY_BYTES_MAX)
    throw new Invalid('entry', `an entry of ${entry.byteLength} bytes is too large to hash`);
  leafInput.set(entry, 1);
  slab.write(hash('sha256', leafInput.subarray(0, entry.byteLength + 1), 'latin1'), offset, HASH_BYTES, 'latin1');
}

export function nodeHash(left: Uint8Array, right: Uint8Array): Uint8Array {
  const out = Buffer.allocUnsafe(HASH_BYTES);
  nodeInput.set(left, 1);
  nodeInput.set(right, 1 + HASH_BYTES);
  out.write(hash('sha256', nodeInput, 'latin1'), 0, HASH_BYTES, 'latin1');
  return out;
}

/** Hashes the two hashes that stand side by side at `from` of `source` into `offset` of `slab`; both may be one buffer. */
export function pairHashInto(source: Uint8Array, from: number, slab: Buffer, offset: number): void {
  nodeInput.set(source.subarray(from, from + 2 * HASH_BYTES), 1);
  slab.write(hash('sha256', nodeInput, 'latin1'), offset, HASH_BYTES, 'latin1');
}

/** The root over any number of leaf hashes that stand side by side. */
export function rootOfHashes(leaves: Uint8Array): Uint8Array {
  let count = leaves.byteLength / HASH_BYTES;
  if (!Number.isInteger(count))
    throw new Invalid('tile', `${leaves.byteLength} bytes are not a whole number of hashes`);
  if (count === 0) return emptyRoot();
  const slab = Buffer.from(leaves);
  while (count > 1) {
    const pairs = Math.floor(count / 2);
    for (let i = 0; i < pairs; i += 1) pairHashInto(slab, 2 * i * HASH_BYTES, slab, i * HASH_BYTES);
    // A lone last node moves up unchanged: that is RFC 6962's split at the largest power of two.
    if (count % 2 === 1) slab.copyWithin(pairs * HASH_BYTES, (count - 1) * HASH_BYTES, count * HASH_BYTES);
    count = pairs + (count % 2);
  }
  return slab.subarray(0, HASH_BYTES);
}
