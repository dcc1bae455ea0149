/** C2SP tlog-checkpoint: three lines, origin, size and root. We write no extension lines and accept none. */
import type { KeyObject } from 'node:crypto';
import { sign, verify } from 'node:crypto';
import { fromBase64, toBase64, utf8 } from '#std/bytes.ts';
import { cosign, verifyCosignature } from './cosignature.ts';
import { parseDecimal } from './decimal.ts';
import { HASH_BYTES } from './hash.ts';
import { Invalid } from './invalid.ts';
import type { Note, SignatureLine } from './note.ts';
import { linesBy, parseNote, renderNote, signatureLine } from './note.ts';
import type { VerifierKey } from './vkey.ts';
import { isKeyName, publicKeyObject, verifierKey } from './vkey.ts';

export interface Checkpoint {
  readonly origin: string;
  readonly size: number;
  readonly root: Uint8Array;
}

/** The log's two private keys. Both sign every checkpoint; the Ed25519 line is what every C2SP tool reads. */
export interface LogKeys {
  readonly ed25519: KeyObject;
  readonly mlDsa44: KeyObject;
}

export function renderCheckpoint(checkpoint: Checkpoint): string {
  if (!isKeyName(checkpoint.origin))
    throw new Invalid('checkpoint', `not an origin: ${JSON.stringify(checkpoint.origin)}`);
  return `${checkpoint.origin}\n${checkpoint.size}\n${toBase64(checkpoint.root)}\n`;
}

export function parseCheckpoint(text: string): Checkpoint {
  const [origin = '', sizeText = '', rootText = '', ...rest] = text.split('\n');
  const size = parseDecimal(sizeText);
  const root = fromBase64(rootText);
  if (!isKeyName(origin)) throw new Invalid('checkpoint', 'a checkpoint without an origin');
  if (size === undefined)
    throw new Invalid('checkpoint', `a checkpoint whose size is not a number: ${JSON.stringify(sizeText)}`);
  if (root?.byteLength !== HASH_BYTES) throw new Invalid('checkpoint', 'a checkpoint without a root');
  if (rest.length !== 1 || rest[0] !== '') throw new Invalid('checkpoint', 'a checkpoint with extension lines');
  return { origin, size, root };
}

/** The signed note of a checkpoint: Ed25519 first, then ML-DSA-44. `atSeconds` is POSIX time. */
export function signCheckpoint(checkpoint: Checkpoint, keys: LogKeys, atSeconds: number): string {
  const text = renderCheckpoint(checkpoint);
  const key = verifierKey(checkpoint.origin, 1, keys.ed25519);
  const ed25519 = signatureLine(key, sign(null, utf8(text), keys.ed25519));
  const mlDsa44 = cosign(checkpoint, { type: 6, name: checkpoint.origin, privateKey: keys.mlDsa44 }, atSeconds);
  return renderNote({ text, signatures: [ed25519, mlDsa44] });
}

/** The verifier keys under which `signCheckpoint` signs; the public halves of the keys are enough. */
export function logVerifierKeys(
  origin: string,
  keys: LogKeys,
): { readonly ed25519: VerifierKey; readonly mlDsa44: VerifierKey } {
  return { ed25519: verifierKey(origin, 1, keys.ed25519), mlDsa44: verifierKey(origin, 6, keys.mlDsa44) };
}

/**
 * Opens a signed checkpoint. Every line by a known key must verify, and each key in `required` must have signed.
 * A cosignature's key may have another name than the origin; the log's own Ed25519 key may not.
 */
export function openCheckpoint(
  noteText: string,
  required: readonly VerifierKey[],
  known: readonly VerifierKey[] = [],
): Checkpoint {
  const note = parseNote(noteText);
  const checkpoint = parseCheckpoint(note.text);
  for (const key of required) {
    if (key.type === 1 && key.name !== checkpoint.origin)
      throw new Invalid('signature', `the key of ${key.name} is not of ${checkpoint.origin}`);
    if (verifyLinesBy(note, checkpoint, key) === 0)
      throw new Invalid('signature', `no signature of ${key.name} (type ${key.type})`);
  }
  for (const key of known) verifyLinesBy(note, checkpoint, key);
  return checkpoint;
}

/** How many lines this key signed; throws when one of them is bad. */
export function verifyLinesBy(note: Note, checkpoint: Checkpoint, key: VerifierKey): number {
  const lines = linesBy(note, key);
  for (const line of lines) {
    if (!verifiesLine(note, checkpoint, key, line))
      throw new Invalid('signature', `a bad signature in the name of ${key.name} (type ${key.type})`);
  }
  return lines.length;
}

function verifiesLine(note: Note, checkpoint: Checkpoint, key: VerifierKey, line: SignatureLine): boolean {
  if (key.type !== 1) return verifyCosignature(note.text, checkpoint, key, line.signature);
  return verify(null, utf8(note.text), publicKeyObject(key), line.signature);
}
