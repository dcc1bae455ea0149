/** Reads what `element-text.ts` writes, and what nft prints for it. Anything else is `undefined`: not understood, so not ours. */
import type { Grant, Near } from '#plan/network/nft/rules.ts';
import { MARK_MAX } from '#plan/network/nft/rules.ts';
import type { Span } from '#plan/network/policy.ts';
import { PORT_MAX, PROTOCOL_MAX } from '#plan/network/port-box.ts';
import type { Point } from '#plan/network/span-set.ts';
import { firstOf, lastOf, parseCidr } from '#std/address.ts';

const V4_IN_V6 = 0xffffn << 32n;

/** `10.0.0.1`, `10.0.0.0/8` or `10.0.0.1-10.0.0.9`. */
export function parseSpan4(text: string): Span | undefined {
  const [first, last] = parseEnds(text, parseEnd4);
  return first === undefined || last === undefined || first.first > last.last
    ? undefined
    : { first: first.first, last: last.last };
}

export function parseSpan6(text: string): Span<bigint> | undefined {
  const [first, last] = parseEnds(text, parseEnd6);
  return first === undefined || last === undefined || first.first > last.last
    ? undefined
    : { first: first.first, last: last.last };
}

/** The two ends of a range, or one text twice. A range's ends are addresses, never networks. */
function parseEnds<S>(text: string, parse: (end: string) => S | undefined) {
  const dash = text.indexOf('-');
  if (dash < 0) {
    const whole = parse(text);
    return [whole, whole] as const;
  }
  if (text.includes('/')) return [undefined, undefined] as const;
  return [parse(text.slice(0, dash)), parse(text.slice(dash + 1))] as const;
}

const PLAIN4 = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})$/;

function parseEnd4(text: string): Span | undefined {
  const match = PLAIN4.exec(text);
  if (match !== null) {
    const [a, b, c, d] = [Number(match[1]), Number(match[2]), Number(match[3]), Number(match[4])];
    if (a > 255 || b > 255 || c > 255 || d > 255) return undefined;
    const address = ((a * 256 + b) * 256 + c) * 256 + d;
    return { first: address, last: address };
  }
  const cidr = text.includes(':') ? undefined : parseCidr(text);
  return cidr === undefined ? undefined : { first: Number(firstOf(cidr)), last: Number(lastOf(cidr)) };
}

/** nft prints some IPv6 addresses with an IPv4 tail (`::ffff:10.0.0.1`); `std/address.ts` takes those for IPv4. */
function parseEnd6(text: string): Span<bigint> | undefined {
  if (!text.includes(':')) return undefined;
  const cidr = parseCidr(hexTail(text));
  if (cidr === undefined) return undefined;
  if (cidr.width === 128) return { first: firstOf(cidr), last: lastOf(cidr) };
  return text.includes('/') ? undefined : { first: V4_IN_V6 | cidr.bits, last: V4_IN_V6 | cidr.bits };
}

function hexTail(text: string): string {
  const match = /^(.*:)(\d{1,3}\.\d{1,3}\.\d{1,3}\.\d{1,3})(\/\d+)?$/.exec(text);
  const tail = match === null ? undefined : parseEnd4(match[2] ?? '')?.first;
  if (match === null || tail === undefined) return text;
  return `${match[1]}${Math.floor(tail / 65_536).toString(16)}:${(tail % 65_536).toString(16)}${match[3] ?? ''}`;
}

export function parseNumbers(text: string, max: typeof PORT_MAX | typeof PROTOCOL_MAX): Span | undefined {
  const match = /^(\d{1,5})(?:-(\d{1,5}))?$/.exec(text);
  if (match === null) return undefined;
  const [first, last] = [Number(match[1]), Number(match[2] ?? match[1])];
  return first <= last && last <= max ? { first, last } : undefined;
}

export function parseMark(text: string): number | undefined {
  const mark = /^0x[0-9a-f]{1,8}$/.test(text) ? Number.parseInt(text.slice(2), 16) : Number.NaN;
  return mark >= 1 && mark <= MARK_MAX ? mark : undefined;
}

export interface Tuple<N extends Point> {
  readonly source: Span<N>;
  readonly destination: Span<N>;
  /** Ports, or protocols in the maps that ask for those. */
  readonly numbers: Span;
  readonly mark: number;
}

/** `10.0.0.0/8 . 10.1.0.1 . 445 : 0x00000001`. */
export function parseTuple<N extends Point>(
  text: string,
  parseSpan: (text: string) => Span<N> | undefined,
  max: typeof PORT_MAX | typeof PROTOCOL_MAX,
): Tuple<N> | undefined {
  const parts = text.split(' ');
  if (parts.length !== 7 || parts[1] !== '.' || parts[3] !== '.' || parts[5] !== ':') return undefined;
  const [source, destination] = [parseSpan(parts[0] ?? ''), parseSpan(parts[2] ?? '')];
  const [numbers, mark] = [parseNumbers(parts[4] ?? '', max), parseMark(parts[6] ?? '')];
  if (source === undefined || destination === undefined || numbers === undefined || mark === undefined)
    return undefined;
  return { source, destination, numbers, mark };
}

/** `10.0.0.0/24 . 10.0.0.1`. */
export function parseNear<N extends Point>(
  text: string,
  parseSpan: (text: string) => Span<N> | undefined,
): Near<N> | undefined {
  const [from = '', dot, to = '', ...rest] = text.split(' ');
  const [source, destination] = [parseSpan(from), parseSpan(to)];
  if (dot !== '.' || rest.length > 0 || source === undefined || destination === undefined) return undefined;
  return { source, destination };
}

const GRANT =
  /^(0x[0-9a-f]{8})(?: counter packets (\d+) bytes (\d+))?(?: timeout (\w+)(?: expires (\w+))?)? comment "([a-z]{3}_[a-z0-9]{1,40})"$/;

export interface ListedGrant extends Grant {
  readonly packets: number;
  readonly bytes: number;
}

/** `at`: when it was listed. What is left of it counts, not what it was given. */
export function parseGrant(text: string, at: number): ListedGrant | undefined {
  const match = GRANT.exec(text);
  if (match === null) return undefined;
  const [, markText = '', packets = '0', bytes = '0', timeout, expires, id = ''] = match;
  const mark = parseMark(markText);
  if (mark === undefined) return undefined;
  const counted = { mark, id, packets: Number(packets), bytes: Number(bytes) };
  if (timeout === undefined) return counted;
  const leftMs = parseDuration(expires ?? timeout);
  return leftMs === undefined ? undefined : { ...counted, endsAt: at + leftMs };
}

/** `1d2h3m4s5ms`, in milliseconds. */
export function parseDuration(text: string): number | undefined {
  const match = /^(?:(\d+)d)?(?:(\d+)h)?(?:(\d+)m(?!s))?(?:(\d+)s)?(?:(\d+)ms)?$/.exec(text);
  if (match === null || text === '') return undefined;
  const [days, hours, minutes, seconds, ms] = match.slice(1).map((part) => Number(part ?? 0));
  return ((((days ?? 0) * 24 + (hours ?? 0)) * 60 + (minutes ?? 0)) * 60 + (seconds ?? 0)) * 1000 + (ms ?? 0);
}
