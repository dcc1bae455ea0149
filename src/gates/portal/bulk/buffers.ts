/** Read buffers, used again: a download allocates none once the pool is warm. */
import { Buffer } from 'node:buffer';

/** Chunk size decides speed: 64 KiB halves it (docs/benchmarks.md). */
export const CHUNK_BYTES = 512 * 1024;
const KEPT_MAX = 32;

const free: Uint8Array[] = [];

export function borrowBuffer(): Uint8Array {
  return free.pop() ?? Buffer.allocUnsafeSlow(CHUNK_BYTES);
}

/** Only a buffer that nobody reads or writes any more. */
export function returnBuffer(buffer: Uint8Array): void {
  if (free.length < KEPT_MAX) free.push(buffer);
}
