/**
 * Which address belongs to which zone, and to which host. An address belongs to the zone with the longest declared prefix that holds it;
 * everything routable that no zone declares is the internet, whatever zone of that kind there is.
 */
import type { Host, State, Zone } from '#model/state.ts';
import type { AddressSet } from '#plan/network/address-set.ts';
import { EVERYWHERE, NOWHERE, addressSet, both, prefixSet, uniteAll, without } from '#plan/network/address-set.ts';
import type { Span } from '#plan/network/policy.ts';
import type { Point } from '#plan/network/span-set.ts';
import { after, before, unite } from '#plan/network/span-set.ts';
import type { ZoneId } from '#std/ids.ts';

export interface AddressPlan {
  readonly of: ReadonlyMap<ZoneId, AddressSet>;
  /** Everything routable that no zone declares, and the networks of zones that are the internet's. */
  readonly internet: AddressSet;
  /** Networks that two zones declare alike: nobody can say whose their addresses are. */
  readonly twice: readonly { readonly cidr: string; readonly zones: readonly ZoneId[] }[];
  readonly segments4: readonly Segment<number>[];
  readonly segments6: readonly Segment<bigint>[];
}

interface Segment<N extends Point> extends Span<N> {
  readonly zone: ZoneId;
}

const plans = new WeakMap<State['zones'], AddressPlan>();

export function addressPlan(zones: State['zones']): AddressPlan {
  let plan = plans.get(zones);
  if (plan === undefined) plans.set(zones, (plan = makePlan(zones)));
  return plan;
}

export function isInternetZone({ kinds }: Pick<Zone, 'kinds'>): boolean {
  return kinds?.includes('internet') === true;
}

/** No router carries these between networks: this host, loopback, link-local, multicast and reserved addresses. */
const NOT_ROUTED = ['0.0.0.0/8', '127.0.0.0/8', '169.254.0.0/16', '224.0.0.0/3', '::/127', 'fe80::/10', 'ff00::/8'];

function makePlan(zones: State['zones']): AddressPlan {
  const declared: { readonly zone: ZoneId; readonly cidr: string; readonly set: AddressSet }[] = [];
  const sorted = [...zones.values()].sort((a, b) => (a.id < b.id ? -1 : 1));
  for (const zone of sorted) {
    for (const { cidr } of zone.networks) declared.push({ zone: zone.id, cidr, set: prefixSet(cidr) ?? NOWHERE });
  }
  const segments4 = segmentsOf(declared.flatMap(({ zone, set }) => set.v4.map((span) => ({ ...span, zone }))));
  const segments6 = segmentsOf(declared.flatMap(({ zone, set }) => set.v6.map((span) => ({ ...span, zone }))));
  const of = new Map<ZoneId, AddressSet>();
  const [spans4, spans6] = [spansByZone(segments4), spansByZone(segments6)];
  for (const { id } of sorted) of.set(id, { v4: spans4.get(id) ?? [], v6: spans6.get(id) ?? [] });
  const inside = uniteAll(sorted.filter((zone) => !isInternetZone(zone)).map(({ id }) => of.get(id) ?? NOWHERE));
  const unrouted = uniteAll(NOT_ROUTED.map((cidr) => prefixSet(cidr) ?? NOWHERE));
  const internet = without(EVERYWHERE, uniteAll([inside, unrouted]));
  for (const zone of sorted) if (isInternetZone(zone)) of.set(zone.id, internet);
  return { of, internet, twice: twiceDeclared(declared), segments4, segments6 };
}

function spansByZone<N extends Point>(segments: readonly Segment<N>[]): ReadonlyMap<ZoneId, readonly Span<N>[]> {
  const groups = Map.groupBy(segments, ({ zone }) => zone);
  return new Map([...groups].map(([zone, spans]) => [zone, unite(spans.map(({ first, last }) => ({ first, last })))]));
}

