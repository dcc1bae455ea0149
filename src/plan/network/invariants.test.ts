/** Each invariant has a world in which it holds and worlds in which it does not; a breach names its rule and a packet that really passes. */
import { test } from 'node:test';
import assert from 'node:assert/strict';
import { ask, newId } from '#model/drawn-world.ts';
import { DAY_MS, HOUR_MS } from '#model/limits.ts';
import type { InvariantId, ZoneKind } from '#model/network-shapes.ts';
import type { State } from '#model/state.ts';
import { compilePolicy } from '#plan/network/compile-policy.ts';
import { proveInvariants } from '#plan/network/invariants.ts';
import type { InvariantReport } from '#plan/network/invariants.ts';
import { mayReach } from '#plan/network/reach.ts';
import { drawSound } from '#plan/network/test-sound-facility.ts';
import { addFlow, host, zone } from '#plan/network/test-flows.ts';
import { drawFacility, openPaths } from '#plan/network/test-facility.ts';
import type { DrawnFacility } from '#plan/network/test-facility.ts';
import { protocol as protocols } from '#model/network-shapes.ts';

function hostId({ hosts }: DrawnFacility, name: string) {
  const id = hosts.get(name);
  assert.ok(id !== undefined, `${name} is drawn`);
  return id;
}

function report(state: State, id: InvariantId, at: number): InvariantReport {
  const found = proveInvariants(state, at).invariants.find((one) => one.id === id);
  assert.ok(found !== undefined);
  return found;
}

/** What breaks after the change; its packet passes by the policy, because of the rule that is named. */
function broken(facility: DrawnFacility, id: InvariantId): readonly string[] {
  const { state, at } = facility.world;
  const policy = compilePolicy(state, at);
  const { violations, holds } = report(state, id, at);
  for (const { packet, rule } of violations) {
    if (packet === undefined || rule === undefined) continue;
    const protocol = protocols.parse(packet.protocol === 'icmpv6' ? 'icmp' : packet.protocol);
    const question = { from: packet.from, to: packet.to, protocol, at: packet.at };
    const answer = mayReach(policy, packet.port === undefined ? question : { ...question, port: packet.port });
    assert.ok(answer.because.includes(rule), `${id}: ${JSON.stringify(packet)} passes because of ${rule}`);
  }
  assert.equal(
    holds,
    violations.every(({ standing }) => standing === 'excepted'),
  );
  return violations.flatMap(({ rule, host: of, zone: where }) => rule ?? of ?? where ?? 'facility');
}

const ALL: readonly InvariantId[] = ['I2', 'I3', 'I4', 'I5', 'I6', 'I7', 'I8', 'I9', 'I10', 'I11', 'I12', 'I13'];

for (const size of ['small', 'mid', 'large'] as const) {
  test(`a ${size} facility as it should be holds every invariant of the model`, () => {
    const facility = drawSound(size);
    openPaths(facility, 40);
    const { state, at } = facility.world;
    for (const id of ALL) assert.deepEqual([id, report(state, id, at).violations], [id, []]);
    assert.ok(ALL.every((id) => report(state, id, at).holds === true));
  });
}

