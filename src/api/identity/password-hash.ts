/**
 * argon2id (RFC 9106) in the PHC string format. Work happens on the thread pool, a few at a time, because each holds its
 * memory: waiting is bounded, and beyond it the caller is told to come back.
 */
import { argon2, timingSafeEqual } from 'node:crypto';
import { promisify } from 'node:util';
import type { Random } from '#ports/random.ts';
import { Fault } from '#std/refused.ts';

const run = promisify(argon2);

/** OWASP's first choice for argon2id: 46 MiB, one pass, one lane; measured at about 40 ms of one core. */
export interface Cost {
  readonly memoryKiB: number;
  readonly passes: number;
  readonly lanes: number;
}
export const COST: Cost = { memoryKiB: 47_104, passes: 1, lanes: 1 };
const TAG_BYTES = 32;
const SALT_BYTES = 16;
const AT_ONCE_MAX = 2;
const WAITING_MAX = 64;
const PHC = /^\$argon2id\$v=19\$m=(\d{1,7}),t=(\d{1,2}),p=(\d{1,2})\$([A-Za-z0-9+/]{22})\$([A-Za-z0-9+/]{43})$/;

let running = 0;
const waiting: (() => void)[] = [];

async function turn<T>(work: () => Promise<T>): Promise<T> {
  if (running >= AT_ONCE_MAX) {
    if (waiting.length >= WAITING_MAX) throw new Fault('busy', 'Too many passwords are being checked', { retry: true });
    await new Promise<void>((go) => waiting.push(go));
  } else running += 1;
  try {
    return await work();
  } finally {
    const next = waiting.shift();
    if (next === undefined) running -= 1;
    else next();
  }
}

function tag(password: string, salt: Uint8Array, cost: Cost): Promise<Buffer> {
  const parameters = {
    message: password.normalize('NFC'),
    nonce: salt,
    parallelism: cost.lanes,
    tagLength: TAG_BYTES,
    memory: cost.memoryKiB,
    passes: cost.passes,
  };
  return turn(() => run('argon2id', parameters));
}

export async function hashPassword(password: string, random: Random, cost: Cost = COST): Promise<string> {
  const salt = Buffer.from(random.bytes(SALT_BYTES));
  const hash = await tag(password, salt, cost);
  return `$argon2id$v=19$m=${cost.memoryKiB},t=${cost.passes},p=${cost.lanes}$${bare(salt)}$${bare(hash)}`;
}

/** False for a verifier that is not one of ours, too. */
export async function verifyPassword(password: string, verifier: string): Promise<boolean> {
  const [, memory, passes, lanes, salt, hash] = PHC.exec(verifier) ?? [];
  if (memory === undefined || passes === undefined || lanes === undefined || salt === undefined || hash === undefined)
    return false;
  const got = await tag(password, Buffer.from(salt, 'base64'), {
    memoryKiB: Number(memory),
    passes: Number(passes),
    lanes: Number(lanes),
  });
  return timingSafeEqual(got, Buffer.from(hash, 'base64'));
}

/** A verifier that no password has: checked for unknown people, so that they take as long as known ones. */
export const NOBODY = `$argon2id$v=19$m=${COST.memoryKiB},t=${COST.passes},p=${COST.lanes}$${'A'.repeat(22)}$${'A'.repeat(43)}`;

function bare(bytes: Buffer): string {
  return bytes.toString('base64').replace(/=+$/, '');
}
