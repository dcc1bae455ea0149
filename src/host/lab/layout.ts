/**
 * What a lab builds of a model: a link of the gateway for every zone, the machines on it, and the addresses that they answer on. Beside its
 * declared hosts every zone gets a machine that nobody declared, because rules for a zone speak of any address in it. Firewalls of the model are
 * the gateway: it has their addresses, and in every zone one that stands for no host.
 */
import { isInternet } from '#model/addressing.ts';
import type { State, Zone } from '#model/state.ts';
import { addressPlan, hostsAt, partOfZone, pointOf, zoneAt, zoneSet } from '#plan/network/address-plan.ts';
import type { AddressPlan } from '#plan/network/address-plan.ts';
import type { AddressSet } from '#plan/network/address-set.ts';
import { renderPoint } from '#plan/network/address-set.ts';
import type { Span } from '#plan/network/policy.ts';
import type { Point } from '#plan/network/span-set.ts';
import { lastOf, parseAddress, renderCidr } from '#std/address.ts';
import type { HostId } from '#std/ids.ts';

/** Beyond it hosts of one zone share machines; rules speak of addresses, so nothing is lost by that but their own neighbours. */
export const MACHINES_MAX = 32;
/** Hosts beyond it stay out; the report says how many. */
export const HOSTS_MAX = 1500;
const OUTSIDE_ADDRESSES = ['198.51.100.7', '203.0.113.7', '2001:db8::7'];
const PARTNERS_MAX = 20;
const STRANGER_TRIES_MAX = 5000;

/** One address that something answers on. */
export interface Place {
  readonly address: string;
  readonly family: 4 | 6;
  readonly zone: string;
  /** Who it is: a host's name, or a description. */
  readonly name: string;
  readonly host: HostId | undefined;
  /** Number of its machine. */
  readonly machine: number;
}

export interface Machine {
  readonly name: string;
  readonly link: string;
  readonly addresses: readonly string[];
  /** Networks that it reaches without the gateway. */
  readonly near: readonly string[];
}

export interface Link {
  readonly name: string;
  /** What the gateway routes there; the rest goes outside. */
  readonly networks: readonly string[];
  readonly isOutside: boolean;
}

/** An address of the gateway itself; what serves there is the machine behind the last one. */
export interface OwnPlace extends Place {
  readonly link: string;
}

/** Where an address of the gateway stands that is in no zone, or that no host of its zone has. */
export const THE_GATEWAY = 'the gateway';
export const GATEWAY_V4 = '169.254.0.1';
export const GATEWAY_V6 = 'fe80::1';

export interface Layout {
  readonly links: readonly Link[];
  readonly machines: readonly Machine[];
  readonly places: readonly Place[];
  readonly own: readonly OwnPlace[];
  /** Names of the zones in the order of the report. */
  readonly zones: readonly string[];
  /** Hosts that were left out. */
  readonly left: number;
}

interface Draft {
  readonly links: Link[];
  readonly machines: Machine[];
  readonly places: Place[];
  readonly zones: string[];
}

type Being = Pick<Place, 'name' | 'host'> & { readonly addresses: readonly string[] };

/** Every zone has a link by now (`withLinks`). */
export function layoutOf(state: State): Layout {
  const plan = addressPlan(state.zones);
  const draft: Draft = { links: [], machines: [], places: [], zones: [] };
  const zones = [...state.zones.values()].sort((a, b) => a.trust - b.trust || (a.name < b.name ? -1 : 1));
  const hosts = [...state.hosts.values()]
    .filter(({ addresses, role }) => addresses.length > 0 && role !== 'firewall')
    .sort((a, b) => (a.name < b.name ? -1 : 1));
  const chosen = hosts.slice(0, HOSTS_MAX);
  const perMachine = Math.max(1, Math.ceil(chosen.length / Math.max(1, MACHINES_MAX - zones.length)));
  for (const zone of zones) {
    const own = chosen
      .filter((host) => host.zone === zone.id)
      .map(({ id, name, addresses }) => ({ host: id, name, addresses }));
    const strangers = isInternet(zone) ? outsiders(state, plan, zone) : [strangerIn(state, plan, zone)];
    addZone(draft, zone, cidrsOf(zoneSet(plan, zone.id)), own, strangers, perMachine);
  }
  const own = ownPlaces(state, plan, draft).map((place) => ({ ...place, machine: draft.machines.length }));
  return { ...draft, own, left: hosts.length - chosen.length };
}

