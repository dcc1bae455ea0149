/** Numbers and bytes that look random and are the same in every run of a seed: AES in counter mode over zeros. */
import { createCipheriv, hash } from 'node:crypto';

function stream(seed: string): (length: number) => Buffer {
  const cipher = createCipheriv('aes-256-ctr', hash('sha256', seed, 'buffer'), Buffer.alloc(16));
  return (length) => cipher.update(Buffer.alloc(length));
}

/** Each call gives a whole number below `below`. */
export function draws(seed: string): (below: number) => number {
  const next = stream(seed);
  return (below) => Math.floor((next(6).readUIntBE(0, 6) / 2 ** 48) * below);
}

export function randomBytesOf(seed: string, length: number): Buffer {
  return stream(seed)(length);
}
