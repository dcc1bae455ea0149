/** What the invariants are judged on: zones with what they are for, and every rule as the zone pairs that it crosses. */
import type { NetworkService } from '#model/network-state.ts';
import type { Host, State, Zone } from '#model/state.ts';
import type { FlowEnd, ZoneKind } from '#model/network-shapes.ts';
import type { AddressPlan } from '#plan/network/address-plan.ts';
import {
  addressPlan,
  hostsAt,
  isInternetZone,
  partOfZone,
  pointOf,
  zoneAt,
  zoneSet,
} from '#plan/network/address-plan.ts';
import type { AddressSet } from '#plan/network/address-set.ts';
import { addressSet, isNowhere, uniteAll } from '#plan/network/address-set.ts';
import type { Rule } from '#plan/network/rule.ts';
import { declaredRules } from '#plan/network/rule.ts';

/** One side of a crossing: a declared zone, or the internet. */
export interface Place {
  readonly zone: Zone | undefined;
  readonly name: string;
  readonly trust: number;
  readonly kinds: ReadonlySet<ZoneKind>;
  /** The zone doesn't say what it is for: nothing that asks for kinds can be judged. */
  readonly isUndescribed: boolean;
}

/** The part of one rule that leads from one place to another. What stays within a place never passes the gateway. */
export interface Crossing {
  readonly rule: Rule;
  readonly from: Place;
  readonly to: Place;
  readonly source: AddressSet;
  readonly destination: AddressSet;
  /** Every host that stands at the source, when the source is hosts only. */
  readonly fromHosts: readonly Host[] | undefined;
  readonly toHosts: readonly Host[] | undefined;
}

/** Where everything stands. */
export interface Site {
  readonly plan: AddressPlan;
  readonly hosts: State['hosts'];
  readonly zones: readonly Zone[];
  readonly internet: Place;
  readonly places: ReadonlyMap<Zone['id'], Place>;
}

/** Where everything stands, and what flows and the external inventory let pass that has not ended; a share as if somebody held it open. */
export interface Ground extends Site {
  readonly site: Site;
  readonly crossings: readonly Crossing[];
}

const sites = new WeakMap<State['zones'], Site>();
const grounds = new WeakMap<Site, { readonly rules: readonly Rule[]; readonly ground: Ground }>();
/** The ground from `at` on. The same zones, hosts and standing rules give the same ground, and the same object. */
export function groundOf(state: State, at: number): Ground {
  const all = declaredRules(state);
  const rules = all.every(({ last }) => last >= at) ? all : all.filter(({ last }) => last >= at);
  const site = siteOf(state);
  const known = grounds.get(site);
  if (known !== undefined && known.rules === rules) return known.ground;
  const ground = { ...site, site, crossings: rules.flatMap((rule) => crossingsOf(site, rule)) };
  grounds.set(site, { rules, ground });
  return ground;
}

type ZoneMap = Pick<Site, 'plan' | 'zones' | 'internet' | 'places'>;

const maps = new WeakMap<State['zones'], ZoneMap>();

function siteOf({ zones, hosts }: State): Site {
  const known = sites.get(zones);
  if (known !== undefined && known.hosts === hosts) return known;
  let map = maps.get(zones);
  if (map === undefined) maps.set(zones, (map = mapOf(zones)));
  const site = { ...map, hosts };
  sites.set(zones, site);
  return site;
}

function mapOf(all: State['zones']): ZoneMap {
  const zones = [...all.values()].sort((a, b) => (a.id < b.id ? -1 : 1));
  const places = new Map(zones.map((zone) => [zone.id, placeOf(zone)]));
  const internet = placeOf(zones.find(isInternetZone));
  for (const zone of zones) if (isInternetZone(zone)) places.set(zone.id, internet);
  return { plan: addressPlan(all), zones, internet, places };
}

function placeOf(zone: Zone | undefined): Place {
  if (zone === undefined) {
    return { zone, name: 'the internet', trust: 0, kinds: new Set(['internet']), isUndescribed: false };
  }
  const { name, trust, kinds = [] } = zone;
  return { zone, name, trust, kinds: new Set(kinds), isUndescribed: kinds.length === 0 };
}

interface Side {
  readonly place: Place;
  readonly set: AddressSet;
  readonly hosts: readonly Host[] | undefined;
}

interface Crossed {
  readonly places: Site['places'];
  /** With the very same hosts nobody has to be looked up. */
  hosts: Site['hosts'];
  /** Who stands at the ends of a path; other rules name their hosts themselves. */
  readonly ends: readonly (readonly Host[])[];
  readonly crossings: readonly Crossing[];
}

const crossed = new WeakMap<Rule, Crossed>();

/** The zone pairs that a rule leads between: the same objects as long as the zones and the hosts at its ends are the same. */
export function crossingsOf(site: Site, rule: Rule): readonly Crossing[] {
  const known = crossed.get(rule);
  const isThere = known !== undefined && known.places === site.places;
  if (isThere && (rule.kind !== 'path' || known.hosts === site.hosts)) return known.crossings;
  const ends = rule.kind === 'path' ? [hostsOf(site, rule.source), hostsOf(site, rule.destination)] : [];
  if (isThere && ends.every((hosts, i) => isSame(hosts, known.ends[i]))) {
    known.hosts = site.hosts;
    return known.crossings;
  }
  const crossings = findCrossings(site, rule);
  crossed.set(rule, { places: site.places, hosts: site.hosts, ends, crossings });
  return crossings;
}

