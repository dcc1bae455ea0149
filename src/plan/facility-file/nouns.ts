/** Zones, hosts and services: what a file says of each, as the model records it, and how it differs from what is there. */
import type { NetworkChange } from '#model/network-change.ts';
import type { FacilityFile, FileHost, FileService, FileZone } from '#model/facility-file.ts';
import type { ServicePort } from '#model/network-shapes.ts';
import { servicePort } from '#model/network-shapes.ts';
import type { NetworkService } from '#model/network-state.ts';
import type { Host, Zone } from '#model/state.ts';
import { present } from '#model/transition.ts';
import type { Names } from '#plan/facility-file/names.ts';
import { personNamed, projectNamed, trouble, zoneNamed } from '#plan/facility-file/names.ts';
import { canonicalAddress, isExactCidr, parseCidr, renderCidr } from '#std/address.ts';
import type { Json } from '#std/canonical.ts';
import { canonical } from '#std/canonical.ts';

/** Additions and changes first, in an order that each can stand on; what goes last is apart. */
export interface NounChanges {
  readonly set: readonly NetworkChange[];
  readonly remove: readonly NetworkChange[];
}

const NONE: NounChanges = { set: [], remove: [] };

export function zoneChanges(names: Names, file: FacilityFile): NounChanges {
  if (file.zones === undefined) return NONE;
  const { state } = names;
  const set = Object.entries(file.zones).flatMap(([name, line]): NetworkChange[] => {
    const zone = zoneNamed(names, name, ['zones', name]);
    const data = zoneData(names, name, line);
    if (zone === undefined || data === undefined) return [];
    const known = state.zones.get(zone);
    if (known === undefined) return [{ kind: 'add-zone', zone, ...data }];
    return isSame(known, { id: zone, ...data }) ? [] : [{ kind: 'change-zone', zone, ...data }];
  });
  const gone = [...state.zones.values()].filter(({ name }) => !isNamed(file.zones, name));
  return { set, remove: gone.map(({ id: zone }) => ({ kind: 'remove-zone', zone })) };
}

type ZoneData = Mutable<Omit<Zone, 'id'>>;
type Mutable<T> = { -readonly [Key in keyof T]: T[Key] };

function zoneData(names: Names, name: string, line: FileZone): ZoneData | undefined {
  const { trust, networks = [], kinds, content, project: alias, link } = line;
  const project = alias === undefined ? undefined : projectNamed(names, alias, ['zones', name, 'project']);
  if (alias !== undefined && project === undefined) return undefined;
  const ranges = networks.map((range) => (typeof range === 'string' ? { cidr: range } : range));
  return present<ZoneData>({
    name,
    trust,
    networks: ranges.map(({ cidr, vlan }) => present<{ cidr: string; vlan?: number }>({ cidr: oneForm(cidr), vlan })),
    kinds,
    content,
    project,
    link,
  });
}

/** What is no network is left as it is typed: the model refuses it and says why. */
function oneForm(text: string): string {
  const cidr = isExactCidr(text) ? parseCidr(text) : undefined;
  return cidr === undefined ? text : renderCidr(cidr);
}

export function hostChanges(names: Names, file: FacilityFile): NounChanges {
  if (file.hosts === undefined) return NONE;
  const { state } = names;
  const set = Object.entries(file.hosts).flatMap(([name, line]): NetworkChange[] => {
    const host = names.hosts.get(name);
    const zone = zoneNamed(names, line.zone, ['hosts', name, 'zone']);
    const data = hostData(names, name, line);
    if (host === undefined || zone === undefined || data === undefined) return [];
    const known = state.hosts.get(host);
    if (known === undefined) return [{ kind: 'add-host', host, zone, ...data }];
    return isSame(known, { id: host, zone, ...data }) ? [] : [{ kind: 'change-host', host, zone, ...data }];
  });
  const gone = [...state.hosts.values()].filter(({ name }) => !isNamed(file.hosts, name));
  return { set, remove: gone.map(({ id: host }) => ({ kind: 'remove-host', host })) };
}

type HostData = Mutable<Omit<Host, 'id' | 'zone'>>;

function hostData(names: Names, name: string, line: FileHost): HostData | undefined {
  const { addresses = [], purpose, role, macs, owner: person, projects: aliases, socket } = line;
  const before = names.troubles.length;
  const owner = person === undefined ? undefined : personNamed(names, person, ['hosts', name, 'owner']);
  const projects = aliases?.flatMap((alias, i) => projectNamed(names, alias, ['hosts', name, 'projects', i]) ?? []);
  if (names.troubles.length > before) return undefined;
  return present<HostData>({
    name,
    addresses: addresses.map((address) => (address.includes('%') ? address : (canonicalAddress(address) ?? address))),
    purpose,
    role,
    macs,
    owner,
    projects,
    socket,
  });
}

export function serviceChanges(names: Names, file: FacilityFile): NounChanges {
  if (file.services === undefined) return NONE;
  const { services } = names.state.network;
  const set = Object.entries(file.services).flatMap(([name, line]): NetworkChange[] => {
    const service = names.services.get(name);
    const data = serviceData(names, name, line);
    if (service === undefined || data === undefined) return [];
    const known = services.get(service);
    const isThere = known !== undefined && isSame(known, { id: service, ...data });
    return isThere ? [] : [{ kind: 'define-service', service, ...data }];
  });
  const gone = [...services.values()].filter(({ name }) => !isNamed(file.services, name));
  return { set, remove: gone.map(({ id: service }) => ({ kind: 'retire-service', service })) };
}

type ServiceData = Mutable<Omit<NetworkService, 'id'>>;

function serviceData(names: Names, name: string, { ports, plane = 'data' }: FileService): ServiceData | undefined {
  const parsed = ports.map((text) => parsePort(text));
  const wrong = parsed.findIndex((port) => port === undefined);
  if (wrong !== -1) return trouble(names, ['services', name, 'ports', wrong], `${ports[wrong]} is no range of ports.`);
  return { name, ports: parsed.filter((port) => port !== undefined), plane };
}

/** `tcp/445`, `udp/5000-5010`, `icmp`; `undefined` for anything else. */
export function parsePort(text: string): ServicePort | undefined {
  const [protocol, range] = text.split('/');
  const [from, to] = range === undefined ? [] : range.split('-').map(Number);
  const port = from === undefined ? { protocol } : { protocol, first: from, last: to ?? from };
  const read = servicePort.safeParse(port);
  if (!read.success || (read.data.first ?? 0) > (read.data.last ?? 0)) return undefined;
  return read.data;
}

function isNamed(section: object | undefined, name: string): boolean {
  return section !== undefined && Object.hasOwn(section, name);
}

export function isSame(a: object, b: object): boolean {
  // What the model holds is JSON, and canonical JSON does not mind in which order members stand.
  return canonical(a as { readonly [key: string]: Json }) === canonical(b as { readonly [key: string]: Json });
}
