/**
 * What the network map shows, before anybody says where: segments with their hosts, the ways between them, which of them content
 * takes, what the internet can reach, and who asks the core and who is managed (told in words, because lines would hide the rest).
 */
import { isInternet } from '#model/addressing.ts';
import type { HostRole } from '#model/network-shapes.ts';
import type { Host, State, Zone } from '#model/state.ts';
import { addressPlan, zoneAt } from '#plan/network/address-plan.ts';
import { addressSet } from '#plan/network/address-set.ts';
import type { HostId, ProjectId, ZoneId } from '#std/ids.ts';
import { matrixOf } from '../export/matrix.ts';
import type { Matrix, MatrixRule } from '../export/matrix.ts';
import { TUNNEL_LINK } from '../export/wireguard.ts';

/** A segment with more hosts shows the roles that have more than a few as one chip with a number. */
export const HOSTS_SHOWN = 10;
const FEW = 3;
const NETWORKS_SHOWN = 3;

export type Chip =
  | {
      readonly kind: 'host';
      readonly host: HostId;
      readonly name: string;
      readonly role: HostRole;
      readonly marks: Marks;
    }
  | { readonly kind: 'class'; readonly role: HostRole; readonly count: number; readonly marks: Marks };

export interface Marks {
  readonly holdsContent: boolean;
  readonly isExposed: boolean;
  readonly isQuarantined: boolean;
}

export interface MapZone {
  /** Undefined for the internet when the facility has no zone of that name. */
  readonly id: ZoneId | undefined;
  readonly key: string;
  readonly name: string;
  readonly isInternet: boolean;
  readonly kinds: readonly string[];
  readonly trust: number;
  readonly content: 'none' | 'transient' | 'kept';
  readonly networks: readonly string[];
  readonly hostCount: number;
  readonly chips: readonly Chip[];
  /** Why people outside reach something in it; empty when they do not. */
  readonly remote: readonly string[];
  readonly notes: readonly string[];
}

export interface MapEdge {
  readonly from: string;
  readonly to: string;
  readonly kind: 'content' | 'flow' | 'exposure' | 'path';
  readonly labels: readonly string[];
  /** At least one of its rules ends by itself. */
  readonly isEnding: boolean;
}

export interface MapModel {
  readonly facility: string;
  readonly at: number;
  readonly mode: State['network']['mode'];
  readonly hostCount: number;
  readonly ruleCount: number;
  /** The internet first, then by trust. */
  readonly zones: readonly MapZone[];
  readonly edges: readonly MapEdge[];
}

export interface MapOptions {
  /** For this project's client: zones and hosts of other projects alone are not named. */
  readonly onlyProject?: ProjectId | undefined;
}

export const INTERNET = 'internet';

export function mapModelOf(state: State, at: number, options: MapOptions = {}): MapModel {
  const matrix = matrixOf(state, at);
  const told = matrix.rules.filter(isTold);
  const drawn = matrix.rules.filter((rule) => !isTold(rule) && rule.fromZone !== rule.toZone);
  const zones = [...state.zones.values()].filter((zone) => !isInternet(zone));
  zones.sort((a, b) => a.trust - b.trust || compare(a.name, b.name) || compare(a.id, b.id));
  const named = new Map(zones.map((zone, n) => [zone.id, nameOf(zone, n, options)]));
  const exposed = new Set([...state.network.exposures.values()].map(({ host }) => host));
  const facts: Facts = { state, matrix, told, exposed, options, named, quarantined: quarantinedHosts(state) };
  return {
    facility: matrix.facility,
    at,
    mode: state.network.mode,
    hostCount: state.hosts.size,
    ruleCount: new Set([...matrix.rules, ...matrix.shares].map(({ id }) => id)).size,
    zones: [internetZone(facts), ...zones.map((zone) => mapZone(facts, zone))],
    edges: [...ruleEdges(state, drawn), ...pathEdges(state, matrix.shares, at)],
  };
}

interface Facts {
  readonly state: State;
  readonly matrix: Matrix;
  readonly told: readonly MatrixRule[];
  readonly exposed: ReadonlySet<HostId>;
  readonly quarantined: ReadonlySet<HostId>;
  readonly options: MapOptions;
  readonly named: ReadonlyMap<ZoneId, string>;
}

/** Everybody asks the core and is managed from one place: said in each segment rather than drawn. */
function isTold(rule: MatrixRule): boolean {
  return (
    (rule.class === 'core-service' || rule.class === 'admin') &&
    rule.fromZone !== undefined &&
    rule.toZone !== undefined
  );
}

function compare(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}

function nameOf(zone: Zone, n: number, { onlyProject }: MapOptions): string {
  return isForeign(zone.project, onlyProject) ? `enclave ${n + 1} (another project)` : zone.name;
}

function isForeign(project: ProjectId | undefined, onlyProject: ProjectId | undefined): boolean {
  return onlyProject !== undefined && project !== undefined && project !== onlyProject;
}

