/** IP addresses and the zones that their networks make up. An address belongs to the zone with the longest matching prefix. */
import type { State } from '#model/state.ts';
import type { ZoneId } from '#std/ids.ts';

interface Network {
  readonly bits: bigint;
  readonly width: 32 | 128;
  readonly prefix: number;
  readonly zone: ZoneId;
}

interface Address {
  readonly bits: bigint;
  readonly width: 32 | 128;
}

const compiled = new WeakMap<State['zones'], readonly Network[]>();

export function zoneOf(state: State, from: string): ZoneId | undefined {
  const address = parseAddress(from);
  if (address === undefined) return undefined;
  let networks = compiled.get(state.zones);
  if (networks === undefined) compiled.set(state.zones, (networks = compile(state.zones)));
  return networks.find((network) => network.width === address.width && isInside(network, address))?.zone;
}

function isInside({ bits, width, prefix }: Network, address: Address): boolean {
  const shift = BigInt(width - prefix);
  return bits >> shift === address.bits >> shift;
}

/** Longest prefix first. */
function compile(zones: State['zones']): readonly Network[] {
  const networks = [...zones.values()].flatMap((zone) =>
    zone.networks.flatMap(({ cidr }) => {
      const [base = '', length] = cidr.split('/');
      const address = parseAddress(base);
      if (address === undefined) return [];
      const prefix = length === undefined ? address.width : Number(length);
      if (!Number.isInteger(prefix) || prefix < 0 || prefix > address.width) return [];
      return [{ ...address, prefix, zone: zone.id }];
    }),
  );
  return networks.sort((a, b) => b.prefix - a.prefix);
}

/** An IPv4 address inside IPv6 (`::ffff:10.0.0.1`) counts as IPv4. `undefined` for anything that is not an address. */
export function parseAddress(text: string): Address | undefined {
  const plain = text
    .toLowerCase()
    .replace(/%.*$/, '')
    .replace(/^::ffff:(?=\d+\.)/, '');
  if (plain.includes(':')) return parseV6(plain);
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

function parseV6(text: string): Address | undefined {
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
  return { bits, width: 128 };
}
