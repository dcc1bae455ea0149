/**
 * A sheet for one holder: a share of the password, and the other things that the way back asks for (a vault's token, a bucket's key, whom to trust), each
 * sealed with that password on a line of its own. Whoever has a quorum of sheets has all of it; one sheet says nothing.
 *
 *     PLS1-…                                    the share
 *     <file under keys/backup>: <base64>        OpenSSL's `enc -aes-256-cbc -pbkdf2 -iter 100000 -md sha256`: "Salted__", 8 bytes of salt, the ciphertext
 *
 * That form has no check of its own: a wrong token is refused by its vault. It is chosen because a stock tool opens it. The password has 256 random
 * bits, so the iterations only match what is typed.
 */
import { createCipheriv, createDecipheriv, pbkdf2Sync } from 'node:crypto';
import { Fault } from '#std/refused.ts';

const MAGIC = Buffer.from('Salted__');
const [ITERATIONS, KEY_BYTES, IV_BYTES] = [100_000, 32, 16];
export const SALT_BYTES = 8;
const FILE_BYTES_MAX = 64 * 1024;
/** Nothing but these is written by a sheet: it names no path. */
const KEPT = /^vlt_[0-9a-z]{1,40}(\.facility)?\.credential$|^vlt_[0-9a-z]{1,40}\.(ca|cert|key)\.pem$/;
const LINE = /^([\w.]+): ([A-Za-z0-9+/=]+)$/;

export interface KeptFile {
  readonly name: string;
  readonly bytes: Uint8Array;
}

/** Whether a file of `keys/backup` belongs on a sheet: it opens the facility's own repository somewhere. */
export function isKept(name: string): boolean {
  return KEPT.test(name);
}

export function sealedLine(password: string, { name, bytes }: KeptFile, salt: Uint8Array): string {
  if (bytes.length > FILE_BYTES_MAX) throw new Fault('sheet-file', `${name} is too long for a sheet`);
  const { key, iv } = keyOf(password, salt);
  const cipher = createCipheriv('aes-256-cbc', key, iv);
  const sealed = Buffer.concat([MAGIC, salt, cipher.update(bytes), cipher.final()]);
  return `${name}: ${sealed.toString('base64')}`;
}

/** What the sealed lines of a sheet hold. */
export function openSheet(password: string, sheet: string): readonly KeptFile[] {
  return sheet.split('\n').flatMap((line) => {
    const [, name = '', sealed = ''] = LINE.exec(line.trim()) ?? [];
    return isKept(name) ? [{ name, bytes: opened(password, name, Buffer.from(sealed, 'base64')) }] : [];
  });
}

function opened(password: string, name: string, sealed: Buffer): Buffer {
  const body = MAGIC.length + SALT_BYTES;
  const { key, iv } = keyOf(password, sealed.subarray(MAGIC.length, body));
  try {
    if (!sealed.subarray(0, MAGIC.length).equals(MAGIC)) throw new Error('it does not begin as such a line does');
    const decipher = createDecipheriv('aes-256-cbc', key, iv);
    return Buffer.concat([decipher.update(sealed.subarray(body)), decipher.final()]);
  } catch (cause) {
    throw new Fault('sheet-broken', `the line ${name} is mistyped, or is of another time than these shares`, { cause });
  }
}

function keyOf(password: string, salt: Uint8Array): { readonly key: Buffer; readonly iv: Buffer } {
  const both = pbkdf2Sync(password, salt, ITERATIONS, KEY_BYTES + IV_BYTES, 'sha256');
  return { key: both.subarray(0, KEY_BYTES), iv: both.subarray(KEY_BYTES) };
}
