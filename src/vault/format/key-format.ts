/** Keys of a repository: one JSON object for each password; scrypt opens the master key within (restic's format v2). */
import { randomBytes, scrypt } from 'node:crypto';
import { createSealer } from '#vault/format/sealing.ts';
import type { SealingKey } from '#vault/format/sealing.ts';
import { base64 as bytesIn, damaged, fieldsOf, parseJson, within } from '#vault/format/json-fields.ts';
import { Fault } from '#std/refused.ts';

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

/**
 * The master key behind `file`, or undefined when the password is not the one it was made with. A Fault `object-damaged` for what is no key,
 * `key-too-costly` for one that asks for more than anybody's should: both may have been put there by a stranger.
 */
export async function openKey(file: Uint8Array, password: string): Promise<SealingKey | undefined> {
  const { salt, data, ...cost } = readKeyFile(Buffer.from(file).toString('utf8'));
  if (128 * cost.N * cost.r > SCRYPT_BYTES_MAX) throw new Fault('key-too-costly', 'this key asks for too much memory');
  const user = await derive(password, salt, cost);
  try {
    return readMasterKey(createSealer(user).open(data).toString('utf8'));
  } catch (cause) {
    if (cause instanceof Fault && cause.code === 'seal-broken') return undefined;
    throw cause;
  }
}

interface KeyFile extends GuessCost {
  readonly salt: Buffer;
  readonly data: Buffer;
}

function readKeyFile(json: string): KeyFile {
  const fields = fieldsOf(parseJson(json));
  if (fields['kdf'] !== 'scrypt') throw damaged('a way from a password to a key that is not known');
  return {
    N: within(fields, 'N', 2, SCRYPT_N_MAX),
    r: within(fields, 'r', 1, 32),
    p: within(fields, 'p', 1, 32),
    salt: bytesIn(fields['salt'], 'salt'),
    data: bytesIn(fields['data'], 'data'),
  };
}

function readMasterKey(json: string): SealingKey {
  const { mac, encrypt } = fieldsOf(parseJson(json));
  const { k, r } = fieldsOf(mac);
  return { encrypt: bytesIn(encrypt, 'encrypt'), macK: bytesIn(k, 'k'), macR: bytesIn(r, 'r') };
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
  try {
    scrypt(password, salt, 64, { ...cost, maxmem: SCRYPT_BYTES_MAX * 2 }, (error, key) =>
      error === null ? resolve(key) : reject(error),
    );
  } catch {
    throw damaged('a cost of a guess that scrypt has not'); // N is no power of two, or too much for r
  }
  const bytes = await promise;
  return { encrypt: bytes.subarray(0, 32), macK: bytes.subarray(32, 48), macR: bytes.subarray(48, 64) };
}

function base64(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('base64');
}
