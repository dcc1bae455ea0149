/** Sets of addresses of both families. */
import type { Span } from '#plan/network/policy.ts';
import type { SpanSet } from '#plan/network/span-set.ts';
import { intersect, subtract, unite } from '#plan/network/span-set.ts';
import { firstOf, lastOf, parseCidr, renderAddress } from '#std/address.ts';

export interface AddressSet {
  readonly v4: SpanSet;
  readonly v6: SpanSet<bigint>;
}

export const V4_MAX = 2 ** 32 - 1;
export const V6_MAX = 2n ** 128n - 1n;
export const NOWHERE: AddressSet = { v4: [], v6: [] };
export const EVERYWHERE: AddressSet = { v4: [{ first: 0, last: V4_MAX }], v6: [{ first: 0n, last: V6_MAX }] };

export function uniteAll(sets: readonly AddressSet[]): AddressSet {
  return { v4: unite(sets.flatMap(({ v4 }) => v4)), v6: unite(sets.flatMap(({ v6 }) => v6)) };
}

export function both(a: AddressSet, b: AddressSet): AddressSet {
  return { v4: intersect(a.v4, b.v4), v6: intersect(a.v6, b.v6) };
}

export function without(a: AddressSet, b: AddressSet): AddressSet {
  return { v4: subtract(a.v4, b.v4), v6: subtract(a.v6, b.v6) };
}

export function isNowhere({ v4, v6 }: AddressSet): boolean {
  return v4.length === 0 && v6.length === 0;
}

/** One address; the empty set when the text is none. */
export function addressSet(text: string): AddressSet {
  return prefixSet(text) ?? NOWHERE;
}

export function addressesSet(texts: readonly string[]): AddressSet {
  return uniteAll(texts.map(addressSet));
}

/** An address or a network in CIDR form; bits after the prefix are ignored. `undefined` for anything else. */
export function prefixSet(text: string): AddressSet | undefined {
  const cidr = parseCidr(text);
  if (cidr === undefined) return undefined;
  const [first, last] = [firstOf(cidr), lastOf(cidr)];
  if (cidr.width === 32) return { v4: [{ first: Number(first), last: Number(last) }], v6: [] };
  return { v4: [], v6: [{ first, last }] };
}

/** A number is an IPv4 address, a bigint an IPv6 address. */
export function renderPoint(point: number | bigint): string {
  return renderAddress({ bits: BigInt(point), width: typeof point === 'bigint' ? 128 : 32 });
}

/** `10.20.0.0/16`, one address, or `first-last` where no prefix says it. */
export function renderSpan({ first, last }: Span<number> | Span<bigint>): string {
  if (first === last) return renderPoint(first);
  const size = BigInt(last) - BigInt(first) + 1n;
  const isPrefix = (size & (size - 1n)) === 0n && BigInt(first) % size === 0n;
  if (!isPrefix) return `${renderPoint(first)}-${renderPoint(last)}`;
  const width = typeof first === 'bigint' ? 128 : 32;
  return `${renderPoint(first)}/${width - (size.toString(2).length - 1)}`;
}