/** One wrong rule for each invariant: the flow that is added is the rule that is named. */
const WRONG: readonly (readonly [InvariantId, string, (f: DrawnFacility) => string])[] = [
  [
    'I1',
    'everything from zone to zone',
    (f) => {
      const service = newId(f.world, 'service');
      ask(f.world, { kind: 'define-service', service, name: 'all', plane: 'data', ports: [{ protocol: 'any' }] });
      return addFlow(f, zone(f, 'production'), zone(f, 'storage'), 'smb', { service });
    },
  ],
  ['I2', 'the internet reaches the core', (f) => addFlow(f, zone(f, 'internet'), host(f, 'mirror'), 'https')],
  ['I2', 'the internet reaches an unlisted port', (f) => addFlow(f, zone(f, 'internet'), host(f, 'portal'), 'sftp')],
  ['I3', 'the office reaches the core', (f) => addFlow(f, zone(f, 'corporate'), host(f, 'mirror'), 'https')],
  [
    'I3',
    'a class is no excuse elsewhere',
    (f) => addFlow(f, zone(f, 'corporate'), zone(f, 'production'), 'dns', { class: 'core-service' }),
  ],
  [
    'I3',
    'an admin who is no bastion',
    (f) => addFlow(f, host(f, 'office-1'), host(f, 'nas-1'), 'ssh', { class: 'admin' }),
  ],
  ['I4', 'production goes out', (f) => addFlow(f, host(f, 'seat-1'), zone(f, 'internet'), 'https')],
  [
    'I4',
    'a proxy that is a zone',
    (f) => addFlow(f, zone(f, 'core'), zone(f, 'internet'), 'https', { class: 'proxy' }),
  ],
  ['I5', 'production to the office', (f) => addFlow(f, zone(f, 'production'), zone(f, 'corporate'), 'https')],
  [
    'I5',
    'production to transfer, past data I/O',
    (f) => addFlow(f, zone(f, 'production'), zone(f, 'transfer'), 'sftp'),
  ],
  ['I5', 'data I/O to the internet, past transfer', (f) => addFlow(f, zone(f, 'dataio'), zone(f, 'internet'), 'https')],
  [
    'I7',
    'a standing way to a seat',
    (f) => addFlow(f, host(f, 'broker'), host(f, 'seat-1'), 'https', { class: 'broker' }),
  ],
  ['I9', 'another name for an admin port', (f) => addFlow(f, zone(f, 'production'), host(f, 'nas-1'), 'sftp')],
  ['I9', 'an admin port from the office', (f) => addFlow(f, zone(f, 'corporate'), host(f, 'portal'), 'ssh')],
  ['I10', 'cameras reach storage', (f) => addFlow(f, zone(f, 'physec'), zone(f, 'storage'), 'smb')],
  ['I10', 'guests reach transfer', (f) => addFlow(f, zone(f, 'guest'), host(f, 'transfer'), 'https')],
  ['I11', 'production writes to the vault', (f) => addFlow(f, zone(f, 'production'), host(f, 'vault'), 'https')],
  ['I11', 'the vault reaches production', (f) => addFlow(f, host(f, 'vault'), zone(f, 'production'), 'smb')],
  ['I13', 'production reaches an enclave', (f) => addFlow(f, zone(f, 'production'), host(f, 'e1-storage'), 'smb')],
];

for (const [id, what, change] of WRONG) {
  test(`${id}: ${what}`, () => {
    const facility = drawSound('mid');
    assert.deepEqual(
      broken(facility, id).filter((subject) => subject !== 'facility'),
      [],
    );
    const rule = change(facility);
    assert.deepEqual(
      [...new Set(broken(facility, id))].filter((subject) => subject !== 'facility'),
      [rule],
    );
  });
}

test('I4: a host in between that goes out freely is found, and a proxy in its place is not', () => {
  const facility = drawSound('mid');
  const { world } = facility;
  const out = addFlow(facility, host(facility, 'directory'), zone(facility, 'internet'), 'https');
  const found = report(world.state, 'I4', world.at).violations;
  assert.ok(found.length > 0);
  for (const { says } of found) assert.match(says, /reaches what goes out freely: directory/);
  ask(world, { kind: 'remove-flow', flow: out, reason: 'it is a proxy' });
  addFlow(facility, host(facility, 'directory'), zone(facility, 'internet'), 'https', { class: 'proxy' });
  assert.equal(report(world.state, 'I4', world.at).holds, true);
});

test('I5: a way around through the core is found at its outer end', () => {
  const facility = drawSound('mid');
  const { world } = facility;
  const inner = addFlow(facility, host(facility, 'mirror'), zone(facility, 'production'), 'https');
  assert.equal(report(world.state, 'I5', world.at).holds, true);
  const outer = addFlow(facility, host(facility, 'mirror'), zone(facility, 'corporate'), 'https');
  const rules = report(world.state, 'I5', world.at).violations.map(({ rule }) => rule);
  assert.ok(rules.includes(outer));
  assert.ok(rules.every((rule) => rule === outer || rule === inner));
});