type Unnumbered = Omit<OwnPlace, 'machine'>;

function ownPlaces(state: State, plan: AddressPlan, { links, places }: Draft): readonly Unnumbered[] {
  const [any] = links;
  if (any === undefined) return [];
  const taken = new Set(places.map(({ address }) => address));
  const zones = [...state.zones.values()].filter((zone) => !isInternet(zone));
  const strange = zones.flatMap((zone) => {
    const { v4, v6 } = zoneSet(plan, zone.id);
    return [lowestFree(state, v4, taken), lowestFree(state, v6, taken)].flatMap((address): readonly Unnumbered[] =>
      address === undefined ? [] : [{ ...ownAt(address, linkOf(zone)), name: `the gateway in ${zone.name}` }],
    );
  });
  const nextHop = { ...ownAt(GATEWAY_V4, any.name), name: 'the next hop' };
  return [...strange, ...firewallPlaces(state, plan, any.name), nextHop];
}

function ownAt(address: string, link: string): Omit<Unnumbered, 'name'> {
  return { address, family: address.includes(':') ? 6 : 4, zone: THE_GATEWAY, host: undefined, link };
}

function firewallPlaces({ zones, hosts }: State, plan: AddressPlan, anyLink: string): readonly Unnumbered[] {
  return [...hosts.values()]
    .filter(({ role }) => role === 'firewall')
    .flatMap(({ id, name, addresses }) =>
      addresses.map((address): Unnumbered => {
        const point = pointOf(address);
        const zone = point === undefined ? undefined : zones.get(zoneAt(plan, point) ?? ('' as never)); // no zone has that id
        const at = ownAt(address, zone === undefined ? anyLink : linkOf(zone));
        return { ...at, name, host: id, ...(zone === undefined ? {} : { zone: zone.name }) };
      }),
    );
}

function linkOf(zone: Zone): string {
  return zone.link ?? zone.name;
}

function addZone(
  draft: Draft,
  zone: Zone,
  networks: readonly string[],
  own: readonly Being[],
  strangers: readonly Being[],
  perMachine: number,
): void {
  const link = linkOf(zone);
  const isOutside = isInternet(zone);
  const near = isOutside ? [] : networks;
  const known = draft.links.findIndex(({ name }) => name === link);
  const whole = { name: link, networks: [...(draft.links[known]?.networks ?? []), ...near], isOutside };
  if (known < 0) draft.links.push(whole);
  else draft.links[known] = whole;
  draft.zones.push(zone.name);
  for (let i = 0; i < own.length; i += perMachine) addMachine(draft, zone, link, near, own.slice(i, i + perMachine));
  for (const stranger of strangers) if (stranger.addresses.length > 0) addMachine(draft, zone, link, near, [stranger]);
}

function addMachine(draft: Draft, zone: Zone, link: string, near: readonly string[], beings: readonly Being[]): void {
  const machine = draft.machines.length;
  const addresses = beings.flatMap((being) => being.addresses);
  draft.machines.push({ name: beings.map(({ name }) => name).join(' '), link, addresses, near });
  for (const { name, host, addresses: each } of beings) {
    for (const address of each) {
      const family = address.includes(':') ? 6 : 4;
      draft.places.push({ address, family, zone: zone.name, name, host, machine });
    }
  }
}

/** Somebody whom the model does not know, in the middle of a zone. */
function strangerIn(state: State, plan: AddressPlan, zone: Zone): Being {
  const { v4, v6 } = zoneSet(plan, zone.id);
  const addresses = [freeIn(state, v4), freeIn(state, v6)].flatMap((one) => one ?? []);
  return { name: `somebody in ${zone.name}`, host: undefined, addresses };
}

