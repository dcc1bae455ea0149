/** Holes: a sparse file's zeros are found by comparing with zeros, which is many times faster than hashing and storing them. */
import { hash } from 'node:crypto';

const ZEROS = Buffer.alloc(64 * 1024);

export function isZeros(bytes: Buffer): boolean {
  for (let at = 0; at < bytes.length; at += ZEROS.length) {
    const end = Math.min(bytes.length, at + ZEROS.length);
    if (bytes.compare(ZEROS, 0, end - at, at, end) !== 0) return false;
  }
  return true;
}

/** What a hole is cut into: the fingerprint of zeros is zero, so the chunker cuts as soon as it may. */
export const ZERO_PIECE_BYTES = 512 * 1024;
export const ZERO_PIECE_ID = hash('sha256', Buffer.alloc(ZERO_PIECE_BYTES), 'hex');
