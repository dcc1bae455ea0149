import { test } from 'node:test';
import { Map as PMap } from 'immutable';
import assert from 'node:assert/strict';
import { ask, newId } from '#model/drawn-world.ts';
import { TIME_MAX } from '#model/limits.ts';
import { addressPlan, zoneAt, zoneSet } from '#plan/network/address-plan.ts';
import { EVERYWHERE, addressSet, both, isNowhere, renderSpan, uniteAll } from '#plan/network/address-set.ts';
import { compilePolicy } from '#plan/network/compile-policy.ts';
import { surplusOf } from '#plan/network/difference.ts';
import { DENY_ALL } from '#plan/network/policy.ts';
import { mayReach, refusedPacket, regionOf } from '#plan/network/reach.ts';
import { drawFacility, openPaths } from '#plan/network/test-facility.ts';
import type { DrawnFacility } from '#plan/network/test-facility.ts';

function addressOf({ world, hosts }: DrawnFacility, name: string, family: 0 | 1 = 0): string {
  const id = hosts.get(name);
  const address = id === undefined ? undefined : world.state.hosts.get(id)?.addresses[family];
  assert.ok(address !== undefined, `${name} is drawn`);
  return address;
}

test('an empty policy lets nothing pass', () => {
  assert.deepEqual(mayReach(DENY_ALL, { from: '0.0.0.0/0', to: '0.0.0.0/0' }), { may: false, because: [] });
  assert.deepEqual(mayReach(DENY_ALL, { from: '::/0', to: '::/0' }), { may: false, because: [] });
});

test('a facility without zones, hosts and flows is deny-all', () => {
  const { world } = drawFacility('small');
  const { state } = world;
  const empty = { ...state, network: { ...state.network, flows: state.network.flows.clear() } };
  const bare = { ...empty, network: { ...empty.network, exposures: state.network.exposures.clear() } };
  assert.deepEqual(compilePolicy(bare, world.at), DENY_ALL);
});

test('the policy is a function of state and instant, in one order', () => {
  const facility = drawFacility('mid');
  openPaths(facility, 50);
  const { state, at } = facility.world;
  const flows = PMap([...state.network.flows].reverse());
  const paths = PMap([...state.network.paths].reverse());
  const shuffled = { ...state, network: { ...state.network, flows, paths } };
  assert.deepEqual(compilePolicy(shuffled, at), compilePolicy(state, at));
});

test('what the small facility allows, in both families', () => {
  const facility = drawFacility('small');
  const { state, at } = facility.world;
  const policy = compilePolicy(state, at);
  const rows: readonly (readonly [string, string, 'tcp' | 'udp', number, boolean])[] = [
    ['seat-1', 'drives', 'tcp', 445, true],
    ['seat-1', 'drives', 'tcp', 446, false],
    ['seat-1', 'drives', 'udp', 445, false],
    ['seat-1', 'log', 'tcp', 6514, true],
    ['office-1', 'nas-1', 'tcp', 445, false],
    ['vault', 'nas-1', 'tcp', 2049, true],
    ['nas-1', 'vault', 'tcp', 2049, false],
    ['bastion', 'seat-1', 'tcp', 22, true],
  ];
  for (const [from, to, protocol, port, may] of rows) {
    for (const family of [0, 1] as const) {
      const question = { from: addressOf(facility, from, family), to: addressOf(facility, to, family), protocol, port };
      assert.equal(mayReach(policy, question).may, may, `${from} -> ${to} ${protocol} ${port}`);
    }
  }
  assert.equal(mayReach(policy, { from: '8.8.8.8', to: addressOf(facility, 'portal'), port: 443 }).may, true);
  assert.equal(mayReach(policy, { from: '8.8.8.8', to: addressOf(facility, 'seat-1') }).may, false);
});

test('a path ends at its end, and both ends of the span are exact', () => {
  const facility = drawFacility('small');
  openPaths(facility, 1);
  const { state, at } = facility.world;
  const path = [...state.network.paths.values()][0];
  assert.ok(path !== undefined);
  const policy = compilePolicy(state, at);
  const question = { from: path.from, to: path.to, protocol: path.protocol, port: path.port } as const;
  assert.equal(mayReach(policy, { ...question, at }).may, true);
  assert.equal(mayReach(policy, { ...question, at: path.until - 1 }).may, true);
  assert.equal(mayReach(policy, { ...question, at: path.until }).may, false);
  assert.equal(mayReach(policy, question).last, path.until - 1);
  assert.equal(
    compilePolicy(state, path.until).v4.some(({ because }) => because === path.id),
    false,
  );
});

