/**
 * The example's network as one batch of changes: a small post house with its zones, machines, services and flows, and one exception that
 * somebody answers for. Every name is invented; addresses outside are from the ranges for documentation (RFC 5737).
 */
import type { NetworkChange } from '#model/network-change.ts';
import { DAY_MS } from '#model/limits.ts';
import type { FlowClass, HostRole, ServicePort, ZoneKind } from '#model/network-shapes.ts';
import type { FlowId, HostId, Id, IdKind, PersonId, ProjectId, ServiceId, ZoneId } from '#std/ids.ts';

export interface ExampleNetworkParts {
  readonly at: number;
  readonly id: <K extends IdKind>(kind: K) => Id<K>;
  /** By the short names of the example. */
  readonly person: (short: string) => PersonId;
  readonly project: (alias: string) => ProjectId;
}

interface ZoneRow {
  readonly trust: number;
  readonly kinds: readonly ZoneKind[];
  readonly content: 'none' | 'transient' | 'kept';
  /** The third number of its IPv4 network, which is its VLAN too; the internet has neither. */
  readonly net?: number;
}

const ZONES: Readonly<Record<string, ZoneRow>> = {
  Internet: { trust: 0, kinds: ['internet'], content: 'none' },
  Office: { trust: 30, kinds: ['corporate'], content: 'none', net: 50 },
  DMZ: { trust: 20, kinds: ['dmz'], content: 'none', net: 40 },
  'Content I/O': { trust: 50, kinds: ['transfer', 'dataio'], content: 'transient', net: 30 },
  Production: { trust: 70, kinds: ['production', 'render'], content: 'kept', net: 20 },
  Storage: { trust: 70, kinds: ['storage'], content: 'kept', net: 21 },
  'Core and management': { trust: 90, kinds: ['core', 'mgmt'], content: 'none', net: 90 },
  Vault: { trust: 100, kinds: ['vault'], content: 'kept', net: 95 },
};

interface HostRow {
  readonly zone: string;
  readonly last: number;
  readonly role: HostRole;
  readonly purpose: string;
  readonly owner?: string;
  readonly projects?: readonly string[];
}

const HOSTS: Readonly<Record<string, HostRow>> = {
  'san-01': {
    zone: 'Storage',
    last: 10,
    role: 'storage',
    purpose: 'Central storage',
    projects: ['nightjar', 'saltmarsh', 'paper-lantern'],
  },
  'edit-01': { zone: 'Production', last: 21, role: 'workstation', purpose: 'Edit suite 1', owner: 'ines' },
  'edit-02': { zone: 'Production', last: 22, role: 'workstation', purpose: 'Edit suite 2', owner: 'joon' },
  'grade-01': { zone: 'Production', last: 31, role: 'workstation', purpose: 'Grading suite', owner: 'priya' },
  'mix-01': { zone: 'Production', last: 41, role: 'workstation', purpose: 'Mixing stage', owner: 'lukas' },
  'render-01': { zone: 'Production', last: 61, role: 'render-node', purpose: 'Render node' },
  'ingest-01': { zone: 'Content I/O', last: 11, role: 'drive-station', purpose: 'Drives in and out', owner: 'dele' },
  'transfer-01': { zone: 'Content I/O', last: 20, role: 'transfer', purpose: 'Deliveries to partners' },
  'broker-01': { zone: 'DMZ', last: 10, role: 'broker', purpose: 'Remote seats' },
  'portal-01': { zone: 'DMZ', last: 20, role: 'portal', purpose: 'Files, review and sign-in' },
  'core-01': { zone: 'Core and management', last: 10, role: 'identity', purpose: 'Names, time, accounts, logs' },
  'mirror-01': { zone: 'Core and management', last: 12, role: 'mirror', purpose: 'Updates and licences' },
  'bastion-01': {
    zone: 'Core and management',
    last: 20,
    role: 'bastion',
    purpose: 'The way to admin ports',
    owner: 'elias',
  },
  'vault-01': {
    zone: 'Vault',
    last: 10,
    role: 'vault',
    purpose: 'Backups that nobody can shorten',
    projects: ['nightjar', 'saltmarsh', 'paper-lantern'],
  },
  'desk-03': { zone: 'Office', last: 23, role: 'workstation', purpose: 'Front desk', owner: 'maya' },
};

