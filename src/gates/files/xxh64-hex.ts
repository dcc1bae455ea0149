import type { Xxh64 } from '@node-rs/xxhash';

/** As entries hold it: 16 lower-case hex digits, most significant first. */
export function xxh64Hex(hash: Xxh64): string {
  return hash.digest().toString(16).padStart(16, '0');
}
