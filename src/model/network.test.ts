/** How zones, hosts and flows fit together, as a table of what is refused; and what of them time ends. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CONSOLE, verdict } from '#model/asked-world.ts';
import type { NetworkChange } from '#model/network-change.ts';
import type { Command, CommandOf } from '#model/commands.ts';
import { due, nextDue } from '#model/due.ts';
import type { DrawnWorld } from '#model/drawn-world.ts';
import { addPerson, addProject, ask, drawWorld, newId, numberedId } from '#model/drawn-world.ts';
import { hostAt } from '#model/host-index.ts';
import { DAY_MS, HOUR_MS } from '#model/limits.ts';
import type { HostId, PathId, SessionId, ZoneId } from '#std/ids.ts';
import { threadMs } from '../../test/thread-time.ts';

interface Scene {
  readonly world: DrawnWorld;
  readonly production: ZoneId;
  readonly office: ZoneId;
  readonly suite: HostId;
}

function zone(world: DrawnWorld, name: string, rest: Partial<CommandOf<'add-zone'>> = {}): CommandOf<'add-zone'> {
  return { kind: 'add-zone', zone: newId(world, 'zone'), name, trust: 50, networks: [], ...rest };
}

function host(world: DrawnWorld, at: ZoneId, name: string, ...addresses: string[]): CommandOf<'add-host'> {
  return { kind: 'add-host', host: newId(world, 'host'), zone: at, name, addresses };
}

function scene(): Scene {
  const world = drawWorld();
  const production = zone(world, 'production', {
    networks: [
      { cidr: '10.20.0.0/24', vlan: 20 },
      { cidr: 'fd00:20::/64', vlan: 20 },
    ],
    kinds: ['production'],
    link: 'eth1',
  });
  const office = zone(world, 'office', { networks: [{ cidr: '10.50.0.0/24', vlan: 50 }], kinds: ['corporate'] });
  const suite = { ...host(world, production.zone, 'suite', '10.20.0.5', 'FD00:20:0::5'), macs: ['02:00:00:00:00:05'] };
  for (const command of [production, office, suite, zone(world, 'internet', { kinds: ['internet'], trust: 0 })])
    ask(world, command);
  return { world, production: production.zone, office: office.zone, suite: suite.host };
}

test('a zone that does not fit is refused, and says why', () => {
  const { world } = scene();
  const project = addProject(world, 'alpha');
  const rows: readonly (readonly [string, Partial<CommandOf<'add-zone'>>])[] = [
    ['yes', { networks: [{ cidr: '10.30.0.0/24' }, { cidr: 'fd00:30::/64' }] }],
    ['bad-network', { networks: [{ cidr: '10.30.0.5/24' }] }],
    ['bad-network', { networks: [{ cidr: '10.30.0.0/33' }] }],
    ['bad-network', { networks: [{ cidr: 'eth0' }] }],
    ['bad-network', { networks: [{ cidr: '0.0.0.0/0' }] }],
    ['bad-network', { networks: [{ cidr: '::/0' }] }],
    ['networks-overlap', { networks: [{ cidr: '10.20.0.0/24' }] }],
    ['networks-overlap', { networks: [{ cidr: '10.20.0.128/25' }] }],
    ['networks-overlap', { networks: [{ cidr: '10.20.0.0/16' }] }],
    ['networks-overlap', { networks: [{ cidr: 'fd00::/16' }] }],
    ['networks-overlap', { networks: [{ cidr: '10.30.0.0/24' }, { cidr: '10.30.0.0/25' }] }],
    ['vlan-taken', { networks: [{ cidr: '10.30.0.0/24', vlan: 20 }] }],
    ['link-taken', { link: 'eth1' }],
    ['yes', { link: 'eth2' }],
    ['internet-taken', { kinds: ['internet'] }],
    ['internet-alone', { kinds: ['internet'], networks: [{ cidr: '10.30.0.0/24' }] }],
    ['internet-alone', { kinds: ['internet', 'guest'] }],
    ['enclave-needs-project', { kinds: ['enclave'] }],
    ['unknown-project', { kinds: ['enclave'], project: numberedId('project', 900) }],
    ['yes', { kinds: ['enclave'], project }],
    ['yes', { kinds: ['production', 'render', 'storage'] }],
    ['yes', { kinds: ['core', 'mgmt'] }],
    ['kinds-apart', { kinds: ['production', 'corporate'] }],
    ['kinds-apart', { kinds: ['dataio', 'storage'] }],
    ['kinds-apart', { kinds: ['vault', 'core'] }],
    ['name-taken', { name: 'office' }],
    // Words that a packet filter reserves are names like any other.
    ...['drop', 'table', 'inet', 'fwd', 'log', 'limit', 'ct', 'a"; drop'].map((name) => ['yes', { name }] as const),
  ];
  for (const [expected, rest] of rows)
    assert.equal(verdict(world, zone(world, 'new', rest)), expected, JSON.stringify(rest));
});

test('a refusal names both zones, and the network that was meant', () => {
  const { world } = scene();
  const says = (command: Command) => {
    try {
      ask(world, command);
    } catch (cause) {
      return String(cause);
    }
    return 'accepted';
  };
  assert.match(
    says(zone(world, 'new', { networks: [{ cidr: '10.20.0.0/25' }] })),
    /10\.20\.0\.0\/25 of new .* production/,
  );
  assert.match(says(zone(world, 'new', { networks: [{ cidr: '10.30.0.5/24' }] })), /Write 10\.30\.0\.0\/24/);
});

test('a host that does not fit is refused, and says why', () => {
  const { world, production, office } = scene();
  const internet = world.state.zones.find(({ name }) => name === 'internet')?.id ?? assert.fail();
  const rows: readonly (readonly [string, ZoneId, readonly string[], Partial<CommandOf<'add-host'>>?])[] = [
    ['yes', production, ['10.20.0.6']],
    ['yes', production, ['10.20.0.6', 'fd00:20::6']],
    ['yes', production, []],
    ['bad-address', production, ['10.20.0']],
    ['bad-address', production, ['10.20.0.6/24']],
    ['bad-address', production, ['fe80::1%eth0']],
    ['bad-address', production, ['suite.local']],
    ['address-taken', production, ['10.20.0.5']],
    ['address-taken', production, ['::ffff:10.20.0.5']],
    ['address-taken', production, ['fd00:20::0:5']],
    ['mac-taken', production, ['10.20.0.6'], { macs: ['02:00:00:00:00:05'] }],
    ['outside-zone', production, ['10.50.0.6']],
    ['outside-zone', production, ['192.168.1.5']],
    ['outside-zone', production, ['10.20.0.6', '192.168.1.5']],
    // Dual-homed: recorded as what it is; invariant I6 judges it.
    ['yes', production, ['10.20.0.6', '10.50.0.6']],
    ['yes', internet, ['198.51.100.7']],
    ['outside-zone', internet, ['10.50.0.7']],
    ['name-taken', office, ['10.50.0.6'], { name: 'suite' }],
    ['unknown-person', office, ['10.50.0.6'], { owner: numberedId('person', 900) }],
    ['unknown-project', office, ['10.50.0.6'], { projects: [numberedId('project', 900)] }],
    ['unknown-zone', numberedId('zone', 900), ['10.50.0.6']],
    ['yes', office, ['10.50.0.6'], { name: 'accept' }],
  ];
  for (const [expected, at, addresses, rest = {}] of rows)
    assert.equal(verdict(world, { ...host(world, at, 'new', ...addresses), ...rest }), expected, addresses.join());
});

test('addresses are recorded in one form, and found however they are written', () => {
  const { world, suite } = scene();
  assert.deepEqual(world.state.hosts.get(suite)?.addresses, ['10.20.0.5', 'fd00:20::5']);
  for (const text of ['10.20.0.5', '::ffff:10.20.0.5', 'FD00:0020::0005'])
    assert.equal(hostAt(world.state, text)?.id, suite);
  ask(world, { kind: 'remove-host', host: suite });
  assert.equal(hostAt(world.state, '10.20.0.5'), undefined);
  assert.equal(world.state.index.hostByMac.size, 0);
});

test('a zone keeps the networks that its hosts live in', () => {
  const { world, production } = scene();
  const change = { kind: 'change-zone', zone: production, name: 'production', trust: 70 } as const;
  assert.equal(verdict(world, { ...change, networks: [{ cidr: '10.21.0.0/24' }] }), 'outside-zone');
  assert.equal(verdict(world, { ...change, networks: [{ cidr: '10.20.0.0/24' }] }), 'outside-zone', 'its IPv6 address');
  assert.equal(verdict(world, { ...change, networks: [{ cidr: '10.20.0.0/24' }, { cidr: 'fd00:20::/60' }] }), 'yes');
});

test('an import is judged by where it leads: hosts and networks may change places within it', () => {
  const { world, production, office, suite } = scene();
  const changes: NetworkChange[] = [
    { kind: 'change-zone', zone: production, name: 'production', trust: 70, networks: [{ cidr: '10.50.0.0/24' }] },
    { kind: 'change-host', host: suite, zone: production, name: 'suite', addresses: ['10.50.0.5'] },
    { kind: 'change-zone', zone: office, name: 'office', trust: 30, networks: [{ cidr: '10.20.0.0/24' }] },
  ];
  const whole = { kind: 'import-network', changes } as const;
  assert.equal(verdict(world, whole), 'yes');
  assert.equal(verdict(world, { ...whole, changes: changes.slice(0, 2) }), 'networks-overlap');
  assert.equal(verdict(world, { ...whole, changes: changes.slice(1) }), 'networks-overlap');
  const twins = ['a', 'b'].map((name) => host(world, office, name, '10.50.0.8'));
  assert.equal(verdict(world, { kind: 'import-network', changes: twins }), 'address-taken');
  ask(world, whole);
  assert.equal(hostAt(world.state, '10.50.0.5')?.id, suite);
});

test('a part of a zone lies within it, and a part of the internet outside of all zones', () => {
  const { world, production, suite } = scene();
  const internet = world.state.zones.find(({ name }) => name === 'internet')?.id ?? assert.fail();
  const service = newId(world, 'service');
  const ports = [{ protocol: 'tcp' as const, first: 443, last: 443 }];
  ask(world, { kind: 'define-service', service, name: 'https', ports, plane: 'data' });
  const to = { kind: 'host', host: suite } as const;
  for (const [at, cidr, expected] of [
    [internet, '198.51.100.0/24', 'yes'],
    [internet, '10.20.0.0/25', 'outside-zone'],
    [internet, '0.0.0.0/0', 'outside-zone'],
    [internet, '198.51.100.7', 'yes'],
    [production, '10.20.0.128/25', 'yes'],
    [production, '10.20.0.0/16', 'outside-zone'],
    [production, '10.20.0.129/25', 'bad-network'],
  ] as const) {
    const from = { kind: 'network', zone: at, cidr, name: 'partner' } as const;
    const flow = { flow: newId(world, 'flow'), service, from, to, class: 'proxy', owner: world.owner } as const;
    const command = { kind: 'add-flow', ...flow, reason: 'delivery', reviewBy: world.at + DAY_MS } as const;
    assert.equal(verdict(world, command), expected, cidr);
  }
});

test('an exception lifts something that is there', () => {
  const { world, suite } = scene();
  const owner = addPerson(world);
  const except = { kind: 'except-invariant', exception: newId(world, 'exception'), invariant: 'I6', owner } as const;
  const rest = { reason: 'two cards', until: world.at + DAY_MS };
  assert.equal(verdict(world, { ...except, ...rest, host: suite }), 'yes');
  assert.equal(verdict(world, { ...except, ...rest, host: numberedId('host', 900) }), 'unknown-host');
  assert.equal(verdict(world, { ...except, ...rest, flow: numberedId('flow', 900) }), 'unknown-flow');
  assert.equal(verdict(world, { ...except, ...rest }), 'exception-of-what');
});

test('a machine that is held with its owner or its project is not let go by giving it to another', () => {
  const { world, production, suite } = scene();
  const [she, he] = [addPerson(world), addPerson(world)];
  const [alpha, beta] = [addProject(world, 'alpha'), addProject(world, 'beta')];
  const base: CommandOf<'change-host'> = {
    kind: 'change-host',
    host: suite,
    zone: production,
    name: 'suite',
    addresses: ['10.20.0.5'],
  };
  const owned = { ...base, owner: she, projects: [alpha] };
  ask(world, owned);
  const cases: readonly (readonly [CommandOf<'quarantine'>['scope'], CommandOf<'change-host'>])[] = [
    [
      { kind: 'person', person: she },
      { ...owned, owner: he },
    ],
    [
      { kind: 'project', project: alpha },
      { ...owned, projects: [alpha, beta] },
    ],
  ];
  for (const [scope, given] of cases) {
    const quarantine = newId(world, 'quarantine');
    ask(world, { kind: 'quarantine', quarantine, cut: newId(world, 'cut'), scope, reason: 'a stolen laptop' });
    const tries: readonly CommandOf<'change-host' | 'remove-host'>[] = [
      given,
      base,
      { kind: 'remove-host', host: suite },
    ];
    for (const change of tries) {
      assert.equal(verdict(world, change), 'host-quarantined');
      assert.equal(verdict(world, { kind: 'import-network', changes: [change] }), 'host-quarantined');
    }
    assert.equal(verdict(world, { ...owned, name: 'suite 2' }), 'yes');
    ask(world, { kind: 'ask-release', quarantine, reason: 'cleaned' }, { person: she });
    ask(world, { kind: 'release-quarantine', quarantine }, { person: he });
    for (const change of [given, base]) assert.equal(verdict(world, change), 'yes');
  }
});

/** A flow, an exposure, an exception and a path that end an hour from now. */
function ending(): { readonly world: DrawnWorld; readonly at: number } {
  const { world, office, suite } = scene();
  const at = world.at + HOUR_MS;
  const service = newId(world, 'service');
  const ports = [{ protocol: 'tcp' as const, first: 22, last: 22 }];
  ask(world, { kind: 'define-service', service, name: 'ssh', ports, plane: 'management' });
  const answered = { owner: world.owner, reason: 'tonight', reviewBy: world.at + DAY_MS, until: at };
  const [from, to] = [{ kind: 'zone', zone: office } as const, { kind: 'host', host: suite } as const];
  ask(world, { kind: 'add-flow', flow: newId(world, 'flow'), service, from, to, class: 'admin', ...answered });
  const exposure = newId(world, 'exposure');
  ask(world, { kind: 'add-exposure', exposure, host: suite, service, publicName: 'ssh.example', ...answered });
  const exception = newId(world, 'exception');
  const owner = addPerson(world);
  ask(world, { kind: 'except-invariant', exception, invariant: 'I8', exposure, owner, reason: 'tonight', until: at });
  const session = newId(world, 'session');
  ask(world, { kind: 'open-session', session, person: owner, gate: 'shell', until: world.at + DAY_MS });
  const ends = { from: '10.50.0.1', to: '10.20.0.5', protocol: 'tcp', port: 22 } as const;
  ask(world, { kind: 'open-path', path: newId(world, 'path'), session, ...ends, until: at });
  return { world, at };
}

