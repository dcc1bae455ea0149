/** Shares: which flows there may be, what a session of one opens, and what takes its paths away; each row says what is answered. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { verdict } from '#model/asked-world.ts';
import type { CommandOf } from '#model/commands.ts';
import { addPerson, addProject, ask, drawWorld, engage, newId } from '#model/drawn-world.ts';
import type { DrawnWorld } from '#model/drawn-world.ts';
import { hostAt } from '#model/host-index.ts';
import { DAY_MS, HOUR_MS, PATHS_PER_SESSION_MAX } from '#model/limits.ts';
import type { FlowEnd, HostRole, ServicePort } from '#model/network-shapes.ts';
import { isSomebodyElseThere, shareFlowFor, sharePaths } from '#model/share.ts';
import type { EngagementId, FlowId, HostId, PersonId, ProjectId, ServiceId, SessionId, ZoneId } from '#std/ids.ts';

interface Scene {
  readonly world: DrawnWorld;
  readonly zones: Readonly<Record<'production' | 'storage' | 'internet', ZoneId>>;
  readonly suite: HostId;
  readonly nas: HostId;
  readonly smb: ServiceId;
  readonly flow: FlowId;
  readonly she: PersonId;
  readonly alpha: ProjectId;
  readonly engagement: EngagementId;
}

const SUITE = ['10.20.0.5', 'fd00:20::5'] as const;
const NAS = ['10.30.0.9', 'fd00:30::9'] as const;

function scene(): Scene {
  const world = drawWorld();
  const production = addZone(world, 'production', ['10.20.0.0/24', 'fd00:20::/64']);
  const storage = addZone(world, 'storage', ['10.30.0.0/24', 'fd00:30::/64']);
  const internet = newId(world, 'zone');
  ask(world, { kind: 'add-zone', zone: internet, name: 'internet', trust: 0, networks: [], kinds: ['internet'] });
  const suite = addHost(world, production, 'suite', 'workstation', [...SUITE]);
  const nas = addHost(world, storage, 'nas', 'storage', [...NAS]);
  const smb = addService(world, 'smb', [{ protocol: 'tcp', first: 445, last: 445 }]);
  const alpha = addProject(world, 'alpha');
  const she = addPerson(world);
  const engagement = engage(world, she, alpha, 'editor');
  const zones = { production, storage, internet };
  const parts = { world, zones, suite, nas, smb, she, alpha, engagement };
  const share = shareFlow({ ...parts, flow: newId(world, 'flow') });
  ask(world, share);
  return { ...parts, flow: share.flow };
}

function addZone(world: DrawnWorld, name: 'production' | 'storage', cidrs: readonly string[]): ZoneId {
  const zone = newId(world, 'zone');
  const networks = cidrs.map((cidr) => ({ cidr }));
  ask(world, { kind: 'add-zone', zone, name, trust: 70, networks, kinds: [name], content: 'kept' });
  return zone;
}

function addHost(world: DrawnWorld, zone: ZoneId, name: string, role: HostRole, addresses: string[]): HostId {
  const host = newId(world, 'host');
  ask(world, { kind: 'add-host', host, zone, name, role, addresses });
  return host;
}

function addService(world: DrawnWorld, name: string, ports: ServicePort[], plane: 'data' | 'management' = 'data') {
  const service = newId(world, 'service');
  ask(world, { kind: 'define-service', service, name, ports, plane });
  return service;
}

function shareFlow(
  { world, zones, nas, smb }: Omit<Scene, 'flow'> & { readonly flow?: FlowId },
  more: Partial<CommandOf<'add-flow'>> = {},
): CommandOf<'add-flow'> {
  return {
    kind: 'add-flow',
    flow: newId(world, 'flow'),
    service: smb,
    from: { kind: 'zone', zone: zones.production },
    to: { kind: 'host', host: nas },
    class: 'share',
    owner: world.owner,
    reason: 'media lies there',
    reviewBy: world.at + 30 * DAY_MS,
    ...more,
  };
}

function sessionOf(
  { world, she, alpha, engagement }: Scene,
  more: Partial<CommandOf<'open-session'>> = {},
): CommandOf<'open-session'> {
  const until = world.at + 8 * HOUR_MS;
  const session = newId(world, 'session');
  return {
    kind: 'open-session',
    session,
    person: she,
    gate: 'share',
    project: alpha,
    engagement,
    from: SUITE[0],
    until,
    ...more,
  };
}

function pathOf(
  { world, flow, nas }: Scene,
  session: SessionId,
  more: Partial<CommandOf<'open-path'>> = {},
): CommandOf<'open-path'> {
  const ends = { from: SUITE[0], to: NAS[0], protocol: 'tcp', port: 445 } as const;
  return {
    kind: 'open-path',
    path: newId(world, 'path'),
    session,
    host: nas,
    flow,
    ...ends,
    until: world.at + HOUR_MS,
    ...more,
  };
}

/** Her session with its one path. */
function held(it: Scene): SessionId {
  const open = sessionOf(it);
  ask(it.world, open);
  ask(it.world, pathOf(it, open.session));
  return open.session;
}

