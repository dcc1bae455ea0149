/**
 * IP addresses and networks: read, compared, and written in their one canonical form (IPv6 as RFC 5952 says). An IPv4 address inside
 * IPv6 (`::ffff:10.0.0.1`) is that IPv4 address; an interface behind `%` is left out.
 */
export interface Address {
  readonly bits: bigint;
  readonly width: 32 | 128;
}

/** A network; the bits below its prefix are zero. */
export interface Cidr extends Address {
  readonly prefix: number;
}

/** `undefined` for anything that is not an address. */
export function parseAddress(text: string): Address | undefined {
  const plain = text
    .toLowerCase()
    .replace(/%.*$/, '')
    .replace(/^::ffff:(?=\d+\.)/, '');
  if (plain.includes(':')) return unmapped(parseV6(plain));
  const bits = parseV4(plain);
  return bits === undefined ? undefined : { bits, width: 32 };
}

function parseV4(text: string): bigint | undefined {
  const parts = text.split('.');
  if (parts.length !== 4) return undefined;
  let bits = 0n;
  for (const part of parts) {
    if (!/^(0|[1-9]\d{0,2})$/.test(part) || Number(part) > 255) return undefined;
    bits = (bits << 8n) | BigInt(part);
  }
  return bits;
}

function parseV6(text: string): bigint | undefined {
  const halves = text.split('::');
  if (halves.length > 2) return undefined;
  const [head, tail] = halves.map((half) => (half === '' ? [] : half.split(':')));
  if (head === undefined) return undefined;
  const missing = 8 - head.length - (tail?.length ?? 0);
  if (tail === undefined ? missing !== 0 : missing < 1) return undefined;
  const groups = [...head, ...Array.from({ length: tail === undefined ? 0 : missing }, () => '0'), ...(tail ?? [])];
  let bits = 0n;
  for (const group of groups) {
    if (!/^[0-9a-f]{1,4}$/.test(group)) return undefined;
    bits = (bits << 16n) | BigInt(`0x${group}`);
  }
  return bits;
}

function unmapped(bits: bigint | undefined): Address | undefined {
  if (bits === undefined) return undefined;
  return bits >> 32n === 0xffffn ? { bits: bits & 0xffff_ffffn, width: 32 } : { bits, width: 128 };
}

/** A network as `10.20.0.0/24`, or a single address. Bits below the prefix are cleared: `isExactCidr` tells whether there were any. */
export function parseCidr(text: string): Cidr | undefined {
  const [base = '', length, more] = text.split('/');
  const address = parseAddress(base);
  if (address === undefined || more !== undefined) return undefined;
  if (length !== undefined && !/^(0|[1-9]\d{0,2})$/.test(length)) return undefined;
  const prefix = length === undefined ? address.width : Number(length);
  if (prefix > address.width) return undefined;
  const shift = BigInt(address.width - prefix);
  return { bits: (address.bits >> shift) << shift, width: address.width, prefix };
}

/** Whether the text names the network itself and not an address within it. */
export function isExactCidr(text: string): boolean {
  const cidr = parseCidr(text);
  return cidr !== undefined && parseAddress(text.split('/')[0] ?? '')?.bits === cidr.bits;
}

export function isInside({ bits, width, prefix }: Cidr, address: Address): boolean {
  const shift = BigInt(width - prefix);
  return width === address.width && bits >> shift === address.bits >> shift;
}

export function overlaps(a: Cidr, b: Cidr): boolean {
  return a.prefix <= b.prefix ? isInside(a, b) : isInside(b, a);
}

export function firstOf({ bits }: Cidr): bigint {
  return bits;
}

export function lastOf({ bits, width, prefix }: Cidr): bigint {
  return bits | ((1n << BigInt(width - prefix)) - 1n);
}

export function renderAddress({ bits, width }: Address): string {
  return width === 32 ? renderV4(bits) : renderV6(bits);
}

export function renderCidr(cidr: Cidr): string {
  return `${renderAddress(cidr)}/${cidr.prefix}`;
}

/** The one way to write an address; `undefined` for anything that is not one. */
export function canonicalAddress(text: string): string | undefined {
  const address = parseAddress(text);
  return address === undefined ? undefined : renderAddress(address);
}

function renderV4(bits: bigint): string {
  return [24n, 16n, 8n, 0n].map((shift) => String((bits >> shift) & 0xffn)).join('.');
}

function renderV6(bits: bigint): string {
  const groups = Array.from({ length: 8 }, (_, i) => Number((bits >> BigInt(16 * (7 - i))) & 0xffffn));
  const { at, length } = longestZeros(groups);
  const hex = (some: readonly number[]) => some.map((group) => group.toString(16)).join(':');
  return length < 2 ? hex(groups) : `${hex(groups.slice(0, at))}::${hex(groups.slice(at + length))}`;
}

/** The first of the longest runs of zero groups. */
function longestZeros(groups: readonly number[]): { readonly at: number; readonly length: number } {
  let best = { at: 0, length: 0 };
  let length = 0;
  for (const [i, group] of groups.entries()) {
    length = group === 0 ? length + 1 : 0;
    if (length > best.length) best = { at: i - length + 1, length };
  }
  return best;
}
