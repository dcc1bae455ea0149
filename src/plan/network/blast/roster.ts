/** Every host by number and every address in order, so that a span of addresses is a range of slots. */
import { firstOf, lastOf, parseAddress, parseCidr } from '#std/address.ts';
import { isInternet } from '#model/addressing.ts';
import type { Host, State } from '#model/state.ts';
import type { HostId } from '#std/ids.ts';
import type { Span } from '../policy.ts';

export interface Slots<N extends number | bigint> {
  /** Ascending. */
  readonly addresses: readonly N[];
  /** The number of the host that has the address beside it. */
  readonly hosts: readonly number[];
  /** Declared networks and host addresses, merged, ascending: whatever lies between them is outside. */
  readonly inside: readonly Span<N>[];
}

export interface Roster {
  /** By id, ascending: a host's number is its place here. */
  readonly hosts: readonly Host[];
  readonly numbers: ReadonlyMap<HostId, number>;
  readonly v4: Slots<number>;
  readonly v6: Slots<bigint>;
}

export function rosterOf(state: State): Roster {
  const hosts = [...state.hosts.values()].sort((a, b) => (a.id < b.id ? -1 : 1));
  const found = hosts.flatMap((host, n) =>
    host.addresses.flatMap((text) => {
      const address = parseAddress(text);
      return address === undefined ? [] : [{ ...address, host: n }];
    }),
  );
  const ours = [...state.zones.values()].filter((zone) => !isInternet(zone));
  const networks = ours.flatMap((zone) => zone.networks.flatMap(({ cidr }) => parseCidr(cidr) ?? []));
  const [four, six] = [found.filter(({ width }) => width === 32), found.filter(({ width }) => width === 128)];
  const nets4 = networks
    .filter(({ width }) => width === 32)
    .map((cidr) => ({ first: Number(firstOf(cidr)), last: Number(lastOf(cidr)) }));
  const nets6 = networks
    .filter(({ width }) => width === 128)
    .map((cidr) => ({ first: firstOf(cidr), last: lastOf(cidr) }));
  return {
    hosts,
    numbers: new Map(hosts.map(({ id }, n) => [id, n])),
    v4: slotsOf(
      four.map(({ bits, host }) => ({ address: Number(bits), host })),
      nets4,
      (n) => n + 1,
    ),
    v6: slotsOf(
      six.map(({ bits, host }) => ({ address: bits, host })),
      nets6,
      (n) => n + 1n,
    ),
  };
}

function slotsOf<N extends number | bigint>(
  slots: readonly { readonly address: N; readonly host: number }[],
  networks: readonly Span<N>[],
  next: (n: N) => N,
): Slots<N> {
  const sorted = [...slots].sort((a, b) => order(a.address, b.address) || a.host - b.host);
  const inside = merged([...networks, ...sorted.map(({ address }) => ({ first: address, last: address }))], next);
  return { addresses: sorted.map(({ address }) => address), hosts: sorted.map(({ host }) => host), inside };
}

function order<N extends number | bigint>(a: N, b: N): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}

function merged<N extends number | bigint>(spans: readonly Span<N>[], next: (n: N) => N): readonly Span<N>[] {
  const found: { first: N; last: N }[] = [];
  for (const { first, last } of [...spans].sort((a, b) => order(a.first, b.first))) {
    const open = found.at(-1);
    if (open !== undefined && first <= next(open.last)) open.last = last > open.last ? last : open.last;
    else found.push({ first, last });
  }
  return found;
}

/** The slots within a span: from the first (inclusive) to the second (exclusive). */
export function slotRange<N extends number | bigint>(
  slots: Slots<N>,
  { first, last }: Span<N>,
): readonly [number, number] {
  return [lowerBound(slots.addresses, first), lowerBound(slots.addresses, last, true)];
}

/** How many are below `value`; with `isIncluded`, how many are not above it. */
function lowerBound<N extends number | bigint>(sorted: readonly N[], value: N, isIncluded = false): number {
  let [low, high] = [0, sorted.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    const found = sorted[middle] as N; // middle lies within the array
    if (found < value || (isIncluded && found === value)) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** Whether some address of the span is none of ours: the internet. */
export function isOutside<N extends number | bigint>({ inside }: Slots<N>, { first, last }: Span<N>): boolean {
  return !inside.some((span) => span.first <= first && last <= span.last);
}