function tcp(first: number, last = first): ServicePort {
  return { protocol: 'tcp', first, last };
}
function udp(first: number, last = first): ServicePort {
  return { protocol: 'udp', first, last };
}

const SERVICES: Readonly<Record<string, readonly ServicePort[]>> = {
  smb: [tcp(445)],
  https: [tcp(443)],
  web: [tcp(80), tcp(443)],
  sftp: [tcp(2222)],
  core: [udp(53), tcp(53), udp(123), tcp(636), tcp(6514)],
  mirror: [tcp(3128)],
  transfer: [tcp(33_001), udp(33_001)],
  pull: [tcp(2049)],
  admin: [tcp(22), tcp(8443)],
};
const MANAGEMENT: ReadonlySet<string> = new Set(['admin']);

interface FlowRow {
  readonly from: string;
  /** A zone, a host, or a network of the internet with its name. */
  readonly to: string | readonly [cidr: string, name: string];
  readonly service: string;
  readonly reason: string;
  readonly class?: FlowClass;
  readonly owner?: string;
  readonly days?: number;
}

const LICENCES = '203.0.113.0/28';
const NEEDS_CORE = ['Production', 'Storage', 'Content I/O', 'DMZ', 'Office', 'Vault'];

const FLOWS: readonly FlowRow[] = [
  { from: 'Production', to: 'san-01', service: 'smb', reason: 'Suites and the farm work on central storage.' },
  {
    from: 'Production',
    to: 'Content I/O',
    service: 'smb',
    reason: 'Suites fetch dailies and put deliveries down; nothing is pushed into production.',
    owner: 'dele',
  },
  {
    from: 'transfer-01',
    to: ['198.51.100.0/24', 'Kestrel Lab'],
    service: 'transfer',
    reason: 'Dailies of nightjar come from the lab until the shoot wraps.',
    owner: 'dele',
    days: 45,
  },
  { from: 'Office', to: 'Internet', service: 'web', reason: 'Mail and schedules.' },
  { from: 'Office', to: 'portal-01', service: 'https', reason: 'Producers use the portal from their desks.' },
  ...NEEDS_CORE.map((from): FlowRow => ({
    from,
    to: 'core-01',
    service: 'core',
    reason: 'Names, time, accounts and logs.',
    class: 'core-service',
  })),
  {
    from: 'Production',
    to: 'mirror-01',
    service: 'mirror',
    reason: 'Updates and licences without a way to the internet.',
    class: 'core-service',
  },
  {
    from: 'mirror-01',
    to: 'Internet',
    service: 'https',
    reason: 'The mirror fetches what is on its list.',
    class: 'proxy',
  },
  {
    from: 'grade-01',
    to: [LICENCES, 'Colour licence server'],
    service: 'https',
    reason: 'The grading system asks its maker for its licence and takes no mirror.',
    class: 'proxy',
    days: 21,
  },
  ...['Storage', 'Production', 'Content I/O', 'DMZ', 'Vault'].map((to): FlowRow => ({
    from: 'bastion-01',
    to,
    service: 'admin',
    reason: 'Machines are kept from the bastion alone.',
    class: 'admin',
  })),
  {
    from: 'vault-01',
    to: 'san-01',
    service: 'pull',
    reason: 'The vault fetches each night; nothing is written to it.',
    class: 'pull',
  },
];

/** Host, service, name outside, why. */
const EXPOSURES: readonly (readonly [string, string, string, string])[] = [
  ['broker-01', 'https', 'seats.harbourpost.example', 'Freelancers reach their seats from home, pixels only.'],
  ['portal-01', 'https', 'portal.harbourpost.example', 'Clients review, and people ask for access.'],
  ['portal-01', 'sftp', 'sftp.harbourpost.example', 'Vendors deliver with their own keys.'],
];

/** All of it: made whole, or not at all. */
export function exampleNetwork(parts: ExampleNetworkParts): NetworkChange[] {
  const names = new Names(parts);
  return [
    ...Object.entries(ZONES).map(([name, row]) => zoneOf(names, name, row)),
    ...Object.entries(HOSTS).map(([name, row]) => hostOf(parts, names, name, row)),
    ...Object.entries(SERVICES).map(([name, ports]) => serviceOf(names, name, ports)),
    ...FLOWS.flatMap((row) => flowOf(parts, names, row)),
    ...EXPOSURES.map((row) => exposureOf(parts, names, row)),
  ];
}

