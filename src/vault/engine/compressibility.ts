/** Whether a chunk is worth compressing: told by a few samples, because most of what a post house stores is compressed already. */
import { constants, zstdCompressSync } from 'node:zlib';
import type { Kernel } from '#vault/format/kernel/kernel.ts';
import { giveBack } from '#vault/format/memory.ts';

const LEVEL = { [constants.ZSTD_c_compressionLevel]: 1 };
const SAMPLE_BYTES = 16 * 1024;
const SAMPLES = 4;
/** Samples that shrink to less than this promise enough. */
const WORTH_RATIO = 0.97;
/** Chi-square of evenly spread bytes over a sample lies between these in all but one of thousands. */
const EVEN: readonly [number, number] = [180, 340];
const gathered = Buffer.allocUnsafe(SAMPLES * SAMPLE_BYTES);

/** Of the `length` bytes at `at` in the kernel's memory. Short ones are always tried. */
export function isCompressible(kernel: Kernel, at: number, length: number): boolean {
  if (length <= SAMPLE_BYTES * SAMPLES) return length > 0;
  let bytes = 0;
  for (let i = 0; i < SAMPLES; i += 1) {
    const begin = at + Math.floor(((length - SAMPLE_BYTES) * i) / (SAMPLES - 1));
    const spread = kernel.chiSquare(begin, SAMPLE_BYTES);
    if (spread > EVEN[0] && spread < EVEN[1]) continue;
    kernel.bytes.copy(gathered, bytes, begin, begin + SAMPLE_BYTES);
    bytes += SAMPLE_BYTES;
  }
  if (bytes === 0) return false;
  const pressed = zstdCompressSync(gathered.subarray(0, bytes), {
    params: LEVEL,
    chunkSize: gathered.length + 1024,
    pledgedSrcSize: bytes,
  });
  const saved = bytes - pressed.length;
  giveBack(pressed);
  return saved > SAMPLES * SAMPLE_BYTES * (1 - WORTH_RATIO);
}
