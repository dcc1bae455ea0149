/**
 * Entry bytes: the canonical JSON (RFC 8785) of an entry, in UTF-8, at most 65,535 bytes. What is stored is what is
 * hashed; nobody hashes a re-serialisation.
 */
import { Buffer } from 'node:buffer';
import type { Entry } from '#model/events.ts';
import { parseEntry } from '#model/events.ts';
import { toText, utf8 } from '#std/bytes.ts';
import type { Json } from '#std/canonical.ts';
import { canonical } from '#std/canonical.ts';
import { Invalid } from './invalid.ts';

/** The length field of an entry bundle has 16 bits. */
export const ENTRY_BYTES_MAX = 65_535;

export function encodeEntry(entry: Entry): Uint8Array {
  // An entry is JSON by construction (model/events.ts); its optional members may be undefined, which canonical() leaves out.
  const bytes = utf8(canonical(entry as unknown as Json));
  if (bytes.byteLength > ENTRY_BYTES_MAX) {
    throw new Invalid('entry', `entry ${entry.id} has ${bytes.byteLength} bytes; ${ENTRY_BYTES_MAX} is the most`);
  }
  return bytes;
}

/** Strict: the bytes must be exactly those that `encodeEntry` makes of the entry they hold. */
export function decodeEntry(bytes: Uint8Array): Entry {
  if (bytes.byteLength > ENTRY_BYTES_MAX)
    throw new Invalid('entry', `an entry of ${bytes.byteLength} bytes is too large`);
  const entry = parse(bytes);
  if (Buffer.compare(encodeEntry(entry), bytes) !== 0)
    throw new Invalid('entry', `entry ${entry.id} is not in canonical form`);
  return entry;
}

function parse(bytes: Uint8Array): Entry {
  try {
    return parseEntry(JSON.parse(toText(bytes)));
  } catch (cause) {
    throw new Invalid('entry', 'bytes that are not an entry', { cause });
  }
}

/**
 * Entry bytes that this facility's own engine wrote, without checking them again: a tenth of the cost of `decodeEntry`. Only for
 * bytes that the caller compares with a signed root.
 */
export function readOwnEntry(bytes: Uint8Array): Entry {
  try {
    return JSON.parse(toText(bytes)) as Entry; // the engine validated it before it was hashed and signed
  } catch (cause) {
    throw new Invalid('entry', 'bytes that are not an entry', { cause });
  }
}

/** Where an entry stands in its stream: what readers of many entries need without parsing them whole. */
export interface StreamPlace {
  readonly stream: string;
  readonly n: number;
  readonly salt: string;
}

// Canonical form sorts members, so every entry ends with these four. Nothing inside `data` can end an entry.
const TAIL = /"n":([1-9]\d{0,15}),"salt":"([\w-]{22})","stream":"([a-z0-9_]{1,40})","v":1\}$/;
const TAIL_BYTES_MAX = 160;

export function streamPlaceOf(bytes: Uint8Array): StreamPlace {
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString(
    'latin1',
    Math.max(0, bytes.byteLength - TAIL_BYTES_MAX),
  );
  const [, n, salt, stream] = TAIL.exec(text) ?? [];
  if (n === undefined || salt === undefined || stream === undefined)
    throw new Invalid('entry', 'bytes that do not end like an entry');
  return { stream, n: Number(n), salt };
}
