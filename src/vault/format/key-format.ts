/** Keys of a repository: one JSON object for each password; scrypt opens the master key within (restic's format v2). */
import { randomBytes, scrypt } from 'node:crypto';
import { createSealer } from '#vault/format/sealing.ts';
import type { SealingKey } from '#vault/format/sealing.ts';
import { Fault } from '#std/refused.ts';
import { z } from 'zod';

/** What one guess at a password costs, by scrypt's own letters. */
export interface GuessCost {
  readonly N: number;
  readonly r: number;
  readonly p: number;
}

/** 2^15, 8 and 7 as stock restic chooses on such machines: a second of one core. */
export const GUESS_COST: GuessCost = { N: 32_768, r: 8, p: 7 };
/** For 256 random bits, which no number of guesses finds: dear guesses would only make each job of a facility begin a second later. */
export const RANDOM_PASSWORD_COST: GuessCost = { N: 1024, r: 8, p: 1 };
/** What a stranger's file may make us spend. */
const SCRYPT_N_MAX = 1 << 20;
const SCRYPT_BYTES_MAX = 1 << 30;
const SALT_BYTES = 64;

const keyFile = z.object({
  kdf: z.literal('scrypt'),
  N: z.int().min(2).max(SCRYPT_N_MAX),
  r: z.int().min(1).max(32),
  p: z.int().min(1).max(32),
  salt: z.base64(),
  data: z.base64(),
});
const masterKey = z.object({
  mac: z.object({ k: z.base64(), r: z.base64() }),
  encrypt: z.base64(),
});

/** The master key behind `file`, or undefined when the password is not the one it was made with. */
export async function openKey(file: Uint8Array, password: string): Promise<SealingKey | undefined> {
  const { N, r, p, salt, data } = keyFile.parse(JSON.parse(Buffer.from(file).toString('utf8')));
  if (128 * N * r > SCRYPT_BYTES_MAX) throw new Fault('key-too-costly', 'this key asks for too much memory');
  const user = await derive(password, Buffer.from(salt, 'base64'), { N, r, p });
  try {
    const text = createSealer(user).open(Buffer.from(data, 'base64')).toString('utf8');
    const { mac, encrypt } = masterKey.parse(JSON.parse(text));
    return {
      encrypt: Buffer.from(encrypt, 'base64'),
      macK: Buffer.from(mac.k, 'base64'),
      macR: Buffer.from(mac.r, 'base64'),
    };
  } catch (cause) {
    if (cause instanceof Fault && cause.code === 'seal-broken') return undefined;
    throw cause;
  }
}

export function createMasterKey(): SealingKey {
  return { encrypt: randomBytes(32), macK: randomBytes(16), macR: clamped(randomBytes(16)) };
}

/** The bits of r that Poly1305 leaves out are zero, as restic writes and checks them. */
function clamped(r: Buffer): Buffer {
  for (const i of [3, 7, 11, 15]) r[i] = (r[i] ?? 0) & 15;
  for (const i of [4, 8, 12]) r[i] = (r[i] ?? 0) & 252;
  return r;
}

export interface KeyOwner {
  readonly username: string;
  readonly hostname: string;
  /** RFC 3339. */
  readonly created: string;
}

/** A key file for `password`. A lower `cost` is for passwords that nobody can guess anyway, such as a test's. */
export async function sealKey(
  master: SealingKey,
  password: string,
  { username, hostname, created }: KeyOwner,
  cost: GuessCost = GUESS_COST,
): Promise<Buffer> {
  const salt = randomBytes(SALT_BYTES);
  const text = JSON.stringify({
    mac: { k: base64(master.macK), r: base64(master.macR) },
    encrypt: base64(master.encrypt),
  });
  const data = createSealer(await derive(password, salt, cost)).seal(Buffer.from(text));
  return Buffer.from(
    JSON.stringify({ created, username, hostname, kdf: 'scrypt', ...cost, salt: base64(salt), data: base64(data) }),
  );
}

/** In a thread of Node's own: half a second in which whoever asks can begin something else. */
async function derive(password: string, salt: Buffer, cost: GuessCost): Promise<SealingKey> {
  const { promise, resolve, reject } = Promise.withResolvers<Buffer>();
  scrypt(password, salt, 64, { ...cost, maxmem: SCRYPT_BYTES_MAX * 2 }, (error, key) =>
    error === null ? resolve(key) : reject(error),
  );
  const bytes = await promise;
  return { encrypt: bytes.subarray(0, 32), macK: bytes.subarray(32, 48), macR: bytes.subarray(48, 64) };
}

function base64(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('base64');
}
