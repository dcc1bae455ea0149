/** Text of any kind, and XML: no byte that is no text, every tag closed. What is encrypted is no text any more. */
import type { ByteSource } from '#vault/detect/structure/byte-source.ts';
import { broken, DEEP_BYTES_MAX, short, whole } from '#vault/detect/structure/structure-look.ts';
import type { StructureLook } from '#vault/detect/structure/structure-look.ts';

const STEP_BYTES = 1024 * 1024;
const SNIFF_BYTES = 512;
const DEPTH_MAX = 512;
/** Tags of longer files are not matched. */
const TAGS_BYTES_MAX = 8 * 1024 * 1024;

/** Control bytes that no text has; tab, line ends, form feed and escape may be there. */
function isOdd(byte: number): boolean {
  return byte < 32 ? byte !== 9 && byte !== 10 && byte !== 12 && byte !== 13 && byte !== 27 : byte === 127;
}

export function isText(source: ByteSource): boolean {
  const bytes = source.read(0, SNIFF_BYTES);
  return bytes.length >= 4 && !bytes.some(isOdd);
}

/** Old encodings are text too, so that only control bytes speak against it: one byte in nine of what is random. */
export function walkText(source: ByteSource): StructureLook {
  const head = String.fromCharCode(...source.read(0, SNIFF_BYTES))
    .replace(/^\u00ef\u00bb\u00bf/, '')
    .trimStart();
  const kind = head.startsWith('<?xml') || head.startsWith('<!DOCTYPE') ? 'xml' : 'text';
  const wrong = firstOdd(source);
  if (wrong !== undefined) return broken(kind, wrong);
  const isDeep = source.size <= DEEP_BYTES_MAX;
  if (kind === 'text' || source.size > TAGS_BYTES_MAX) return whole(kind, isDeep);
  return walkTags(new TextDecoder().decode(source.read(0, source.size)));
}

function firstOdd(source: ByteSource): number | undefined {
  for (let at = 0; at < Math.min(source.size, DEEP_BYTES_MAX); at += STEP_BYTES) {
    const odd = source.read(at, STEP_BYTES).findIndex(isOdd);
    if (odd >= 0) return at + odd;
  }
  return undefined;
}

/** Each construct and what ends it; none is looked for twice, so that the time grows with the length alone. */
const ENDS: readonly (readonly [begin: string, end: string])[] = [
  ['<!--', '-->'],
  ['<![CDATA[', ']]>'],
  ['<?', '?>'],
  ['<!', '>'],
];

/** Tags that do not match are somebody's mistake or half a file: `short`, not `broken`. */
function walkTags(text: string): StructureLook {
  const open: string[] = [];
  for (let at = text.indexOf('<'); at >= 0;) {
    const special = ENDS.find(([begin]) => text.startsWith(begin, at));
    const end = special === undefined ? tagEnd(text, at) : endOf(text, at, special);
    if (end === undefined || open.length > DEPTH_MAX) return short('xml');
    if (special === undefined && !isMatched(text.slice(at + 1, end - 1), open)) return short('xml');
    at = text.indexOf('<', end);
  }
  return open.length === 0 ? whole('xml', true) : short('xml');
}

function endOf(text: string, at: number, [begin, end]: readonly [string, string]): number | undefined {
  const found = text.indexOf(end, at + begin.length);
  return found < 0 ? undefined : found + end.length;
}

/** Behind the tag's `>`; one within quotes is not meant. */
function tagEnd(text: string, begin: number): number | undefined {
  const next = /["'>]/g;
  for (next.lastIndex = begin; ;) {
    const found = next.exec(text);
    if (found === null) return undefined;
    if (found[0] === '>') return next.lastIndex;
    const closing = text.indexOf(found[0], next.lastIndex);
    if (closing < 0) return undefined;
    next.lastIndex = closing + 1;
  }
}

function isMatched(tag: string, open: string[]): boolean {
  const name = /^\/?([^\s/]+)/.exec(tag)?.[1];
  if (name === undefined) return false;
  if (tag.startsWith('/')) return open.pop() === name;
  if (!tag.endsWith('/')) open.push(name);
  return true;
}