function hostsOf({ hosts }: Site, { v4, v6 }: AddressSet): readonly Host[] {
  const address = v4[0]?.first ?? v6[0]?.first;
  return address === undefined ? [] : hostsAt(hosts, address);
}

/** Whether two lists hold the same objects. */
export function isSame(a: readonly object[], b: readonly object[] | undefined): boolean {
  return a.length === b?.length && a.every((one, i) => one === b[i]);
}

function findCrossings(ground: Site, rule: Rule): readonly Crossing[] {
  const sources = sourceSides(ground, rule);
  const destinations = destinationSides(ground, rule);
  return sources.flatMap((from) =>
    destinations.flatMap((to) => {
      if (from.place === to.place || !canMeet(from.set, to.set)) return [];
      const sets = { source: from.set, destination: to.set };
      return [{ rule, from: from.place, to: to.place, ...sets, fromHosts: from.hosts, toHosts: to.hosts }];
    }),
  );
}

/** No packet leads from one family to the other. */
function canMeet(a: AddressSet, b: AddressSet): boolean {
  return (a.v4.length > 0 && b.v4.length > 0) || (a.v6.length > 0 && b.v6.length > 0);
}

function sourceSides(ground: Site, rule: Rule): readonly Side[] {
  switch (rule.kind) {
    case 'flow':
      return endSides(ground, rule.flow.from);
    case 'exposure':
      return [{ place: ground.internet, set: ground.plan.internet, hosts: undefined }];
    case 'path':
      return addressSides(ground, [rule.path.from]);
  }
}

function destinationSides(ground: Site, rule: Rule): readonly Side[] {
  switch (rule.kind) {
    case 'flow':
      return endSides(ground, rule.flow.to);
    case 'exposure':
      return hostSides(ground, rule.exposure.host);
    case 'path':
      return addressSides(ground, [rule.path.to]);
  }
}

function endSides(ground: Site, end: FlowEnd): readonly Side[] {
  if (end.kind === 'host') return hostSides(ground, end.host);
  const place = ground.places.get(end.zone);
  if (place === undefined) return [];
  const set = end.kind === 'zone' ? zoneSet(ground.plan, end.zone) : partOfZone(ground.plan, end.zone, end.cidr);
  return isNowhere(set) ? [] : [{ place, set, hosts: undefined }];
}

function hostSides(ground: Site, id: Host['id']): readonly Side[] {
  const host = ground.hosts.get(id);
  return host === undefined ? [] : addressSides(ground, host.addresses, [host]);
}

/** Addresses stand where the network says, whatever zone their host was put into. */
function addressSides(ground: Site, addresses: readonly string[], hosts?: readonly Host[]): readonly Side[] {
  const [only] = addresses;
  if (addresses.length === 1 && only !== undefined) return addressSide(ground, only, hosts);
  const sides = addresses.flatMap((text) => addressSide(ground, text, hosts));
  return [...Map.groupBy(sides, ({ place }) => place)].map(([place, same]) => ({
    place,
    set: uniteAll(same.map(({ set }) => set)),
    hosts: same[0]?.hosts,
  }));
}

function addressSide(ground: Site, text: string, hosts: readonly Host[] | undefined): readonly Side[] {
  const set = addressSet(text);
  const address = set.v4[0]?.first ?? set.v6[0]?.first;
  if (address === undefined) return [];
  return [{ place: placeAt(ground, address), set, hosts: hosts ?? hostsAt(ground.hosts, address) }];
}

export function placeAt(ground: Site, address: number | bigint): Place {
  const zone = zoneAt(ground.plan, address);
  return (zone === undefined ? undefined : ground.places.get(zone)) ?? ground.internet;
}

export function placeOfText(ground: Site, text: string): Place | undefined {
  const address = pointOf(text);
  return address === undefined ? undefined : placeAt(ground, address);
}

export function isAny(place: Place, kinds: readonly ZoneKind[]): boolean {
  return kinds.some((kind) => place.kinds.has(kind));
}

/** Where pictures lie. */
export const CONTENT_KINDS = ['production', 'render', 'storage', 'enclave'] as const;

export function isContent(place: Place): boolean {
  return isAny(place, CONTENT_KINDS);
}

export function serviceOf(rule: Rule): NetworkService | undefined {
  return rule.kind === 'path' ? undefined : rule.service;
}

/** From the management zone, or from a bastion wherever it stands. */
export function isFromManagement({ from, fromHosts }: Crossing): boolean {
  return from.kinds.has('mgmt') || isOnly(fromHosts, 'bastion');
}

export function isFromBroker({ fromHosts }: Crossing): boolean {
  return isOnly(fromHosts, 'broker');
}

function isOnly(hosts: readonly Host[] | undefined, role: NonNullable<Host['role']>): boolean {
  return hosts !== undefined && hosts.length > 0 && hosts.every((host) => host.role === role);
}
