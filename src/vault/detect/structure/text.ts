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

const TAG =
  /<(?:!--[^]*?-->|!\[CDATA\[[^]*?\]\]>|\?[^]*?\?>|![^>]*>|(\/?)([^\s/>]+)((?:[^"'>]|"[^"]*"|'[^']*')*?)(\/?)>)/g;

/** Tags that do not match are somebody's mistake or half a file: `short`, not `broken`. */
function walkTags(text: string): StructureLook {
  const open: string[] = [];
  for (const match of text.matchAll(TAG)) {
    const [, closing, name, , single] = match;
    if (name === undefined || single === '/') continue;
    if (closing !== '/') open.push(name);
    else if (open.pop() !== name) return short('xml');
    if (open.length > DEPTH_MAX) return short('xml');
  }
  return open.length === 0 ? whole('xml', true) : short('xml');
}