function quarantinedHosts(state: State): ReadonlySet<HostId> {
  const scopes = [...state.network.quarantines.values()].map(({ scope }) => scope);
  const people = new Set(scopes.flatMap((scope) => (scope.kind === 'person' ? [scope.person] : [])));
  const hosts = scopes.flatMap((scope) => (scope.kind === 'host' ? [scope.host] : []));
  const owned = [...state.hosts.values()].filter(({ owner }) => owner !== undefined && people.has(owner));
  return new Set([...hosts, ...owned.map(({ id }) => id)]);
}

function internetZone({ state, matrix }: Facts): MapZone {
  const zone = [...state.zones.values()].find(isInternet);
  const partners = new Set(
    matrix.rules.flatMap(({ fromZone, toZone, from, to }) => [
      ...(fromZone === undefined && !from.isInternet ? [from.name] : []),
      ...(toZone === undefined && !to.isInternet ? [to.name] : []),
    ]),
  );
  return {
    id: zone?.id,
    key: INTERNET,
    name: zone?.name ?? 'internet',
    isInternet: true,
    kinds: [],
    trust: 0,
    content: 'none',
    networks: [...partners].sort().slice(0, NETWORKS_SHOWN),
    hostCount: 0,
    chips: [],
    remote: [],
    notes: [],
  };
}

function mapZone(facts: Facts, zone: Zone): MapZone {
  const { state, exposed, options, named } = facts;
  const hosts = [...state.hosts.values()].filter((host) => host.zone === zone.id);
  hosts.sort((a, b) => rank(a) - rank(b) || compareNatural(a.name, b.name) || compare(a.id, b.id));
  const networks = zone.networks.map(({ cidr, vlan }) => (vlan === undefined ? cidr : `${cidr} · VLAN ${vlan}`));
  const more = networks.length - NETWORKS_SHOWN;
  return {
    id: zone.id,
    key: zone.id,
    name: named.get(zone.id) ?? zone.name,
    isInternet: false,
    kinds: zone.kinds ?? [],
    trust: zone.trust,
    content: zone.content ?? 'none',
    networks: more > 0 ? [...networks.slice(0, NETWORKS_SHOWN), `and ${more} more networks`] : networks,
    hostCount: hosts.length,
    chips: isForeign(zone.project, options.onlyProject) ? classChips(facts, hosts) : chipsOf(facts, hosts),
    remote: remoteOf(
      facts,
      zone,
      hosts.filter(({ id }) => exposed.has(id)),
    ),
    notes: notesOf(facts, zone),
  };
}

/** What holds content or stands at a border comes first. */
const FIRST: readonly HostRole[] = [
  'storage',
  'vault',
  'firewall',
  'broker',
  'portal',
  'transfer',
  'drive-station',
  'bastion',
];

function rank({ role }: Host): number {
  const n = FIRST.indexOf(role ?? 'other');
  return n === -1 ? FIRST.length : n;
}

/** `seat-2` before `seat-10`. */
function compareNatural(a: string, b: string): number {
  const [x, y] = [a, b].map((text) => text.replace(/\d+/g, (digits) => digits.padStart(9, '0')));
  return compare(x ?? a, y ?? b);
}

function chipsOf(facts: Facts, hosts: readonly Host[]): readonly Chip[] {
  if (hosts.length <= HOSTS_SHOWN) return hosts.map((host) => hostChip(facts, host));
  const byRole = Map.groupBy(hosts, ({ role }) => role ?? 'other');
  return [...byRole.values()].flatMap((same) =>
    same.length > FEW ? classChips(facts, same) : same.map((host) => hostChip(facts, host)),
  );
}

function hostChip(facts: Facts, host: Host): Chip {
  return { kind: 'host', host: host.id, name: host.name, role: host.role ?? 'other', marks: marksOf(facts, [host]) };
}

function classChips(facts: Facts, hosts: readonly Host[]): readonly Chip[] {
  return [...Map.groupBy(hosts, ({ role }) => role ?? 'other')].map(([role, same]) => ({
    kind: 'class',
    role,
    count: same.length,
    marks: marksOf(facts, same),
  }));
}

function marksOf({ exposed, quarantined }: Facts, hosts: readonly Host[]): Marks {
  return {
    holdsContent: hosts.some(({ role, projects }) => role === 'storage' || role === 'vault' || projects !== undefined),
    isExposed: hosts.some(({ id }) => exposed.has(id)),
    isQuarantined: hosts.some(({ id }) => quarantined.has(id)),
  };
}

function remoteOf({ state }: Facts, zone: Zone, exposed: readonly Host[]): readonly string[] {
  const ids = new Set(exposed.map(({ id }) => id));
  const names = [...state.network.exposures.values()]
    .filter(({ host }) => ids.has(host))
    .map((line) => line.publicName);
  const isTunnel = zone.link !== undefined && TUNNEL_LINK.test(zone.link);
  return [...new Set(names).values(), ...(isTunnel ? [`remote site by tunnel ${zone.link}`] : [])].sort();
}

