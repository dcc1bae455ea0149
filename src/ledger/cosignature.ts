/**
 * C2SP tlog-cosignature: Ed25519 `cosignature/v1` (type 4) and the ML-DSA-44 `subtree/v1` message (type 6).
 *
 *   signature blob     u64 POSIX seconds ‖ signature (64 or 2,420 bytes)
 *   type 6 message     "subtree/v1\n\0" ‖ u8 length ‖ cosigner ‖ u64 seconds ‖ u8 length ‖ origin ‖ u64 start ‖ u64 end ‖ root
 */
import { Buffer } from 'node:buffer';
import type { KeyObject } from 'node:crypto';
import { sign, verify } from 'node:crypto';
import { concat, utf8 } from '#std/bytes.ts';
import type { Checkpoint } from './checkpoint.ts';
import { Invalid } from './invalid.ts';
import type { SignatureLine } from './note.ts';
import { signatureLine } from './note.ts';
import type { VerifierKey } from './vkey.ts';
import { publicKeyObject, verifierKey } from './vkey.ts';

const SUBTREE_LABEL = 'subtree/v1\n\0';
const TIME_BYTES = 8;
const SIGNATURE_BYTES = { 4: 64, 6: 2420 } as const;

export interface Cosigner {
  readonly type: 4 | 6;
  readonly name: string;
  readonly privateKey: KeyObject;
}

export function cosign(checkpoint: Checkpoint, cosigner: Cosigner, atSeconds: number): SignatureLine {
  const key = verifierKey(cosigner.name, cosigner.type, cosigner.privateKey);
  const message =
    cosigner.type === 4
      ? cosignatureV1Message(checkpointText(checkpoint), atSeconds)
      : subtreeMessage(checkpoint, cosigner.name, atSeconds);
  return signatureLine(key, concat(u64(atSeconds), sign(null, message, cosigner.privateKey)));
}

export function verifyCosignature(
  noteText: string,
  checkpoint: Checkpoint,
  key: VerifierKey,
  blob: Uint8Array,
): boolean {
  if (key.type === 1 || blob.byteLength !== TIME_BYTES + SIGNATURE_BYTES[key.type]) return false;
  const atSeconds = cosignedAt(blob);
  if (atSeconds === undefined) return false;
  const message =
    key.type === 4 ? cosignatureV1Message(noteText, atSeconds) : subtreeMessage(checkpoint, key.name, atSeconds);
  return verify(null, message, publicKeyObject(key), blob.subarray(TIME_BYTES));
}

/** The POSIX seconds at the front of a cosignature; `undefined` when they are beyond what a number holds. */
export function cosignedAt(blob: Uint8Array): number | undefined {
  if (blob.byteLength < TIME_BYTES) return undefined;
  const seconds = Buffer.from(blob.buffer, blob.byteOffset, TIME_BYTES).readBigUInt64BE();
  return seconds <= BigInt(Number.MAX_SAFE_INTEGER) ? Number(seconds) : undefined;
}

export function cosignatureV1Message(noteText: string, atSeconds: number): Uint8Array {
  return utf8(`cosignature/v1\ntime ${atSeconds}\n${noteText}`);
}

/** For a checkpoint the subtree starts at 0. It does not cover extension lines, which is why we have none. */
export function subtreeMessage(checkpoint: Checkpoint, cosignerName: string, atSeconds: number): Uint8Array {
  return concat(
    utf8(SUBTREE_LABEL),
    lengthPrefixed(cosignerName),
    u64(atSeconds),
    lengthPrefixed(checkpoint.origin),
    u64(0),
    u64(checkpoint.size),
    checkpoint.root,
  );
}

function checkpointText(checkpoint: Checkpoint): string {
  return `${checkpoint.origin}\n${checkpoint.size}\n${Buffer.from(checkpoint.root).toString('base64')}\n`;
}

function lengthPrefixed(text: string): Uint8Array {
  const bytes = utf8(text);
  if (bytes.byteLength < 1 || bytes.byteLength > 255)
    throw new Invalid('checkpoint', 'a name of 1 to 255 bytes is needed');
  return concat(Uint8Array.of(bytes.byteLength), bytes);
}

function u64(value: number): Uint8Array {
  const bytes = Buffer.alloc(TIME_BYTES);
  bytes.writeBigUInt64BE(BigInt(value));
  return bytes;
}
