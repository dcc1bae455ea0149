/** What is remembered from one proof to the next never shows: after each of many changes, the proof is the one that remembers nothing. */
import { test } from 'node:test';
import assert from 'node:assert/strict';
import { ask, newId } from '#model/drawn-world.ts';
import type { State } from '#model/state.ts';
import { compilePolicy } from '#plan/network/compile-policy.ts';
import { surplusOf } from '#plan/network/difference.ts';
import { proveInvariants } from '#plan/network/invariants.ts';
import { newAccess } from '#plan/network/openings.ts';
import { drawFacility, openPaths } from '#plan/network/test-facility.ts';
import type { DrawnFacility } from '#plan/network/test-facility.ts';

/** The same facility in new maps and objects. */
function forgotten(state: State): State {
  const { network } = state;
  return {
    ...state,
    zones: state.zones.map((one) => ({ ...one })),
    hosts: state.hosts.map((one) => ({ ...one })),
    sessions: state.sessions.map((one) => ({ ...one })),
    network: {
      ...network,
      services: network.services.map((one) => ({ ...one })),
      flows: network.flows.map((one) => ({ ...one })),
      exposures: network.exposures.map((one) => ({ ...one })),
      paths: network.paths.map((one) => ({ ...one })),
    },
  };
}

function first<T>(all: Iterable<T>): T {
  for (const one of all) return one;
  return assert.fail('there is one');
}

const CHANGES: readonly (readonly [string, (facility: DrawnFacility) => void])[] = [
  ['a path more', (f) => openPaths(f, 1)],
  ['the broker is no broker any more', (f) => changeHost(f, 'broker', { role: 'server' })],
  ['and is one again', (f) => changeHost(f, 'broker', { role: 'broker' })],
  ['the DMZ becomes an office', (f) => changeZone(f, 'dmz', ['corporate'])],
  ['production becomes the vault', (f) => changeZone(f, 'production', ['vault'])],
  ['and holds the seats again', (f) => changeZone(f, 'production', ['production', 'render', 'storage'])],
  ['a seat moves', (f) => changeHost(f, 'seat-1', { zone: f.zones.get('office') ?? assert.fail() })],
  ['a session is cut', (f) => cutSession(f)],
  ['a seat has an admin port', (f) => addAdmin(f)],
  ['a service changes', (f) => changeService(f)],
];

function changeHost({ world, hosts }: DrawnFacility, name: string, more: object): void {
  const host = world.state.hosts.get(hosts.get(name) ?? assert.fail());
  assert.ok(host !== undefined);
  world.state = { ...world.state, hosts: world.state.hosts.set(host.id, { ...host, ...more }) };
}

function changeZone(
  { world, zones }: DrawnFacility,
  name: string,
  kinds: NonNullable<ReturnType<State['zones']['first']>>['kinds'],
): void {
  const zone = world.state.zones.get(zones.get(name) ?? assert.fail());
  assert.ok(zone !== undefined && kinds !== undefined);
  world.state = { ...world.state, zones: world.state.zones.set(zone.id, { ...zone, kinds }) };
}

function cutSession({ world }: DrawnFacility): void {
  const { session } = first(world.state.network.paths.values());
  world.state = { ...world.state, sessions: world.state.sessions.delete(session) };
}

function addAdmin({ world, hosts, services }: DrawnFacility): void {
  const [from, to] = ['bastion', 'seat-2'].map((name) => ({
    kind: 'host' as const,
    host: hosts.get(name) ?? assert.fail(),
  }));
  const service = newId(world, 'service');
  const ports = [{ protocol: 'tcp' as const, first: 5900, last: 5999 }];
  ask(world, { kind: 'define-service', service, name: 'admin screens', plane: 'management', ports });
  const line = { owner: world.owner, reason: 'a test', reviewBy: world.at + 1000, class: 'admin' } as const;
  assert.ok(from !== undefined && to !== undefined && services.size > 0);
  ask(world, { kind: 'add-flow', flow: newId(world, 'flow'), from, to, service, ...line });
}

function changeService({ world, services }: DrawnFacility): void {
  const service = services.get('https') ?? assert.fail();
  ask(world, {
    kind: 'define-service',
    service,
    name: 'https',
    plane: 'data',
    ports: [{ protocol: 'tcp', first: 23, last: 443 }],
  });
}

test('after every change the proof, the policy and what opens are those of a facility never seen before', () => {
  const facility = drawFacility('small');
  openPaths(facility, 20);
  const { world } = facility;
  const verdicts = new Set<string>();
  proveInvariants(world.state, world.at);
  for (const [what, change] of CHANGES) {
    const before = world.state;
    change(facility);
    const after = world.state;
    const fresh = forgotten(after);
    const proof = proveInvariants(after, world.at);
    assert.deepEqual(proof, proveInvariants(fresh, world.at), what);
    assert.deepEqual(compilePolicy(after, world.at), compilePolicy(fresh, world.at), what);
    const whole = surplusOf(compilePolicy(after, world.at), compilePolicy(before, world.at));
    const rules = [...new Set(whole.surplus.map(({ because }) => because))];
    assert.deepEqual(
      newAccess(before, after, world.at)
        .map(({ rule }) => rule)
        .sort(),
      rules.sort(),
      what,
    );
    verdicts.add(JSON.stringify(proof.invariants.map(({ holds }) => holds)));
  }
  assert.ok(verdicts.size >= 5, 'the changes matter');
});

test('a rule is there until its last millisecond', () => {
  const facility = drawFacility('small');
  openPaths(facility, 1);
  const { state } = facility.world;
  const { id, until } = first(state.network.paths.values());
  const has = (at: number) => compilePolicy(state, at).v4.some(({ because }) => because === id);
  assert.deepEqual([has(until - 1), has(until)], [true, false]);
});