test('what has an end is ended by the clock, once, at its end and not before', () => {
  const { world, at } = ending();
  const make = () => newId(world, 'cut');
  const early = due(world.state, at - 1, make);
  assert.deepEqual(
    early.map(({ kind }) => kind),
    [],
  );
  assert.equal(nextDue(world.state), at);
  world.at = at;
  const commands = due(world.state, at, make);
  assert.deepEqual(
    commands.map(({ kind }) => kind),
    ['end-invariant-exception', 'remove-flow', 'remove-exposure', 'close-path'],
  );
  for (const command of commands) ask(world, command, { service: 'clock' });
  const { flows, exposures, exceptions, paths } = world.state.network;
  assert.deepEqual([flows.size, exposures.size, exceptions.size, paths.size], [0, 0, 0, 0]);
  assert.deepEqual(due(world.state, at, make), []);
  assert.equal(verdict(world, commands[1] ?? assert.fail(), CONSOLE), 'unknown-flow');
});

test('ten thousand paths do not make the clock slow', () => {
  const { world, at } = ending();
  const [path] = world.state.network.paths.values();
  assert.ok(path !== undefined);
  const paths = world.state.network.paths.withMutations((all) => {
    for (let n = 0; n < 10_000; n += 1)
      all.set(numberedId('path', 100_000 + n) as PathId, {
        ...path,
        session: path.session as SessionId,
        until: at + n,
      });
  });
  const state = { ...world.state, network: { ...world.state.network, paths } };
  const begun = threadMs();
  for (let n = 0; n < 1000; n += 1) assert.equal(nextDue({ ...state, size: state.size + n }), at);
  assert.ok(threadMs() - begun < 500, 'a horizon is found once for each change of the paths');
});

