/**
 * Drawn facilities for the tests of compilers, maps and exports: built by the real commands, the same in every run. `bench` is
 * the size that the bars speak of: 2,000 hosts and, when asked for, live paths.
 */
import { addPerson, addProject, ask, drawWorld, engage, newId } from '#model/drawn-world.ts';
import type { DrawnWorld } from '#model/drawn-world.ts';
import type { CommandOf } from '#model/commands.ts';
import { DAY_MS, HOUR_MS } from '#model/limits.ts';
import type { ContentHeld, FlowClass, FlowEnd, HostRole, ServicePort, ZoneKind } from '#model/network-shapes.ts';
import { assert } from '#std/assert.ts';
import type { FlowId, HostId, PersonId, ProjectId, ServiceId, ZoneId } from '#std/ids.ts';

export interface DrawnFacility {
  readonly world: DrawnWorld;
  readonly zones: ReadonlyMap<string, ZoneId>;
  readonly hosts: ReadonlyMap<string, HostId>;
  readonly services: ReadonlyMap<string, ServiceId>;
  readonly flows: readonly FlowId[];
  readonly projects: readonly ProjectId[];
  readonly people: readonly PersonId[];
}

export type FacilitySize = 'small' | 'mid' | 'large' | 'bench';

interface Plan {
  readonly seats: number;
  readonly render: number;
  readonly storage: number;
  readonly projects: number;
  readonly enclaves: number;
  readonly office: number;
}

const PLANS: Readonly<Record<FacilitySize, Plan>> = {
  small: { seats: 6, render: 0, storage: 1, projects: 3, enclaves: 0, office: 3 },
  mid: { seats: 60, render: 40, storage: 4, projects: 12, enclaves: 1, office: 20 },
  large: { seats: 400, render: 350, storage: 16, projects: 40, enclaves: 4, office: 120 },
  bench: { seats: 900, render: 660, storage: 40, projects: 80, enclaves: 8, office: 360 },
};

type ZoneRow = readonly [name: string, kinds: readonly ZoneKind[], trust: number, net: number, content: ContentHeld];

const FULL: readonly ZoneRow[] = [
  ['guest', ['guest'], 10, 1, 'none'],
  ['corporate', ['corporate'], 30, 32, 'none'],
  ['physec', ['physec'], 30, 3, 'none'],
  ['dmz', ['dmz'], 20, 4, 'none'],
  ['transfer', ['transfer'], 40, 5, 'transient'],
  ['dataio', ['dataio'], 50, 6, 'transient'],
  ['production', ['production'], 70, 8, 'kept'],
  ['render', ['render'], 70, 16, 'kept'],
  ['storage', ['storage'], 70, 24, 'kept'],
  ['core', ['core'], 90, 25, 'none'],
  ['mgmt', ['mgmt'], 100, 26, 'none'],
  ['vault', ['vault'], 100, 27, 'kept'],
];

const FOLDED: readonly ZoneRow[] = [
  ['office', ['corporate', 'guest'], 30, 2, 'none'],
  ['dmz', ['dmz'], 20, 4, 'none'],
  ['io', ['transfer', 'dataio'], 50, 5, 'transient'],
  ['production', ['production', 'render', 'storage'], 70, 8, 'kept'],
  ['core', ['core', 'mgmt'], 90, 25, 'none'],
  ['vault', ['vault'], 100, 27, 'kept'],
];

interface Drawing {
  readonly world: DrawnWorld;
  readonly zones: Map<string, ZoneId>;
  readonly hosts: Map<string, HostId>;
  readonly services: Map<string, ServiceId>;
  readonly flows: FlowId[];
  readonly nets: Map<string, number>;
  readonly used: Map<string, number>;
}

