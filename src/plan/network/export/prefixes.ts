/** Spans of addresses and ports as the aligned prefixes that switches match with: each becomes one entry of their hardware table. */
import type { AddressSet } from '#plan/network/address-set.ts';
import type { Span } from '#plan/network/policy.ts';
import { renderCidr } from '#std/address.ts';

export interface Prefixes {
  readonly v4: readonly string[];
  readonly v6: readonly string[];
}

export function prefixesOf({ v4, v6 }: AddressSet): Prefixes {
  return {
    v4: v4.flatMap(({ first, last }) => aligned(BigInt(first), BigInt(last), 32)),
    v6: v6.flatMap(({ first, last }) => aligned(first, last, 128)),
  };
}

/** The fewest prefixes that hold exactly first to last. */
function aligned(first: bigint, last: bigint, width: 32 | 128): readonly string[] {
  const found: string[] = [];
  for (let at = first; at <= last;) {
    let size = at === 0n ? 1n << BigInt(width) : at & -at;
    while (at + size - 1n > last) size >>= 1n;
    found.push(renderCidr({ bits: at, width, prefix: width - (size.toString(2).length - 1) }));
    at += size;
  }
  return found;
}

/** How many masked entries a range of ports takes in a table that has no ranges. */
export function portEntries({ first, last }: Span): number {
  let entries = 0;
  for (let at = first; at <= last; entries += 1) {
    let size = at === 0 ? 65_536 : at & -at;
    while (at + size - 1 > last) size >>>= 1;
    at += size;
  }
  return entries;
}

/** Whether the text is one address and not a network. */
export function isSingle(prefix: string): boolean {
  return prefix.endsWith(prefix.includes(':') ? '/128' : '/32');
}

export function addressOf(prefix: string): string {
  return prefix.slice(0, prefix.indexOf('/'));
}

/** `10.20.8.0/21` as `10.20.8.0 255.255.248.0`. */
export function withNetmask(prefix: string): string {
  const length = Number(prefix.slice(prefix.indexOf('/') + 1));
  const bits = length === 0 ? 0 : (0xffff_ffff << (32 - length)) >>> 0;
  return `${addressOf(prefix)} ${[24, 16, 8, 0].map((shift) => (bits >>> shift) & 255).join('.')}`;
}