test('an exception leaves with the rule that it lifts something for, and with no other', () => {
  const { world } = ending();
  const [flow] = world.state.network.flows.values();
  const [exposure] = world.state.network.exposures.values();
  assert.ok(flow !== undefined && exposure !== undefined);
  assert.deepEqual(
    [...world.state.network.exceptions.values()].map((one) => one.exposure),
    [exposure.id],
  );
  ask(world, { kind: 'remove-flow', flow: flow.id, reason: 'gone' });
  assert.equal(world.state.network.exceptions.size, 1);
  ask(world, { kind: 'remove-exposure', exposure: exposure.id, reason: 'gone' });
  assert.equal(world.state.network.exceptions.size, 0);
});

test('the seats of whoever is closed out are fixed with the order, because their paths end with it', () => {
  const { world, production: zone } = scene();
  const [person, project] = [addPerson(world), addProject(world, 'beta')];
  for (const [name, role, address] of [
    ['edit-07', 'workstation', '10.20.0.7'],
    ['gate-1', 'broker', '10.20.0.8'],
  ] as const)
    ask(world, { kind: 'add-host', host: newId(world, 'host'), zone, name, role, addresses: [address] });
  const session = newId(world, 'session');
  const until = world.at + DAY_MS;
  ask(world, { kind: 'open-session', session, person, project, gate: 'desktop', until });
  const ends = { from: '10.20.0.8', to: '10.20.0.7', protocol: 'tcp', port: 5900 } as const;
  ask(world, { kind: 'open-path', path: newId(world, 'path'), session, ...ends, until: world.at + HOUR_MS });
  const before = world.state;
  for (const scope of [{ kind: 'person', person } as const, { kind: 'project', project } as const]) {
    const quarantine = newId(world, 'quarantine');
    ask(world, { kind: 'quarantine', quarantine, cut: newId(world, 'cut'), scope, reason: 'odd traffic' });
    const { network } = world.state;
    assert.equal(network.paths.size, 0);
    assert.deepEqual(
      network.quarantines.get(quarantine)?.seats,
      ['10.20.0.7'],
      'and not the broker, which serves others',
    );
    world.state = before;
  }
});