/** The same name is the same thing, wherever the tables name it. */
class Names {
  readonly #id: ExampleNetworkParts['id'];
  readonly #zones = new Map<string, ZoneId>();
  readonly #hosts = new Map<string, HostId>();
  readonly #services = new Map<string, ServiceId>();

  constructor({ id }: ExampleNetworkParts) {
    this.#id = id;
  }

  zone(name: string): ZoneId {
    return known(this.#zones, name, () => this.#id('zone'));
  }
  host(name: string): HostId {
    return known(this.#hosts, name, () => this.#id('host'));
  }
  service(name: string): ServiceId {
    return known(this.#services, name, () => this.#id('service'));
  }
}

function known<T>(map: Map<string, T>, name: string, make: () => T): T {
  const found = map.get(name) ?? make();
  map.set(name, found);
  return found;
}

function zoneOf(names: Names, name: string, { trust, kinds, content, net }: ZoneRow): NetworkChange {
  const networks = net === undefined ? [] : [{ cidr: `10.20.${net}.0/24`, vlan: net }];
  return { kind: 'add-zone', zone: names.zone(name), name, trust, networks, kinds: [...kinds], content };
}

function hostOf(
  { person, project }: ExampleNetworkParts,
  names: Names,
  name: string,
  { zone, last, role, purpose, owner, projects }: HostRow,
): NetworkChange {
  const net = ZONES[zone]?.net ?? 0;
  const two = (value: number) => value.toString(16).padStart(2, '0');
  return {
    kind: 'add-host',
    host: names.host(name),
    zone: names.zone(zone),
    name,
    addresses: [`10.20.${net}.${last}`],
    macs: [`02:50:4c:00:${two(net)}:${two(last)}`],
    role,
    purpose,
    ...(owner === undefined ? {} : { owner: person(owner) }),
    ...(projects === undefined ? {} : { projects: projects.map(project) }),
  };
}

function serviceOf(names: Names, name: string, ports: readonly ServicePort[]): NetworkChange {
  const plane = MANAGEMENT.has(name) ? 'management' : 'data';
  return { kind: 'define-service', service: names.service(name), name, ports: [...ports], plane };
}

function flowOf({ at, id, person }: ExampleNetworkParts, names: Names, row: FlowRow): NetworkChange[] {
  const flow: FlowId = id('flow');
  const until = row.days === undefined ? undefined : at + row.days * DAY_MS;
  const end = (name: string) =>
    Object.hasOwn(ZONES, name)
      ? ({ kind: 'zone', zone: names.zone(name) } as const)
      : ({ kind: 'host', host: names.host(name) } as const);
  const to =
    typeof row.to === 'string'
      ? end(row.to)
      : ({ kind: 'network', zone: names.zone('Internet'), cidr: row.to[0], name: row.to[1] } as const);
  const added: NetworkChange = {
    kind: 'add-flow',
    flow,
    service: names.service(row.service),
    from: end(row.from),
    to,
    class: row.class ?? 'standard',
    owner: person(row.owner ?? 'elias'),
    reason: row.reason,
    reviewBy: at + 180 * DAY_MS,
    ...(until === undefined ? {} : { until }),
  };
  if (typeof row.to === 'string' || row.to[0] !== LICENCES || until === undefined) return [added];
  return [
    added,
    {
      kind: 'except-invariant',
      exception: id('exception'),
      invariant: 'I4',
      flow,
      owner: person('noor'),
      reason: 'The maker brings a licence that works offline next month; until then the suite would stand still.',
      until,
    },
  ];
}

function exposureOf(
  { at, id, person }: ExampleNetworkParts,
  names: Names,
  [host, service, publicName, reason]: (typeof EXPOSURES)[number],
): NetworkChange {
  return {
    kind: 'add-exposure',
    exposure: id('exposure'),
    host: names.host(host),
    service: names.service(service),
    publicName,
    owner: person('elias'),
    reason,
    reviewBy: at + 90 * DAY_MS,
  };
}
