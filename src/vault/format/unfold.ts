/** What was compressed, in one piece where that is possible: a second one, and the two joined, would be three times the memory. */
import { zstdDecompressSync } from 'node:zlib';
import { OWN_MEMORY_BYTES } from '#vault/format/memory.ts';
import { Fault } from '#std/refused.ts';

/** Whoever says that something is longer has to prove it. */
const ONE_PIECE_BYTES = 64 * 1024 * 1024;

/** A Fault `object-damaged` for what does not unfold, or to more than `plainLength`. */
export function unfolded(pressed: Uint8Array, plainLength: number): Buffer {
  // Filled to its last byte, a second one would be made.
  const chunkSize = Math.max(OWN_MEMORY_BYTES, Math.min(plainLength, ONE_PIECE_BYTES) + 1);
  try {
    return zstdDecompressSync(pressed, { maxOutputLength: plainLength, chunkSize });
  } catch (cause) {
    throw new Fault('object-damaged', 'an object is damaged: it does not unfold', { cause });
  }
}
