/** Bytes that look random and are the same in every run: AES-CTR over zeros. */
import { createCipheriv, hash } from 'node:crypto';

export function seededBytes(seed: number, length: number): Buffer {
  const key = hash('sha256', `seed ${seed}`, 'buffer');
  return createCipheriv('aes-256-ctr', key, Buffer.alloc(16)).update(Buffer.alloc(length));
}