test('I5: production folded with the outside, or with a step of the way, is a breach of the zone', () => {
  const facility = drawSound('mid');
  const { world } = facility;
  const production = world.state.zones.get(facility.zones.get('production') ?? ('' as never)); // drawn
  assert.ok(production !== undefined);
  const { id, ...data } = production;
  for (const kinds of [
    ['production', 'corporate'],
    ['production', 'dataio'],
  ] as const) {
    const zones = world.state.zones.set(id, { id, ...data, kinds: [...kinds] });
    const { violations } = report({ ...world.state, zones }, 'I5', world.at);
    assert.ok(violations.some(({ zone: of }) => of === id));
  }
});

test('I6: a host with a foot in two zones, and one network card under two names', () => {
  const facility = drawSound('mid');
  const { world } = facility;
  const seat = world.state.hosts.get(hostId(facility, 'seat-1'));
  const office = world.state.hosts.get(hostId(facility, 'office-1'));
  assert.ok(seat !== undefined && office !== undefined);
  const dual = world.state.hosts.set(seat.id, { ...seat, addresses: [...seat.addresses, office.addresses[0] ?? ''] });
  const found = report({ ...world.state, hosts: dual }, 'I6', world.at).violations;
  assert.deepEqual(
    found.map(({ host: of }) => of),
    [seat.id],
  );
  assert.match(found[0]?.says ?? '', /production.*corporate|corporate.*production/);
  const macs = ['02:00:00:00:00:01'];
  const twice = world.state.hosts.set(seat.id, { ...seat, macs }).set(office.id, { ...office, macs });
  assert.equal(report({ ...world.state, hosts: twice }, 'I6', world.at).violations.length, 1);
});

test('I6: a network of the internet is no inner zone, whatever it is called; outside it may be what it is', () => {
  const { world } = drawSound('mid');
  const zone = newId(world, 'zone');
  const rows: readonly (readonly [string, ZoneKind, boolean])[] = [
    ['203.0.113.0/24', 'core', true],
    ['203.0.113.0/24', 'storage', true],
    ['64.0.0.0/2', 'mgmt', true],
    ['2001:db8:1::/48', 'transfer', true],
    ['203.0.113.0/24', 'dmz', false],
    ['100.64.3.0/24', 'core', false],
    ['fd77::/64', 'storage', false],
  ];
  for (const [cidr, kind, breaks] of rows) {
    const added = { id: zone, name: 'there', trust: 90, networks: [{ cidr }], kinds: [kind] };
    const { violations } = report({ ...world.state, zones: world.state.zones.set(zone, added) }, 'I6', world.at);
    assert.deepEqual(
      violations.map(({ zone: of }) => of),
      breaks ? [zone] : [],
      `${cidr} as ${kind}`,
    );
  }
});

test('I5: a seat is no proxy', () => {
  const facility = drawSound('small');
  const { world } = facility;
  const [service] = world.state.network.services.keys();
  assert.ok(service !== undefined);
  const flow = newId(world, 'flow');
  const [from, to] = ['seat-1', 'portal'].map((name) => ({ kind: 'host' as const, host: hostId(facility, name) }));
  assert.ok(from !== undefined && to !== undefined);
  const answered = { owner: world.owner, reason: 'a try', reviewBy: world.at + DAY_MS };
  ask(world, { kind: 'add-flow', flow, service, from, to, class: 'proxy', ...answered });
  assert.deepEqual(
    report(world.state, 'I5', world.at).violations.map(({ rule }) => rule),
    [flow],
  );
});

