/** How a refusal or a fault is told in SFTP's few status words: the word for the program, the sentence for the person. */
import { Fault, type Refused } from '#std/refused.ts';
import type { Buffer } from 'node:buffer';
import { encodeStatus } from '#gates/sftp/replies.ts';
import type { StatusName } from '#gates/sftp/wire.ts';

const STATUS_OF: ReadonlyMap<string, StatusName> = new Map([
  ['not-found', 'noSuchFile'],
  ['no-such-file', 'noSuchFile'],
  ['unknown-project', 'noSuchFile'],
  ['folder-missing', 'noSuchFile'],
  ['upload-unknown', 'noSuchFile'],
  ['name-taken', 'failure'],
  ['folder-not-empty', 'failure'],
  ['not-a-folder', 'failure'],
  ['not-a-file', 'failure'],
  ['is-a-folder', 'failure'],
  ['incomplete', 'failure'],
  ['into-itself', 'failure'],
  ['name-not-portable', 'failure'],
  ['path-too-deep', 'failure'],
  ['path-too-long', 'failure'],
  ['too-large', 'failure'],
  ['too-many-uploads', 'failure'],
  ['upload-busy', 'failure'],
  ['type-mismatch', 'failure'],
  ['other-storage', 'failure'],
  ['no-truncate', 'failure'],
]);

export function encodeRefusal(id: number, refusal: Refused): Buffer {
  return encodeStatus(id, STATUS_OF.get(refusal.code) ?? 'permissionDenied', sentence(refusal));
}

/** Rule, sentence and whom to ask, in one line. */
export function sentence(refusal: Refused): string {
  const ask = refusal.ask === undefined ? '' : ` ${refusal.ask}`;
  return `${refusal.message}${ask} [${refusal.code}]`;
}

/** Storage or engine failed and the act did not happen. What is not a Fault says nothing of itself to a client. */
export function encodeFault(id: number, error: unknown): Buffer {
  return encodeStatus(id, 'failure', faultText(error));
}

export function faultText(error: unknown): string {
  return error instanceof Fault ? `${error.message} [${error.code}]` : 'the server could not do this';
}
