/** The bytes of an open file for a walk along its structure. */
import { readSync } from 'node:fs';
import type { ByteSource } from '#vault/detect/structure/byte-source.ts';

export function openFileSource(fd: number, size: number): ByteSource {
  return {
    size,
    read(at, length) {
      const bytes = Buffer.allocUnsafe(Math.max(0, Math.min(length, size - at)));
      return bytes.subarray(0, bytes.length === 0 ? 0 : readSync(fd, bytes, 0, bytes.length, at));
    },
  };
}