/** Prefixes are disjoint or nested, so one pass with a stack of the open ones gives each address to the innermost. */
function segmentsOf<N extends Point>(networks: readonly Segment<N>[]): readonly Segment<N>[] {
  const sorted = [...networks].sort((a, b) => order(a.first, b.first) || order(b.last, a.last));
  const segments: Segment<N>[] = [];
  const open: Segment<N>[] = [];
  let cursor: N | undefined;
  const emit = (zone: ZoneId, last: N): void => {
    if (cursor !== undefined && cursor <= last) segments.push({ first: cursor, last, zone });
    cursor = after(last);
  };
  const close = (until: N | undefined): void => {
    while (open.length > 0) {
      const top = open.at(-1) as Segment<N>; // one is left
      if (until !== undefined && top.last >= until) return;
      emit(top.zone, top.last);
      open.pop();
    }
  };
  for (const network of sorted) {
    close(network.first);
    const top = open.at(-1);
    if (top !== undefined && cursor !== undefined && cursor < network.first) emit(top.zone, before(network.first));
    open.push(network);
    cursor = network.first;
  }
  close(undefined);
  return segments;
}

function order<N extends Point>(a: N, b: N): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

function twiceDeclared(
  declared: readonly { readonly zone: ZoneId; readonly cidr: string; readonly set: AddressSet }[],
): AddressPlan['twice'] {
  const key = ({ v4, v6 }: AddressSet) => [...v4, ...v6].map(({ first, last }) => `${first}-${last}`).join();
  const groups = Map.groupBy(declared, ({ set }) => key(set));
  return [...groups.values()].flatMap((same) => {
    const zones = [...new Set(same.map(({ zone }) => zone))];
    return zones.length < 2 ? [] : [{ cidr: same[0]?.cidr ?? '', zones }];
  });
}

/** The zone that declares this address; `undefined` for everything else, which is the internet. */
export function zoneAt(plan: AddressPlan, address: number | bigint): ZoneId | undefined {
  return typeof address === 'bigint' ? find(plan.segments6, address) : find(plan.segments4, address);
}

function find<N extends Point>(segments: readonly Segment<N>[], address: N): ZoneId | undefined {
  let [low, high] = [0, segments.length - 1];
  while (low <= high) {
    const middle = (low + high) >>> 1;
    const segment = segments[middle] as Segment<N>; // within its array
    if (address < segment.first) high = middle - 1;
    else if (address > segment.last) low = middle + 1;
    else return segment.zone;
  }
  return undefined;
}

/** The addresses that a zone's flows speak of. */
export function zoneSet(plan: AddressPlan, zone: ZoneId): AddressSet {
  return plan.of.get(zone) ?? NOWHERE;
}

/** A part of a zone: what of the network the zone does not have is left out. */
export function partOfZone(plan: AddressPlan, zone: ZoneId, cidr: string): AddressSet {
  return both(zoneSet(plan, zone), prefixSet(cidr) ?? NOWHERE);
}

const indexes = new WeakMap<State['hosts'], ReadonlyMap<number | bigint, readonly Host[]>>();

/** Hosts by address; several when an address was given twice. */
export function hostsAt(hosts: State['hosts'], address: number | bigint): readonly Host[] {
  let index = indexes.get(hosts);
  if (index === undefined) indexes.set(hosts, (index = indexHosts(hosts)));
  return index.get(address) ?? [];
}

function indexHosts(hosts: State['hosts']): ReadonlyMap<number | bigint, readonly Host[]> {
  const index = new Map<number | bigint, Host[]>();
  for (const host of [...hosts.values()].sort((a, b) => (a.id < b.id ? -1 : 1))) {
    for (const address of pointsOf(host)) {
      const there = index.get(address);
      if (there === undefined) index.set(address, [host]);
      else there.push(host);
    }
  }
  return index;
}

const points = new WeakMap<Host, readonly (number | bigint)[]>();

/** The addresses of a host as numbers, in the order in which they are written; what is no address is left out. */
export function pointsOf(host: Host): readonly (number | bigint)[] {
  let known = points.get(host);
  if (known === undefined) points.set(host, (known = host.addresses.flatMap((text) => pointOf(text) ?? [])));
  return known;
}

export function pointOf(text: string): number | bigint | undefined {
  const { v4, v6 } = addressSet(text);
  return v4[0]?.first ?? v6[0]?.first;
}
