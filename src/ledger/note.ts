/**
 * C2SP signed-note: text ending in LF, one empty line, signature lines `— name base64(id ‖ signature)`.
 * The text may hold empty lines itself: the last one splits.
 */
import { concat, fromBase64, isEqual, toBase64 } from '#std/bytes.ts';
import { Invalid } from './invalid.ts';
import type { VerifierKey } from './vkey.ts';
import { isKeyName } from './vkey.ts';

export interface SignatureLine {
  readonly name: string;
  readonly id: Uint8Array;
  readonly signature: Uint8Array;
}

export interface Note {
  /** With its final LF. */
  readonly text: string;
  readonly signatures: readonly SignatureLine[];
}

export const SIGNATURES_MAX = 64;
const NOTE_CHARS_MAX = 1_000_000;
const ID_BYTES = 4;

export function signatureLine(key: VerifierKey, signature: Uint8Array): SignatureLine {
  return { name: key.name, id: key.id, signature };
}

export function renderNote(note: Note): string {
  if (!note.text.endsWith('\n') || !isNoteText(note.text))
    throw new Invalid('note', 'a note text ends in a line feed and has no control characters');
  return `${note.text}\n${note.signatures.map(renderSignatureLine).join('')}`;
}

export function renderSignatureLine(line: SignatureLine): string {
  return `— ${line.name} ${toBase64(concat(line.id, line.signature))}\n`;
}

export function parseNote(note: string): Note {
  if (note.length > NOTE_CHARS_MAX) throw new Invalid('note', 'a note that is too long');
  if (!isNoteText(note)) throw new Invalid('note', 'a note with control characters or broken text');
  const split = note.lastIndexOf('\n\n');
  if (split < 0 || !note.endsWith('\n')) throw new Invalid('note', 'a note without signature lines');
  const lines = note.slice(split + 2, -1).split('\n');
  if (lines.length > SIGNATURES_MAX) throw new Invalid('note', `a note with ${lines.length} signatures`);
  return { text: note.slice(0, split + 1), signatures: lines.map(parseSignatureLine) };
}

export function parseSignatureLine(line: string): SignatureLine {
  const [, name, blob] = /^— (\S+) (\S+)$/.exec(line) ?? [];
  const bytes = fromBase64(blob ?? '');
  if (name === undefined || !isKeyName(name) || bytes === undefined || bytes.byteLength <= ID_BYTES) {
    throw new Invalid('note', 'a signature line that cannot be read');
  }
  return { name, id: bytes.subarray(0, ID_BYTES), signature: bytes.subarray(ID_BYTES) };
}

/** The lines that claim to be by this key: name and id both fit. */
export function linesBy(note: Note, key: VerifierKey): readonly SignatureLine[] {
  return note.signatures.filter((line) => line.name === key.name && isEqual(line.id, key.id));
}

function isNoteText(text: string): boolean {
  return text.isWellFormed() && !/(?!\n)\p{Cc}/u.test(text);
}
