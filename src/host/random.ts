/** Randomness of the operating system. */
import { randomBytes } from 'node:crypto';
import type { Random } from '#ports/random.ts';

export function createRandom(): Random {
  return { bytes: (count) => randomBytes(count) };
}
