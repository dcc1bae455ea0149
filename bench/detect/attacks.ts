/** What ransomware does to a file: which of its bytes are encrypted, and what becomes of its name. */
import { createCipheriv, hash } from 'node:crypto';

export interface AttackStyle {
  readonly name: string;
  encrypt(bytes: Buffer, seed: string): Buffer;
  rename(path: string): string;
}

const BLOCK = 64 * 1024;
const same = (path: string): string => path;

export const STYLES: readonly AttackStyle[] = [
  { name: 'full', encrypt: (bytes, seed) => where(bytes, seed, () => true), rename: same },
  {
    name: 'full, renamed',
    encrypt: (bytes, seed) => where(bytes, seed, () => true),
    rename: (path) => `${path}.sealed7`,
  },
  { name: 'all but the first 4 KiB', encrypt: (bytes, seed) => where(bytes, seed, (at) => at >= 4096), rename: same },
  {
    name: 'header only (a 16th, 1 MiB at most)',
    encrypt: (bytes, seed) => where(bytes, seed, (at) => at < Math.min(1 << 20, bytes.length / 16)),
    rename: same,
  },
  {
    name: 'every 16th block of 64 KiB, header kept',
    encrypt: (bytes, seed) => where(bytes, seed, (at) => Math.floor(at / BLOCK) % 16 === 1),
    rename: same,
  },
  {
    name: 'alternate 16 bytes',
    encrypt: (bytes, seed) => where(bytes, seed, (at) => (at >> 4) % 2 === 0),
    rename: same,
  },
  {
    name: 'alternate 16 bytes, first 4 KiB kept',
    encrypt: (bytes, seed) => where(bytes, seed, (at) => at >= 4096 && (at >> 4) % 2 === 0),
    rename: same,
  },
];

/** AES-256 in counter mode at the places that are hit. */
function where(bytes: Buffer, seed: string, isHit: (at: number) => boolean): Buffer {
  const cipher = createCipheriv('aes-256-ctr', hash('sha256', `attack ${seed}`, 'buffer'), Buffer.alloc(16));
  const hidden = cipher.update(bytes);
  const out = Buffer.from(bytes);
  for (let at = 0; at < out.length; at += 16) if (isHit(at)) hidden.copy(out, at, at, Math.min(at + 16, out.length));
  return out;
}

/** Whether a style changes anything of a file: a short one has no second block. */
export function hits(style: AttackStyle, bytes: Buffer): boolean {
  return !style.encrypt(bytes, 'probe').equals(bytes);
}
