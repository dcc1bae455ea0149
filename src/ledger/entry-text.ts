/**
 * Text from outside, as an entry can hold it. Names of files, and what a snapshot says of itself, are chosen by whoever attacks: they may be no text that
 * UTF-8 can hold, and one character of them may take six bytes of canonical JSON. Whatever they are, an entry about them is possible: a text is cut between
 * characters, and of a list as many items stay as there is room for.
 */
import { Buffer } from 'node:buffer';
import { ENTRY_BYTES_MAX } from '#ledger/entry.ts';
import { canonical } from '#std/canonical.ts';
import type { Json } from '#std/canonical.ts';

/** What an entry has beside its data: times, ids, numbers and names. */
const BESIDE_BYTES = 4096;
/** The canonical JSON of an entry's data; more than this is not given to the engine. */
export const DATA_BYTES_MAX = ENTRY_BYTES_MAX - BESIDE_BYTES;

/** Well-formed, of so many UTF-16 units at most, and of so many bytes at most where it stands in canonical JSON. */
export function fitText(text: string, unitsMax: number, bytesMax = Infinity): string {
  let [units, bytes] = [0, 0];
  for (const character of text.slice(0, unitsMax + 1)) {
    bytes += bytesOf(character.toWellFormed()) - QUOTES_BYTES;
    if (units + character.length > unitsMax || bytes > bytesMax) break;
    units += character.length;
  }
  return text.slice(0, units).toWellFormed();
}

const QUOTES_BYTES = 2;

/** What `make` gives for the largest count up to this one whose canonical JSON fits; for none of them when nothing does. */
export function withMostThatFit<T>(countMax: number, make: (count: number) => T, bytesMax = DATA_BYTES_MAX): T {
  let [fits, tooMany] = [0, countMax + 1];
  while (tooMany - fits > 1) {
    const count = Math.floor((fits + tooMany) / 2);
    // Records and commands are JSON by construction; optional members may be undefined, which canonical() leaves out.
    if (bytesOf(make(count) as unknown as Json) <= bytesMax) fits = count;
    else tooMany = count;
  }
  return make(fits);
}

function bytesOf(value: Json): number {
  return Buffer.byteLength(canonical(value));
}