test('I7: a path whose session is gone, that outlives it, or whose ends nobody declared', () => {
  const facility = drawSound('mid');
  openPaths(facility, 1);
  const { world } = facility;
  const { state, at } = world;
  const [path] = [...state.network.paths.values()];
  assert.ok(path !== undefined);
  const session = state.sessions.get(path.session);
  assert.ok(session !== undefined);
  assert.equal(report(state, 'I7', at).holds, true);
  const gone = { ...state, sessions: state.sessions.delete(path.session) };
  assert.deepEqual(
    report(gone, 'I7', at).violations.map(({ rule }) => rule),
    [path.id],
  );
  const shorter = { ...state, sessions: state.sessions.set(session.id, { ...session, until: path.until - 1 }) };
  assert.equal(report(shorter, 'I7', at).holds, false);
  const paths = state.network.paths.set(path.id, { ...path, to: '10.20.9.200' });
  assert.equal(report({ ...state, network: { ...state.network, paths } }, 'I7', at).holds, false);
});

test('I8: each old service, alone or inside a range, and not through the office', () => {
  const rows = [
    ['tcp', 23, 23],
    ['tcp', 21, 21],
    ['tcp', 80, 80],
    ['tcp', 440, 450],
    ['udp', 161, 161],
    ['tcp', 3389, 3389],
    ['tcp', 5900, 5900],
  ] as const;
  for (const [protocol, first, last] of rows) {
    const facility = drawSound('mid');
    const { world } = facility;
    const service = newId(world, 'service');
    ask(world, { kind: 'define-service', service, name: 'old', plane: 'data', ports: [{ protocol, first, last }] });
    const flow = addFlow(facility, zone(facility, 'internet'), host(facility, 'portal'), 'https', { service });
    assert.deepEqual(broken(facility, 'I8'), [flow]);
    const [violation] = report(world.state, 'I8', world.at).violations;
    assert.ok(violation?.packet?.port !== undefined && violation.packet.port >= first && violation.packet.port <= last);
  }
});

test('I12: an overdue review, and an owner who left', () => {
  const facility = drawSound('mid');
  const { world } = facility;
  assert.equal(report(world.state, 'I12', world.at).holds, true);
  assert.equal(report(world.state, 'I12', world.at + 91 * DAY_MS).holds, false);
  const owner = facility.people[0];
  assert.ok(owner !== undefined);
  const flow = addFlow(facility, zone(facility, 'production'), zone(facility, 'storage'), 'smb', { owner });
  const person = world.state.people.get(owner);
  assert.ok(person !== undefined);
  const people = world.state.people.set(owner, { ...person, standing: 'suspended' });
  const found = report({ ...world.state, people }, 'I12', world.at).violations;
  assert.deepEqual(
    found.map(({ rule }) => rule),
    [flow],
  );
});

test("I13: storage elsewhere that names an enclave's title is its share, wherever it stands", () => {
  const facility = drawFacility('mid');
  const { world } = facility;
  const found = report(world.state, 'I13', world.at).violations;
  assert.ok(found.length > 0);
  for (const { says } of found) assert.match(says, /holds the share of enclave-1/);
});