test('a share flow leads from declared machines to one storage machine, on single ports of a data service', () => {
  const it = scene();
  const { world, zones, suite } = it;
  const server = addHost(world, zones.storage, 'server', 'server', ['10.30.0.10']);
  const wide = addService(world, 'wide', [{ protocol: 'tcp', first: 445, last: 446 }]);
  const any = addService(world, 'any', [{ protocol: 'any' }]);
  const admin = addService(world, 'admin', [{ protocol: 'tcp', first: 22, last: 22 }], 'management');
  const both = addService(world, 'both', [
    { protocol: 'tcp', first: 2049, last: 2049 },
    { protocol: 'udp', first: 2049, last: 2049 },
  ]);
  const part: FlowEnd = { kind: 'network', zone: zones.production, cidr: '10.20.0.0/28', name: 'suites' };
  const rows: readonly (readonly [string, Partial<CommandOf<'add-flow'>>])[] = [
    ['yes', {}],
    ['yes', { from: { kind: 'host', host: suite } }],
    ['yes', { from: part }],
    ['yes', { service: both }],
    ['share-not-to-storage', { to: { kind: 'zone', zone: zones.storage } }],
    ['share-not-to-storage', { to: { kind: 'host', host: server } }],
    ['share-ports', { service: wide }],
    ['share-ports', { service: any }],
    ['share-ports', { service: admin }],
    ['share-from-where', { from: { kind: 'zone', zone: zones.internet } }],
  ];
  for (const [answer, more] of rows) assert.equal(verdict(world, shareFlow(it, more)), answer, JSON.stringify(more));
});

test('a share session names project, engagement and a machine at which nobody else holds one', () => {
  const it = scene();
  const { world, zones } = it;
  const he = addPerson(world);
  const beta = addProject(world, 'beta');
  const his = engage(world, he, it.alpha, 'editor');
  const hers = engage(world, it.she, beta, 'editor');
  addHost(world, zones.production, 'suite-2', 'workstation', ['10.20.0.6']);
  const { project: _p, ...nowhere } = sessionOf(it);
  const { engagement: _e, ...without } = sessionOf(it);
  assert.equal(verdict(world, nowhere), 'share-of-what');
  assert.equal(verdict(world, without), 'share-of-what');
  assert.equal(verdict(world, sessionOf(it, { from: '10.20.0.77' })), 'unknown-machine');
  addHost(world, zones.production, 'licence', 'server', ['10.20.0.8']);
  assert.equal(verdict(world, sessionOf(it, { from: '10.20.0.8' })), 'not-a-workstation');
  held(it);
  const him = { person: he, engagement: his };
  const rows: readonly (readonly [string, Partial<CommandOf<'open-session'>>])[] = [
    ['already-done', {}],
    ['already-done', { from: SUITE[1] }],
    ['yes', { project: beta, engagement: hers }],
    ['machine-taken', him],
    ['machine-taken', { ...him, from: SUITE[1] }],
    ['yes', { ...him, from: '10.20.0.6' }],
  ];
  for (const [answer, more] of rows) assert.equal(verdict(world, sessionOf(it, more)), answer, JSON.stringify(more));
});

