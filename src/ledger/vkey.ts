/**
 * Names of signing keys in signed notes (C2SP signed-note): a key has a name, a signature type and public bytes; its 4-byte
 * id is a hint for finding it, never a proof of anything.
 */
import { Buffer } from 'node:buffer';
import type { KeyObject } from 'node:crypto';
import { createPublicKey, hash } from 'node:crypto';
import { concat, fromBase64, toBase64, toHex, utf8 } from '#std/bytes.ts';
import { Invalid } from './invalid.ts';

/** 1: Ed25519 over the note. 4: Ed25519 cosignature. 6: ML-DSA-44 cosignature. */
export type SignatureType = 1 | 4 | 6;

export interface VerifierKey {
  readonly name: string;
  readonly type: SignatureType;
  /** Big-endian, four bytes. */
  readonly id: Uint8Array;
  /** 32 bytes for Ed25519, 1,312 for ML-DSA-44. */
  readonly publicBytes: Uint8Array;
}

export const ED25519_PUBLIC_BYTES = 32;
export const ML_DSA_44_PUBLIC_BYTES = 1312;
// SubjectPublicKeyInfo around the raw key: RFC 8410 and FIPS 204's id-ml-dsa-44 (RFC 9881).
const ED25519_SPKI_PREFIX = Buffer.from('302a300506032b6570032100', 'hex');
const ML_DSA_44_SPKI_PREFIX = Buffer.from('30820532300b06096086480165030403110382052100', 'hex');
const NAME_CHARS_MAX = 255;

export function isKeyName(name: string): boolean {
  // No whitespace, no control characters, no plus sign (it separates the parts of a vkey).
  return (
    name.length > 0 && utf8(name).byteLength <= NAME_CHARS_MAX && name.isWellFormed() && !/[\s\p{Cc}+]/u.test(name)
  );
}

export function verifierKey(name: string, type: SignatureType, key: KeyObject): VerifierKey {
  const spki = createPublicKeyOf(key).export({ format: 'der', type: 'spki' });
  const prefix = spkiPrefix(type);
  if (!spki.subarray(0, prefix.byteLength).equals(prefix))
    throw new Invalid('vkey', `a key that doesn't fit signature type ${type}`);
  return fromPublicBytes(name, type, spki.subarray(prefix.byteLength));
}

function createPublicKeyOf(key: KeyObject): KeyObject {
  return key.type === 'private' ? createPublicKey(key) : key;
}

export function fromPublicBytes(name: string, type: SignatureType, publicBytes: Uint8Array): VerifierKey {
  if (!isKeyName(name)) throw new Invalid('vkey', `not a key name: ${JSON.stringify(name)}`);
  if (publicBytes.byteLength !== publicLength(type))
    throw new Invalid('vkey', `a public key of ${publicBytes.byteLength} bytes for type ${type}`);
  const id = hash('sha256', concat(utf8(`${name}\n`), Uint8Array.of(type), publicBytes), 'buffer').subarray(0, 4);
  return { name, type, id, publicBytes };
}

export function publicKeyObject(key: VerifierKey): KeyObject {
  return createPublicKey({ key: Buffer.concat([spkiPrefix(key.type), key.publicBytes]), format: 'der', type: 'spki' });
}

/** `name+hex(id)+base64(type ‖ key)`. */
export function renderVkey(key: VerifierKey): string {
  return `${key.name}+${toHex(key.id)}+${toBase64(concat(Uint8Array.of(key.type), key.publicBytes))}`;
}

/** Base64 may hold plus signs itself, so only the first two split. */
export function parseVkey(text: string): VerifierKey {
  const [, name, id, blob] = /^([^+]+)\+([0-9a-f]{8})\+(.+)$/.exec(text) ?? [];
  const bytes = fromBase64(blob ?? '');
  const type = bytes?.[0];
  if (name === undefined || bytes === undefined || (type !== 1 && type !== 4 && type !== 6)) {
    throw new Invalid('vkey', 'a verifier key that cannot be read');
  }
  const key = fromPublicBytes(name, type, bytes.subarray(1));
  if (toHex(key.id) !== id) throw new Invalid('vkey', `the id of the verifier key of ${name} doesn't fit its key`);
  return key;
}

function publicLength(type: SignatureType): number {
  return type === 6 ? ML_DSA_44_PUBLIC_BYTES : ED25519_PUBLIC_BYTES;
}

function spkiPrefix(type: SignatureType): Buffer {
  return type === 6 ? ML_DSA_44_SPKI_PREFIX : ED25519_SPKI_PREFIX;
}
