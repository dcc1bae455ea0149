/** Secret tokens of links, cookies and services: 256 random bits; only their SHA-256 is ever stored. */
import { createHash } from 'node:crypto';
import type { Random } from '#ports/random.ts';
import { toBase64url } from '#std/bytes.ts';

const TOKEN_BYTES = 32;
const TOKEN_SHAPE = /^[A-Za-z0-9_-]{43}$/;
/** Lets scanners of leaked secrets know a service token by its looks. */
export const SERVICE_TOKEN_PREFIX = 'plk_';

export function makeToken(random: Random): string {
  return toBase64url(random.bytes(TOKEN_BYTES));
}

export function isToken(text: string): boolean {
  return TOKEN_SHAPE.test(text);
}

/** Lower-case hex. The token has full entropy, so a fast hash is the right one. */
export function hashToken(token: string): string {
  return createHash('sha256').update(token, 'utf8').digest('hex');
}