function notesOf({ told, named }: Facts, zone: Zone): readonly string[] {
  const asks = told.filter((rule) => rule.class === 'core-service' && rule.fromZone === zone.id);
  const managed = told.filter((rule) => rule.class === 'admin' && rule.toZone === zone.id && rule.fromZone !== zone.id);
  const serves = told.filter((rule) => rule.class === 'core-service' && rule.toZone === zone.id);
  const manages = told.filter((rule) => rule.class === 'admin' && rule.fromZone === zone.id && rule.toZone !== zone.id);
  const places = (ids: readonly (ZoneId | undefined)[]) =>
    listed([...new Set(ids)].flatMap((id) => (id === undefined ? [] : [named.get(id) ?? ''])));
  const line = (word: string, rules: readonly MatrixRule[], side: 'fromZone' | 'toZone') =>
    rules.length === 0 ? [] : [`${word} ${places(rules.map((rule) => rule[side]))}: ${servicesOf(rules)}`];
  return [
    ...line('asks', asks, 'toZone'),
    ...line('managed from', managed, 'fromZone'),
    ...line('serves', serves, 'fromZone'),
    ...line('manages', manages, 'toZone'),
  ];
}

const LISTED = 3;

function listed(names: readonly string[]): string {
  const sorted = [...names].sort();
  const more = sorted.length - LISTED;
  return more > 0 ? `${sorted.slice(0, LISTED).join(', ')} +${more}` : sorted.join(', ');
}

function servicesOf(rules: readonly MatrixRule[]): string {
  return listed([...new Set(rules.map(({ serviceName }) => serviceName))]);
}

function ruleEdges(state: State, rules: readonly MatrixRule[]): readonly MapEdge[] {
  const groups = Map.groupBy(rules, (rule) => `${rule.fromZone ?? INTERNET} ${rule.toZone ?? INTERNET}`);
  return [...groups.values()].flatMap((same) => {
    const [first] = same;
    if (first === undefined) return [];
    return [
      {
        from: first.fromZone ?? INTERNET,
        to: first.toZone ?? INTERNET,
        kind: edgeKind(state, same),
        labels: [servicesOf(same)],
        isEnding: same.some(({ until }) => until !== undefined),
      },
    ];
  });
}

/** Content moves where both ends may hold it, and over the border by way of transfer hosts only. */
function edgeKind(state: State, rules: readonly MatrixRule[]): MapEdge['kind'] {
  const isContent = rules.some(({ fromZone, toZone }) => {
    const [from, to] = [fromZone, toZone].map((id) => (id === undefined ? undefined : state.zones.get(id)));
    const holds = (zone: Zone | undefined) => zone !== undefined && (zone.content ?? 'none') !== 'none';
    const transfers = (zone: Zone | undefined) => zone?.kinds?.includes('transfer') === true;
    if (from === undefined || to === undefined) return transfers(from) || transfers(to);
    return holds(from) && holds(to);
  });
  if (isContent) return 'content';
  return rules.every((rule) => rule.class === 'exposure') ? 'exposure' : 'flow';
}

/** What is open now by sessions, and what a session may open: the one has no line of its own beside the other. */
function pathEdges(state: State, shares: readonly MatrixRule[], at: number): readonly MapEdge[] {
  const plan = addressPlan(state.zones);
  const placeOf = (text: string): string => {
    const { v4, v6 } = addressSet(text);
    const address = v4[0]?.first ?? v6[0]?.first;
    return address === undefined ? INTERNET : (zoneAt(plan, address) ?? INTERNET);
  };
  const live = [...state.network.paths.values()].filter(({ until }) => until > at);
  const open = Map.groupBy(live, ({ from, to }) => `${placeOf(from)} ${placeOf(to)}`);
  const openable = Map.groupBy(shares, ({ fromZone, toZone }) => `${fromZone ?? INTERNET} ${toZone ?? INTERNET}`);
  return [...new Set([...open.keys(), ...openable.keys()])].sort(compare).flatMap((places) => {
    const [from = INTERNET, to = INTERNET] = places.split(' ');
    if (from === to) return [];
    const labels = [...sharesText(openable.get(places) ?? []), ...pathsText(open.get(places)?.length ?? 0)];
    return [{ from, to, kind: 'path', labels, isEnding: true } satisfies MapEdge];
  });
}

function sharesText(rules: readonly MatrixRule[]): readonly string[] {
  return rules.length === 0 ? [] : [`${servicesOf(rules)} by session`];
}

function pathsText(count: number): readonly string[] {
  if (count === 0) return [];
  return [count === 1 ? '1 live path' : `${count} live paths`];
}