export function drawFacility(size: FacilitySize): DrawnFacility {
  const plan = PLANS[size];
  const world = drawWorld();
  const drawing: Drawing = {
    world,
    zones: new Map(),
    hosts: new Map(),
    services: new Map(),
    flows: [],
    nets: new Map(),
    used: new Map(),
  };
  const projects = Array.from({ length: plan.projects }, (_, i) => addProject(world, `title-${i + 1}`));
  const people = Array.from({ length: Math.max(3, Math.min(plan.seats, 200)) }, () => addPerson(world));
  people.forEach((person, i) => engage(world, person, pick(projects, i), 'editor'));
  if (size === 'bench') addRights(world, people, projects);
  addZone(drawing, ['internet', ['internet'], 0, -1, 'none']);
  for (const row of size === 'small' ? FOLDED : FULL) addZone(drawing, row);
  for (let i = 0; i < plan.enclaves; i += 1) addEnclave(drawing, i, pick(projects, i));
  addServices(drawing);
  addHosts(drawing, plan, size, projects, people);
  addFlows(drawing, size === 'small', plan.enclaves);
  return { ...drawing, projects, people };
}

/** What makes the time ahead matter: daily hours, engagements that begin later, and a key for everybody. */
function addRights(world: DrawnWorld, people: readonly PersonId[], projects: readonly ProjectId[]): void {
  const hours = { days: [1, 2, 3, 4, 5], from: 9 * 60, until: 18 * 60 };
  people.forEach((person, i) => {
    if (i % 3 === 0) engage(world, person, pick(projects, i + 1), 'colourist', { hours });
    if (i % 5 === 0)
      engage(world, person, pick(projects, i + 2), 'vfx-artist', { from: world.at + (1 + (i % 20)) * DAY_MS });
    const fingerprint = `SHA256:${i}`;
    const what = { type: 'ssh-key', algorithm: 'ssh-ed25519', publicKey: `k${i}`, fingerprint } as const;
    const credential = newId(world, 'credential');
    ask(world, {
      kind: 'add-credential',
      credential,
      person,
      what,
      label: 'laptop',
      expiresAt: world.at + 300 * DAY_MS,
    });
  });
}

/** Opens `count` paths of live sessions, from broker to seat, spread over the seats. */
export function openPaths({ world, hosts, people, projects }: DrawnFacility, count: number): void {
  const seats = [...hosts].filter(([name]) => name.startsWith('seat-'));
  const broker = addressOf(world, hosts.get('broker'));
  let session = newId(world, 'session');
  for (let i = 0; i < count; i += 1) {
    const person = pick(people, Math.floor(i / 16));
    if (i % 16 === 0) {
      session = newId(world, 'session');
      const until = world.at + 8 * HOUR_MS;
      const project = pick(projects, Math.floor(i / 16));
      ask(world, { kind: 'open-session', session, person, gate: 'desktop', until, project, from: '203.0.113.9' });
    }
    const [, host] = pick(seats, i);
    const [to, until] = [addressOf(world, host), world.at + HOUR_MS + i];
    const path = newId(world, 'path');
    const port = 5900 + Math.floor(i / seats.length);
    ask(world, { kind: 'open-path', path, session, host, from: broker, to, protocol: 'tcp', port, until });
  }
}

function addressOf(world: DrawnWorld, host: HostId | undefined): string {
  const address = host === undefined ? undefined : world.state.hosts.get(host)?.addresses[0];
  assert(address !== undefined, 'the host is drawn');
  return address;
}

function pick<Item>(items: readonly Item[], i: number): Item {
  const item = items[i % items.length];
  assert(item !== undefined, 'there is something to pick from');
  return item;
}

function addZone(drawing: Drawing, [name, kinds, trust, net, content]: ZoneRow, project?: ProjectId): void {
  const zone = newId(drawing.world, 'zone');
  drawing.zones.set(name, zone);
  drawing.nets.set(name, net);
  const networks =
    net < 0
      ? []
      : [
          { cidr: `10.20.${net}.0/${['production', 'render', 'corporate'].includes(name) ? 21 : 24}`, vlan: 100 + net },
          { cidr: `fd20:0:0:${net.toString(16)}::/64` },
        ];
  const base = { kind: 'add-zone' as const, zone, name, trust, networks, kinds: [...kinds], content };
  ask(drawing.world, project === undefined ? base : { ...base, project });
}