test('a session of a share opens exactly what its flow declares, from its own machine, and no other session does', () => {
  const it = scene();
  const { world, zones, she } = it;
  addHost(world, zones.production, 'suite-2', 'workstation', ['10.20.0.6']);
  const other = addHost(world, zones.storage, 'nas-2', 'storage', ['10.30.0.11']);
  const standing = shareFlow(it, { class: 'standard', to: { kind: 'host', host: other } });
  ask(world, standing);
  const open = sessionOf(it);
  ask(world, open);
  const screen = newId(world, 'session');
  ask(world, { kind: 'open-session', session: screen, person: she, gate: 'desktop', until: world.at + HOUR_MS });
  const { flow: _, ...without } = pathOf(it, open.session);
  assert.equal(verdict(world, without), 'share-by-flow');
  const rows: readonly (readonly [string, Partial<CommandOf<'open-path'>>])[] = [
    ['yes', {}],
    ['yes', { from: SUITE[1], to: NAS[1] }],
    ['share-by-flow', { session: screen }],
    ['no-share-flow', { from: '10.20.0.6' }],
    ['no-share-flow', { from: '10.30.0.11' }],
    ['no-share-flow', { to: '10.30.0.11' }],
    ['no-share-flow', { to: '10.20.0.6' }],
    ['no-share-flow', { port: 446 }],
    ['no-share-flow', { protocol: 'udp' }],
    ['no-share-flow', { flow: standing.flow, to: '10.30.0.11' }],
    ['no-share-flow', { flow: newId(world, 'flow') }],
  ];
  for (const [answer, more] of rows)
    assert.equal(verdict(world, pathOf(it, open.session, more)), answer, JSON.stringify(more));
});

test('what takes the declaration away takes the path with it, in the same entry', () => {
  const it = scene();
  const { world, flow, nas, suite, smb, zones } = it;
  const machine = (name: string, zone: ZoneId, host: HostId, role: HostRole, addresses: string[]) =>
    ({ kind: 'change-host', host, zone, name, role, addresses }) as const;
  const rows = [
    ['the flow goes', { kind: 'remove-flow', flow }, 0],
    ['the storage is something else', machine('nas', zones.storage, nas, 'server', [...NAS]), 0],
    ['the storage moves', machine('nas', zones.storage, nas, 'storage', ['10.30.0.99']), 0],
    ['the workstation moves', machine('suite', zones.production, suite, 'workstation', ['10.20.0.99']), 0],
    [
      'another port',
      {
        kind: 'define-service',
        service: smb,
        name: 'smb',
        plane: 'data',
        ports: [{ protocol: 'tcp', first: 446, last: 446 }],
      },
      0,
    ],
    ['another name', machine('suite-1', zones.production, suite, 'workstation', [...SUITE]), 1],
  ] as const;
  held(it);
  const before = world.state;
  for (const [what, command, left] of rows) {
    ask(world, command.kind === 'define-service' ? { ...command, ports: [...command.ports] } : command);
    assert.equal(world.state.network.paths.size, left, what);
    assert.equal(world.state.index.pathsOf.size, left, what);
    world.state = before;
  }
});

