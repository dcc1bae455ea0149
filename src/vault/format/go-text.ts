/**
 * Text as Go writes it, because a tree that does not encode to the same bytes has another name: names quoted the way `strconv.Quote` does
 * (bytes that are no UTF-8 as `\xNN`), strings in JSON with `<`, `>`, `&` and the two line separators escaped.
 */
const PLAIN = /^[ !#-%'-;=?-[\]-~]*$/;
const PRINTABLE = /^[\p{L}\p{M}\p{N}\p{P}\p{S} ]$/u;
const SHORT: ReadonlyMap<number, string> = new Map([
  [7, '\\a'],
  [8, '\\b'],
  [9, '\\t'],
  [10, '\\n'],
  [11, '\\v'],
  [12, '\\f'],
  [13, '\\r'],
]);
const strict = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** A JSON string, quotes included. */
export function goJsonString(text: string): string {
  if (PLAIN.test(text)) return `"${text}"`;
  return JSON.stringify(text.toWellFormed()).replace(
    /[<>&\u2028\u2029]/g,
    (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

/** The bytes of a name as a JSON string of the quoted form. */
export function goQuotedName(name: Uint8Array): string {
  const text = Buffer.from(name.buffer, name.byteOffset, name.byteLength).toString('latin1');
  if (PLAIN.test(text)) return `"${text}"`;
  return goJsonString(quoted(name));
}

function quoted(name: Uint8Array): string {
  let out = '';
  let at = 0;
  while (at < name.length) {
    const length = runeLength(name, at);
    out += length === 0 ? hex('\\x', name[at] ?? 0, 2) : quotedRune(strict.decode(name.subarray(at, at + length)));
    at += Math.max(length, 1);
  }
  return out;
}

function quotedRune(rune: string): string {
  const code = rune.codePointAt(0) ?? 0;
  if (rune === '"' || rune === '\\') return `\\${rune}`;
  if (PRINTABLE.test(rune)) return rune;
  const short = SHORT.get(code);
  if (short !== undefined) return short;
  if (code < 0x20 || code === 0x7f) return hex('\\x', code, 2);
  return code < 0x10000 ? hex('\\u', code, 4) : hex('\\U', code, 8);
}

function hex(prefix: string, value: number, digits: number): string {
  return prefix + value.toString(16).padStart(digits, '0');
}

/** Bytes of the well-formed UTF-8 sequence at `at`; 0 when there is none. */
function runeLength(bytes: Uint8Array, at: number): number {
  const first = bytes[at] ?? 0;
  const length = first < 0x80 ? 1 : first < 0xc2 ? 0 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : first < 0xf5 ? 4 : 0;
  if (length < 2) return length;
  try {
    strict.decode(bytes.subarray(at, at + length));
    return at + length <= bytes.length ? length : 0;
  } catch {
    return 0; // the decoder's way to say that these bytes are no UTF-8
  }
}

/** A small `u` has four digits behind it, a large one eight: the case tells them apart. */
const ESCAPE = /\\(?:x([0-9a-fA-F]{2})|u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8})|([abfnrtv"'\\]))/g;
const SHORT_BACK: ReadonlyMap<string, number> = new Map([...SHORT].map(([code, text]) => [text.slice(1), code]));

/** The bytes behind a quoted name (after JSON was parsed). Text that is no escape stands for itself. */
export function unquotedName(text: string): Buffer {
  if (!text.includes('\\')) return Buffer.from(text);
  const parts: Buffer[] = [];
  let last = 0;
  for (const match of text.matchAll(ESCAPE)) {
    parts.push(Buffer.from(text.slice(last, match.index)), unescaped(match));
    last = match.index + match[0].length;
  }
  parts.push(Buffer.from(text.slice(last)));
  return Buffer.concat(parts);
}

function unescaped([, byte, rune, longRune, short]: RegExpMatchArray): Buffer {
  if (byte !== undefined) return Buffer.of(Number.parseInt(byte, 16));
  const code = rune ?? longRune;
  if (code !== undefined) return Buffer.from(String.fromCodePoint(Math.min(Number.parseInt(code, 16), 0x10ffff)));
  const known = SHORT_BACK.get(short ?? '');
  return known === undefined ? Buffer.from(short ?? '') : Buffer.of(known);
}

/** RFC 3339 with nanoseconds, trailing zeros cut, in UTC. */
export function goTime(ns: bigint): string {
  const ms = Number(ns / 1_000_000n) - (ns % 1_000_000n < 0n ? 1 : 0);
  const second = Math.floor(ms / 1000);
  const rest = ns - BigInt(second) * 1_000_000_000n;
  const base = new Date(second * 1000).toISOString().slice(0, 19);
  const fraction = rest.toString().padStart(9, '0').replace(/0+$/, '');
  return fraction === '' ? `${base}Z` : `${base}.${fraction}Z`;
}

/** Nanoseconds since 1970 of an RFC 3339 time with any offset; 0 when it is none. */
export function parseGoTime(text: string): bigint {
  const match = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.(\d{1,9}))?(Z|[+-]\d\d:\d\d)$/.exec(text);
  if (match === null) return 0n;
  const ms = Date.parse(`${match[1]}${match[3]}`);
  if (Number.isNaN(ms)) return 0n;
  return BigInt(ms) * 1_000_000n + BigInt((match[2] ?? '').padEnd(9, '0'));
}