test('a quarantined machine ends the sessions that lead to it as well, and holds no credential of those', () => {
  const { world, suite } = scene();
  const person = addPerson(world);
  const credential = newId(world, 'credential');
  const until = world.at + DAY_MS;
  const what = { type: 'ssh-key', algorithm: 'ssh-ed25519', publicKey: 'k', fingerprint: 'SHA256:k' } as const;
  ask(world, { kind: 'add-credential', credential, person, what, label: 'at home', expiresAt: until });
  const open = (from: string) => {
    const session = newId(world, 'session');
    ask(world, { kind: 'open-session', session, person, gate: 'desktop', until, from, credential });
    return session;
  };
  const [there, other] = [open('203.0.113.9'), open('203.0.113.9')];
  const path = newId(world, 'path');
  const ends = { from: '10.50.0.1', to: '10.20.0.5', protocol: 'tcp', port: 5900 } as const;
  ask(world, { kind: 'open-path', path, session: there, ...ends, until: world.at + HOUR_MS });
  const [quarantine, cut] = [newId(world, 'quarantine'), newId(world, 'cut')];
  ask(world, { kind: 'quarantine', quarantine, cut, scope: { kind: 'host', host: suite }, reason: 'odd traffic' });
  const { sessions, network, cuts } = world.state;
  assert.equal(sessions.get(there)?.cutOrdered, cut, 'its session is cut, not only its path');
  assert.equal(sessions.get(other)?.cutOrdered, undefined);
  assert.equal(network.paths.size, 0);
  assert.deepEqual(network.quarantines.get(quarantine)?.credentials, []);
  const scope = cuts.get(cut)?.scope;
  assert.deepEqual(scope?.kind === 'host' ? scope.sessions : undefined, [there]);
});