function addEnclave(drawing: Drawing, i: number, project: ProjectId): void {
  addZone(drawing, [`enclave-${i + 1}`, ['enclave'], 80, 64 + i, 'kept'], project);
  addHost(drawing, `enclave-${i + 1}`, `e${i + 1}-storage`, 'storage', { projects: [project] });
  for (let n = 1; n <= 4; n += 1) addHost(drawing, `enclave-${i + 1}`, `e${i + 1}-seat-${n}`, 'workstation');
}

function addHost(
  drawing: Drawing,
  zone: string,
  name: string,
  role: HostRole,
  more: Partial<Pick<CommandOf<'add-host'>, 'projects' | 'owner'>> = {},
): void {
  const { world, zones, nets, used, hosts } = drawing;
  const n = (used.get(zone) ?? 9) + 1;
  used.set(zone, n);
  const net = nets.get(zone) ?? 0;
  const host = newId(world, 'host');
  hosts.set(name, host);
  const addresses = [`10.20.${net + (n >> 8)}.${n & 255}`, `fd20:0:0:${net.toString(16)}::${n.toString(16)}`];
  ask(world, { kind: 'add-host', host, zone: idOf(zones, zone), name, role, addresses, ...more });
}

function idOf<Id>(ids: ReadonlyMap<string, Id>, name: string): Id {
  const id = ids.get(name);
  assert(id !== undefined, `${name} is drawn`);
  return id;
}

function addHosts(
  drawing: Drawing,
  plan: Plan,
  size: FacilitySize,
  projects: readonly ProjectId[],
  people: readonly PersonId[],
): void {
  const isSmall = size === 'small';
  const zone = (full: string, folded: string) => (isSmall ? folded : full);
  addHost(drawing, 'dmz', 'broker', 'broker');
  addHost(drawing, 'dmz', 'portal', 'portal');
  addHost(drawing, zone('transfer', 'io'), 'transfer', 'transfer');
  addHost(drawing, zone('dataio', 'io'), 'drives', 'drive-station');
  for (let i = 0; i < plan.storage; i += 1) {
    const own = projects.filter((_, n) => n % plan.storage === i);
    addHost(drawing, zone('storage', 'production'), `nas-${i + 1}`, 'storage', { projects: own });
  }
  for (let i = 0; i < plan.seats; i += 1) {
    addHost(drawing, 'production', `seat-${i + 1}`, 'workstation', { owner: pick(people, i) });
  }
  for (let i = 0; i < plan.render; i += 1) addHost(drawing, 'render', `node-${i + 1}`, 'render-node');
  for (let i = 0; i < plan.office; i += 1)
    addHost(drawing, zone('corporate', 'office'), `office-${i + 1}`, 'workstation');
  addHost(drawing, 'core', 'directory', 'identity');
  addHost(drawing, 'core', 'log', 'logging');
  addHost(drawing, 'core', 'mirror', 'mirror');
  addHost(drawing, zone('mgmt', 'core'), 'bastion', 'bastion');
  addHost(drawing, zone('mgmt', 'core'), 'gateway', 'firewall');
  addHost(drawing, 'vault', 'vault', 'vault');
  if (!isSmall) addHost(drawing, 'physec', 'camera-1', 'camera');
}

const SERVICES: readonly (readonly [string, 'data' | 'management', readonly ServicePort[]])[] = [
  ['dns', 'data', [port('udp', 53), port('tcp', 53)]],
  ['https', 'data', [port('tcp', 443)]],
  ['smb', 'data', [port('tcp', 445)]],
  ['nfs', 'data', [port('tcp', 2049)]],
  ['syslog', 'data', [port('tcp', 6514)]],
  ['sftp', 'data', [port('tcp', 22)]],
  ['ssh', 'management', [port('tcp', 22)]],
  ['aspera', 'data', [port('tcp', 33_001), port('udp', 33_001, 33_004)]],
  ['ping', 'data', [{ protocol: 'icmp' }]],
];