test('I1 and I14 hold only where a gateway enforces, and say unknown where nobody has looked', () => {
  const facility = drawSound('mid');
  const { world } = facility;
  assert.equal(report(world.state, 'I1', world.at).holds, false);
  assert.equal(report(world.state, 'I14', world.at).holds, 'unknown');
  ask(world, { kind: 'change-network-mode', mode: 'enforce' });
  assert.equal(report(world.state, 'I1', world.at).holds, 'unknown');
  const apply = newId(world, 'apply');
  const sha = '0'.repeat(64);
  const facts = { fromSize: 1, rulesSha256: sha, listingSha256: sha, elements: 1, commitMs: 1 };
  ask(world, { kind: 'record-apply', apply, mode: 'enforce', ...facts });
  assert.equal(report(world.state, 'I1', world.at).holds, true);
  assert.equal(report(world.state, 'I14', world.at).holds, true);
  const seen = { says: 'seen', next: 'look' };
  const [office, seat] = ['office-1', 'seat-1'].map(
    (name) => world.state.hosts.get(hostId(facility, name))?.addresses[0],
  );
  assert.ok(office !== undefined && seat !== undefined);
  const stray = { key: 's', finding: 'stray-flow', from: office, to: seat, protocol: 'tcp', port: 445 } as const;
  ask(world, { kind: 'record-network-finding', found: { ...stray, ...seen } });
  assert.equal(report(world.state, 'I14', world.at).holds, false);
  ask(world, { kind: 'settle-network-finding', key: 's' });
  assert.equal(report(world.state, 'I14', world.at).holds, true);
  ask(world, { kind: 'record-network-finding', found: { ...stray, finding: 'would-refuse', ...seen } });
  assert.equal(report(world.state, 'I14', world.at).holds, false, 'what would be refused was on the wire, too');
  addFlow(facility, zone(facility, 'corporate'), zone(facility, 'production'), 'smb');
  assert.equal(report(world.state, 'I14', world.at).holds, true, 'somebody has allowed it since');
  ask(world, { kind: 'record-network-finding', found: { key: 'blind', finding: 'unobserved', ...seen } });
  assert.equal(report(world.state, 'I14', world.at).holds, 'unknown', 'nobody looks');
  ask(world, { kind: 'settle-network-finding', key: 'blind' });
  const device = { key: 'd', finding: 'unknown-device', mac: '02:00:00:00:00:09' } as const;
  ask(world, { kind: 'record-network-finding', found: { ...device, from: office, ...seen } });
  assert.equal(report(world.state, 'I14', world.at).holds, true, 'the office holds no content');
  ask(world, { kind: 'record-network-finding', found: { ...device, key: 'd2', from: seat, ...seen } });
  assert.equal(report(world.state, 'I14', world.at).holds, false);
  ask(world, { kind: 'record-network-finding', found: { key: 'x', finding: 'drift', ...seen } });
  assert.equal(report(world.state, 'I1', world.at).holds, false);
});

test('a zone that does not say what it is for makes the answer unknown, never yes', () => {
  const facility = drawSound('small');
  const { world } = facility;
  const dmz = world.state.zones.get(facility.zones.get('dmz') ?? ('' as never)); // drawn
  assert.ok(dmz !== undefined);
  const { kinds: _, ...rest } = dmz;
  const state = { ...world.state, zones: world.state.zones.set(dmz.id, rest) };
  assert.equal(report(state, 'I2', world.at).holds, 'unknown');
  assert.equal(report(state, 'I5', world.at).holds, 'unknown');
  assert.equal(report(state, 'I6', world.at).holds, true);
});

test('an exception lifts a breach until it ends; an ended one counts for nothing', () => {
  const facility = drawSound('mid');
  const { world } = facility;
  const [owner] = facility.people;
  assert.ok(owner !== undefined);
  const until = world.at + 10 * DAY_MS;
  const flow = addFlow(facility, host(facility, 'seat-1'), zone(facility, 'internet'), 'https', { until });
  assert.deepEqual([...new Set(broken(facility, 'I4'))], [flow]);
  const exception = newId(world, 'exception');
  const lift = { kind: 'except-invariant', invariant: 'I4', flow, owner, reason: 'licence server' } as const;
  ask(world, { ...lift, exception, until: world.at + 5 * DAY_MS });
  const short = report(world.state, 'I4', world.at);
  assert.equal(short.holds, true);
  assert.equal(short.holdsUntil, world.at + 5 * DAY_MS);
  assert.deepEqual(
    short.violations.map(({ exceptedBy }) => exceptedBy),
    [exception],
  );
  assert.equal(report(world.state, 'I4', world.at + 5 * DAY_MS).holds, false);
  assert.equal(report(world.state, 'I5', world.at).holds, false, 'another invariant is not lifted');
  ask(world, { ...lift, exception: newId(world, 'exception'), until: until + HOUR_MS });
  assert.equal(report(world.state, 'I4', world.at).holdsUntil, undefined);
  assert.equal(report(world.state, 'I4', until).violations.length, 0, 'the flow ended with its time');
});

test('every proof prints what it rests on', () => {
  const { world } = drawSound('small');
  const text = proveInvariants(world.state, world.at).assumptions.join('\n');
  for (const word of ['spoof|Sources', 'below the gateway', 'IPv6', 'Multicast', 'clock'])
    assert.match(text, new RegExp(word));
});