test('the paths of a machine: each of its addresses to each of the storage of one family, for storage that holds the project', () => {
  const it = scene();
  const { world, alpha, nas, zones, flow } = it;
  const suite = hostAt(world.state, SUITE[0]) ?? assert.fail();
  const paths = () => sharePaths(world.state, suite, alpha, world.at).map(({ from, to, port }) => [from, to, port]);
  const both = [
    [SUITE[0], NAS[0], 445],
    [SUITE[1], NAS[1], 445],
  ];
  assert.deepEqual(paths(), both);
  const beta = addProject(world, 'beta');
  const holding = (projects: ProjectId[]) =>
    ask(world, {
      kind: 'change-host',
      host: nas,
      zone: zones.storage,
      name: 'nas',
      role: 'storage',
      addresses: [...NAS],
      projects,
    });
  holding([beta]);
  assert.deepEqual(paths(), []);
  holding([beta, alpha]);
  assert.deepEqual(paths(), both);
  ask(world, { kind: 'remove-flow', flow });
  assert.deepEqual(paths(), []);
  const until = world.at + HOUR_MS;
  ask(world, shareFlow(it, { until }));
  assert.deepEqual(
    sharePaths(world.state, suite, alpha, until - 1).map((one) => one.until),
    [until, until],
  );
  assert.deepEqual(sharePaths(world.state, suite, alpha, until), []);
  assert.ok(both.length <= PATHS_PER_SESSION_MAX);
});

test('what would pass for whoever held a session is told from what nothing declares', () => {
  const it = scene();
  const found = (more: object) =>
    shareFlowFor(it.world.state, { from: SUITE[0], to: NAS[0], protocol: 'tcp', port: 445, ...more })?.id;
  assert.equal(found({}), it.flow);
  for (const other of [
    { from: '10.20.0.77' },
    { to: '10.30.0.10' },
    { port: 446 },
    { protocol: 'udp' },
    { port: undefined },
  ])
    assert.equal(found(other), undefined, JSON.stringify(other));
});

test('an end of whatever kind takes the paths with the session', () => {
  const it = scene();
  const { world, she, alpha, engagement, nas } = it;
  const cut = () => newId(world, 'cut');
  const session = held(it);
  const quarantine = () => newId(world, 'quarantine');
  const ends = [
    { kind: 'end-session', session, cut: cut() },
    { kind: 'end-engagement', engagement, because: 'button', cut: cut() },
    { kind: 'end-all-access', person: she, cut: cut() },
    { kind: 'suspend-person', person: she, because: 'suspension', cut: cut() },
    { kind: 'lock-project', project: alpha, reason: 'a leak', cut: cut() },
    {
      kind: 'quarantine',
      quarantine: quarantine(),
      scope: { kind: 'host', host: it.suite },
      reason: 'odd',
      cut: cut(),
    },
    { kind: 'quarantine', quarantine: quarantine(), scope: { kind: 'host', host: nas }, reason: 'odd', cut: cut() },
    { kind: 'quarantine', quarantine: quarantine(), scope: { kind: 'person', person: she }, reason: 'odd', cut: cut() },
  ] as const;
  const before = world.state;
  for (const end of ends) {
    ask(world, end);
    assert.equal(world.state.network.paths.size, 0, JSON.stringify(end));
    world.state = before;
  }
});

test('whoever comes to the machine later is somebody else; who was there before, or is herself, is not', () => {
  const it = scene();
  const { world, she } = it;
  const he = addPerson(world);
  const signIn = (person: PersonId, from: string) => {
    world.at += 1000;
    const session = newId(world, 'session');
    ask(world, { kind: 'open-session', session, person, gate: 'portal', from, until: world.at + HOUR_MS });
    return session;
  };
  signIn(he, SUITE[1]);
  world.at += 1000;
  const share = held(it);
  const { openedAt } = world.state.sessions.get(share) ?? assert.fail();
  const isTaken = () => isSomebodyElseThere(world.state, { person: she, from: SUITE[0] }, openedAt);
  assert.equal(isTaken(), false);
  signIn(she, SUITE[0]);
  signIn(he, '10.20.0.66');
  assert.equal(isTaken(), false);
  const later = signIn(he, SUITE[1]);
  assert.equal(isTaken(), true, 'by the other family too');
  ask(world, { kind: 'end-session', session: later, cut: newId(world, 'cut') });
  assert.equal(isTaken(), false);
});