test('quarantine dominates whatever a rule says, and its release shows as what newly opens', () => {
  const facility = drawFacility('small');
  const { world } = facility;
  const host = facility.hosts.get('seat-1');
  assert.ok(host !== undefined);
  const before = compilePolicy(world.state, world.at);
  const quarantine = newId(world, 'quarantine');
  const cut = newId(world, 'cut');
  ask(world, { kind: 'quarantine', quarantine, scope: { kind: 'host', host }, reason: 'odd traffic', cut });
  const after = compilePolicy(world.state, world.at);
  const question = { from: addressOf(facility, 'seat-1'), to: addressOf(facility, 'drives') };
  assert.equal(mayReach(before, question).may, true);
  assert.equal(mayReach(after, question).may, false);
  assert.ok(refusedPacket(after, regionOf({ ...question, protocol: 'tcp', port: 445 })));
  assert.deepEqual(surplusOf(after, before), { surplus: [], volume: 0n });
  const released = surplusOf(before, after).surplus;
  const ends = released.flatMap(({ packet }) => [packet.from, packet.to]);
  assert.ok(released.length > 0);
  for (const { packet } of released) {
    assert.ok([packet.from, packet.to].some((end) => facility.world.state.hosts.get(host)?.addresses.includes(end)));
  }
  assert.ok(ends.includes(addressOf(facility, 'seat-1')));
});

test('zones are disjoint, a nested network is its own zone, and the rest is the internet', () => {
  const { world } = drawFacility('small');
  const inner = newId(world, 'zone');
  const outer = [...world.state.zones.values()].find(({ name }) => name === 'production');
  assert.ok(outer !== undefined);
  const zones = world.state.zones.set(inner, {
    id: inner,
    name: 'nested',
    trust: 70,
    networks: [{ cidr: '10.20.8.64/26' }],
    kinds: ['enclave'],
  });
  const plan = addressPlan(zones);
  assert.equal(zoneAt(plan, addressSet('10.20.8.64').v4[0]?.first ?? 0), inner);
  assert.equal(zoneAt(plan, addressSet('10.20.8.63').v4[0]?.first ?? 0), outer.id);
  assert.equal(zoneAt(plan, addressSet('10.20.8.128').v4[0]?.first ?? 0), outer.id);
  assert.equal(zoneAt(plan, addressSet('192.0.2.1').v4[0]?.first ?? 0), undefined);
  const sets = [...zones.values()].map(({ id }) => zoneSet(plan, id));
  for (const [i, a] of sets.entries()) for (const b of sets.slice(i + 1)) assert.ok(isNowhere(both(a, b)));
  const unrouted = ['0.0.0.0/8', '127.0.0.0/8', '169.254.0.0/16', '224.0.0.0/3', '::/127', 'fe80::/10', 'ff00::/8'];
  assert.deepEqual(uniteAll([...sets, ...unrouted.map(addressSet)]), EVERYWHERE);
  assert.deepEqual(zoneSet(plan, outer.id).v4.map(renderSpan), ['10.20.8.0/26', '10.20.8.128-10.20.15.255']);
});

test('one port more in one rule is exactly the surplus', () => {
  const { world } = drawFacility('mid');
  const policy = compilePolicy(world.state, world.at);
  const [first] = policy.v4;
  assert.ok(first !== undefined);
  const wider = { ...first, port: { first: first.port.first, last: first.port.last + 1 } };
  const changed = { ...policy, v4: [wider, ...policy.v4.slice(1)] };
  const { surplus, volume } = surplusOf(changed, policy);
  assert.deepEqual(
    surplus.map(({ box, because }) => [because, box.port, box.time]),
    [[first.because, { first: first.port.last + 1, last: first.port.last + 1 }, { first: world.at, last: TIME_MAX }]],
  );
  assert.ok(volume > 0n);
  assert.deepEqual(surplusOf(policy, changed).surplus, []);
});