function port(protocol: 'tcp' | 'udp', first: number, last = first): ServicePort {
  return { protocol, first, last };
}

function addServices({ world, services }: Drawing): void {
  for (const [name, plane, ports] of SERVICES) {
    const service = newId(world, 'service');
    services.set(name, service);
    ask(world, { kind: 'define-service', service, name, plane, ports: [...ports] });
  }
}

function addFlow(
  drawing: Drawing,
  from: FlowEnd,
  to: FlowEnd,
  service: string,
  flowClass: FlowClass,
  until?: number,
): void {
  const { world, services, flows } = drawing;
  const flow = newId(world, 'flow');
  flows.push(flow);
  const reviewBy = world.at + 90 * DAY_MS;
  const base = {
    kind: 'add-flow',
    flow,
    from,
    to,
    class: flowClass,
    service: idOf(services, service),
    owner: world.owner,
    reason: `${service} between zones`,
    reviewBy,
  } as const;
  ask(world, until === undefined ? base : { ...base, until });
}

function addFlows(drawing: Drawing, isSmall: boolean, enclaves: number): void {
  const { world, zones, hosts, services } = drawing;
  const zone = (name: string): FlowEnd => ({ kind: 'zone', zone: idOf(zones, name) });
  const host = (name: string): FlowEnd => ({ kind: 'host', host: idOf(hosts, name) });
  const content = isSmall ? ['production'] : ['production', 'render'];
  const io = isSmall ? 'io' : 'dataio';
  for (const name of [...content, io, 'dmz', 'vault']) {
    addFlow(drawing, zone(name), host('log'), 'syslog', 'core-service');
    addFlow(drawing, zone(name), host('directory'), 'dns', 'core-service');
  }
  if (!isSmall) {
    for (const name of content)
      addFlow(drawing, zone(name), zone('storage'), name === 'render' ? 'nfs' : 'smb', 'standard');
    addFlow(drawing, zone('dataio'), zone('transfer'), 'sftp', 'standard');
    addFlow(drawing, zone('physec'), host('log'), 'syslog', 'core-service');
    addFlow(drawing, zone('guest'), zone('internet'), 'https', 'standard');
  }
  addFlow(drawing, zone('production'), host('drives'), 'smb', 'standard');
  addFlow(drawing, zone(isSmall ? 'office' : 'corporate'), zone('internet'), 'https', 'standard');
  addFlow(drawing, zone(isSmall ? 'office' : 'corporate'), host('portal'), 'https', 'standard');
  const partner: FlowEnd = { kind: 'network', zone: idOf(zones, 'internet'), cidr: '198.51.100.0/24', name: 'Partner' };
  addFlow(drawing, host('transfer'), partner, 'aspera', 'standard', world.at + 30 * DAY_MS);
  addFlow(drawing, host('mirror'), zone('internet'), 'https', 'proxy');
  addFlow(drawing, host('vault'), host('nas-1'), 'nfs', 'pull');
  for (const name of ['nas-1', 'seat-1', 'vault']) addFlow(drawing, host('bastion'), host(name), 'ssh', 'admin');
  for (let i = 0; i < enclaves; i += 1)
    addFlow(drawing, zone(`enclave-${i + 1}`), host('log'), 'syslog', 'core-service');
  for (const name of ['portal', 'broker']) {
    ask(world, {
      kind: 'add-exposure',
      exposure: newId(world, 'exposure'),
      host: idOf(hosts, name),
      service: idOf(services, 'https'),
      publicName: `${name}.post.example`,
      owner: world.owner,
      reason: 'people outside work through it',
      reviewBy: world.at + 90 * DAY_MS,
    });
  }
}
