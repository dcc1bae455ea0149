/** Buffers, used again: a transfer allocates none once its pool is warm. */
import { Buffer } from 'node:buffer';

/** Chunk size decides speed: 64 KiB halves it (docs/benchmarks.md). */
export const CHUNK_BYTES = 512 * 1024;
export const SMALL_CHUNK_BYTES = 64 * 1024;
const KEPT_MAX = 32;

export interface BufferPool {
  borrow(): Uint8Array;
  /** Only a buffer that nobody reads or writes any more. */
  giveBack(buffer: Uint8Array): void;
}

/** For downloads. */
export const readBuffers = poolOf(() => Buffer.allocUnsafeSlow(CHUNK_BYTES));
/** For downloads while there are many: a thousand would hold a gigabyte of the others. */
export const smallReadBuffers = poolOf(() => Buffer.allocUnsafeSlow(SMALL_CHUNK_BYTES));
/** For uploads, in memory that the storage's threads see too. */
export const writeBuffers = poolOf(() => new Uint8Array(new SharedArrayBuffer(CHUNK_BYTES)));

function poolOf(make: () => Uint8Array): BufferPool {
  const free: Uint8Array[] = [];
  return {
    borrow: () => free.pop() ?? make(),
    giveBack: (buffer) => {
      if (free.length < KEPT_MAX) free.push(buffer);
    },
  };
}