function freeIn<N extends Point>(state: State, spans: readonly Span<N>[]): string | undefined {
  let tries = 0;
  for (const { first, last } of [...spans].reverse()) {
    for (let one = BigInt(last) - 1n; one > BigInt(first) && tries < STRANGER_TRIES_MAX; one -= 1n, tries += 1) {
      const point = typeof first === 'bigint' ? one : Number(one);
      if (hostsAt(state.hosts, point).length === 0) return renderPoint(point);
    }
  }
  return undefined;
}

/** Where a gateway usually has its address. */
function lowestFree<N extends Point>(
  state: State,
  spans: readonly Span<N>[],
  taken: ReadonlySet<string>,
): string | undefined {
  let tries = 0;
  for (const { first, last } of spans) {
    for (let one = BigInt(first) + 1n; one < BigInt(last) && tries < STRANGER_TRIES_MAX; one += 1n, tries += 1) {
      const point = typeof first === 'bigint' ? one : Number(one);
      const text = renderPoint(point);
      if (hostsAt(state.hosts, point).length === 0 && !taken.has(text)) return text;
    }
  }
  return undefined;
}

/** People anywhere outside, and one in each part of the outside that a rule names. */
function outsiders(state: State, plan: AddressPlan, zone: Zone): readonly Being[] {
  const partners = [...state.network.flows.values()]
    .flatMap(({ from, to }) => [from, to])
    .flatMap((end) => (end.kind === 'network' && end.zone === zone.id ? [end] : []))
    .slice(0, PARTNERS_MAX)
    .map(({ name, cidr }): Being => {
      const addresses = someOf(partOfZone(plan, zone.id, cidr));
      return { name, host: undefined, addresses };
    });
  const anybody = OUTSIDE_ADDRESSES.filter((address) => isWithin(plan.internet, address));
  const all: readonly Being[] = [{ name: 'somebody outside', host: undefined, addresses: anybody }, ...partners];
  const taken = new Set<string>();
  return all.map((being) => ({
    ...being,
    addresses: being.addresses.filter((address) => !taken.has(address) && taken.add(address)),
  }));
}

function someOf({ v4, v6 }: AddressSet): readonly string[] {
  return [v4[0], v6[0]].flatMap((span) => {
    if (span === undefined) return [];
    const size = BigInt(span.last) - BigInt(span.first);
    const step = size > 9n ? 9n : size;
    return typeof span.first === 'bigint'
      ? [renderPoint(span.first + step)]
      : [renderPoint(Number(BigInt(span.first) + step))];
  });
}

function isWithin({ v4, v6 }: AddressSet, text: string): boolean {
  const address = parseAddress(text);
  if (address === undefined) return false;
  const spans: readonly Span<Point>[] = address.width === 32 ? v4 : v6;
  return spans.some(({ first, last }) => BigInt(first) <= address.bits && address.bits <= BigInt(last));
}

/** The same addresses as prefixes. */
export function cidrsOf({ v4, v6 }: AddressSet): readonly string[] {
  return [
    ...v4.flatMap((span) => prefixesOf(BigInt(span.first), BigInt(span.last), 32)),
    ...v6.flatMap((span) => prefixesOf(span.first, span.last, 128)),
  ];
}

function prefixesOf(first: bigint, last: bigint, width: 32 | 128): readonly string[] {
  const prefixes: string[] = [];
  for (let at = first; at <= last;) {
    let prefix = width as number;
    const grown = () => ({ bits: at, width, prefix: prefix - 1 });
    while (prefix > 0 && (at & (1n << BigInt(width - prefix))) === 0n && lastOf(grown()) <= last) prefix -= 1;
    const cidr = { bits: at, width, prefix };
    prefixes.push(renderCidr(cidr));
    at = lastOf(cidr) + 1n;
  }
  return prefixes;
}
