/**
 * Sealed fields: AES-256-GCM under a key and nonce that are derived, for this one field, from its subject's key.
 *
 *     HKDF-SHA256(subject key, salt, "picturelock sealed field v1") = 32-byte key ‖ 12-byte nonce
 *     box = base64url(ciphertext ‖ 16-byte tag)
 *
 * The salt is random, so key and nonce are used once. Disclosing those 44 bytes opens this field and no other.
 */
import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from 'node:crypto';
import type { Sealed } from '#model/events.ts';
import { concat, fromBase64url, toBase64url, toText, utf8 } from '#std/bytes.ts';
import { Fault } from '#std/refused.ts';

const SALT_BYTES = 16;
const KEY_BYTES = 32;
const NONCE_BYTES = 12;
const TAG_BYTES = 16;
const PLAINTEXT_BYTES_MAX = 12_000;
const INFO = 'picturelock sealed field v1';

export const SUBJECT_KEY_BYTES = 32;

export function fieldKeyOf(subjectKey: Uint8Array, salt: string): Uint8Array {
  const bytes = fromBase64url(salt);
  if (bytes === undefined) throw new Fault('sealed-field-broken', 'a sealed field has a salt that is not base64url');
  return new Uint8Array(hkdfSync('sha256', subjectKey, bytes, INFO, KEY_BYTES + NONCE_BYTES));
}

export function sealField(subject: Sealed['subject'], subjectKey: Uint8Array, plaintext: string): Sealed {
  const text = utf8(plaintext);
  if (text.byteLength > PLAINTEXT_BYTES_MAX) {
    throw new Fault('sealed-field-too-long', `a sealed field holds ${PLAINTEXT_BYTES_MAX} bytes at most`);
  }
  const salt = toBase64url(randomBytes(SALT_BYTES));
  const fieldKey = fieldKeyOf(subjectKey, salt);
  const cipher = createCipheriv('aes-256-gcm', fieldKey.subarray(0, KEY_BYTES), fieldKey.subarray(KEY_BYTES));
  const box = concat(cipher.update(text), cipher.final(), cipher.getAuthTag());
  return { subject, salt, box: toBase64url(box) };
}

/** `undefined` when the key is another's or the box was altered. */
export function openField(fieldKey: Uint8Array, field: Sealed): string | undefined {
  const box = fromBase64url(field.box);
  if (box === undefined || box.byteLength < TAG_BYTES) return undefined;
  const decipher = createDecipheriv('aes-256-gcm', fieldKey.subarray(0, KEY_BYTES), fieldKey.subarray(KEY_BYTES), {
    authTagLength: TAG_BYTES,
  });
  decipher.setAuthTag(box.subarray(box.byteLength - TAG_BYTES));
  try {
    return toText(concat(decipher.update(box.subarray(0, box.byteLength - TAG_BYTES)), decipher.final()));
  } catch {
    return undefined; // the tag does not fit: another key, or altered
  }
}
