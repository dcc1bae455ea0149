/**
 * The invariants against an oracle that knows no rules, classes or crossings: it asks the compiled policy, as a set of packets, whether anything
 * passes from one set of zones to another. Over random facilities both must say the same.
 */
import { test } from 'node:test';
import assert from 'node:assert/strict';
import { ask, newId } from '#model/drawn-world.ts';
import { DAY_MS } from '#model/limits.ts';
import type { FlowEnd, InvariantId, ZoneKind } from '#model/network-shapes.ts';
import type { State } from '#model/state.ts';
import { addressPlan, zoneSet } from '#plan/network/address-plan.ts';
import { uniteAll } from '#plan/network/address-set.ts';
import type { AddressSet } from '#plan/network/address-set.ts';
import { compilePolicy } from '#plan/network/compile-policy.ts';
import { surplusOf } from '#plan/network/difference.ts';
import { proveInvariants } from '#plan/network/invariants.ts';
import type { Policy } from '#plan/network/policy.ts';
import { ALWAYS, ANY_SERVICE, reach } from '#plan/network/reach.ts';
import type { ZoneId } from '#std/ids.ts';
import { drawSound } from '#plan/network/test-sound-facility.ts';
import type { DrawnFacility } from '#plan/network/test-facility.ts';

const SEEDS = Array.from({ length: 60 }, (_, i) => i + 1);
const CONTENT: readonly ZoneKind[] = ['production', 'render', 'storage', 'enclave'];

function random(seed: number): (below: number) => number {
  let a = Math.imul(seed, 0x9e3779b1);
  return (below) => {
    a = Math.imul(a ^ (a >>> 15), 0x2c1b3c6d) + 0x6d2b79f5;
    a ^= a >>> 13;
    return (a >>> 0) % below;
  };
}

function addFlows({ world, zones, hosts, services }: DrawnFacility, seed: number): void {
  const next = random(seed);
  const [zoneIds, hostIds, serviceIds] = [[...zones.values()], [...hosts.values()], [...services.values()]];
  const end = (): FlowEnd => {
    const [zone, host] = [zoneIds[next(zoneIds.length)], hostIds[next(hostIds.length)]];
    assert.ok(zone !== undefined && host !== undefined);
    return next(3) === 0 ? { kind: 'host', host } : { kind: 'zone', zone };
  };
  for (let i = 0; i < 1 + next(2); i += 1) {
    const service = serviceIds[next(serviceIds.length)];
    assert.ok(service !== undefined);
    const [flow, from, to] = [newId(world, 'flow'), end(), end()];
    const [owner, reviewBy] = [world.owner, world.at + DAY_MS];
    ask(world, { kind: 'add-flow', flow, service, from, to, class: 'standard', owner, reason: 'random', reviewBy });
  }
}

function setOf({ zones }: State, kinds: readonly ZoneKind[], wanted = true): AddressSet {
  const plan = addressPlan(zones);
  const chosen = [...zones.values()].filter(
    (zone) => kinds.some((kind) => zone.kinds?.includes(kind) === true) === wanted,
  );
  return uniteAll(chosen.map(({ id }) => zoneSet(plan, id)));
}

function passes(policy: Policy, source: AddressSet, destination: AddressSet): boolean {
  return reach(policy, { source, destination, ports: ANY_SERVICE, time: ALWAYS }).may;
}

/** By sets alone: whether the outside reaches what no line of the inventory lists, or anything but the DMZ. */
function outsideComesIn(state: State, policy: Policy, at: number): boolean {
  const { network } = state;
  const listed = compilePolicy({ ...state, network: { ...network, flows: network.flows.clear() } }, at);
  const { surplus } = surplusOf(policy, listed);
  const beyond = surplus.map(({ box, because }) => ({ ...box, because }));
  const rest: Policy = {
    ...policy,
    v4: beyond.filter((box) => typeof box.source.first === 'number') as Policy['v4'], // by their family
    v6: beyond.filter((box) => typeof box.source.first === 'bigint') as Policy['v6'], // by their family
  };
  const internet = setOf(state, ['internet']);
  return (
    passes(policy, internet, setOf(state, ['dmz', 'internet'], false)) || passes(rest, internet, setOf(state, ['dmz']))
  );
}

function oracle(state: State, at: number): ReadonlyMap<InvariantId, boolean> {
  const policy = compilePolicy(state, at);
  const [content, internet] = [setOf(state, CONTENT), setOf(state, ['internet'])];
  const held = setOf(state, [...CONTENT, 'vault', 'transfer', 'dataio']);
  const others = setOf(state, ['vault', 'mgmt'], false);
  return new Map([
    ['I2', !outsideComesIn(state, policy, at)],
    ['I10', !passes(policy, setOf(state, ['physec', 'guest']), held)],
    ['I11', !passes(policy, others, setOf(state, ['vault']))],
    ['I4', !passes(policy, content, internet) && !passes(policy, internet, content)],
  ]);
}

test('what the sets say of random facilities, the invariants say', () => {
  const seen = new Map<string, number>();
  for (const seed of SEEDS) {
    const facility = drawSound(seed % 2 === 0 ? 'small' : 'mid');
    addFlows(facility, seed);
    const { state, at } = facility.world;
    const { invariants } = proveInvariants(state, at);
    for (const [id, truth] of oracle(state, at)) {
      const found = invariants.find((one) => one.id === id);
      assert.ok(found !== undefined);
      // Beyond what lies between two sets, I4 asks for ways in between, and I11 for where the vault goes and what management does there.
      const own = found.violations.filter(
        ({ says, fromZone }) =>
          !/goes out freely|calls itself a proxy|from the vault to/.test(says) && !isI11Admin(id, state, fromZone),
      );
      assert.equal(own.length === 0, truth, `${id}, seed ${seed}: ${own[0]?.says ?? 'nothing found'}`);
      seen.set(`${id} ${truth}`, (seen.get(`${id} ${truth}`) ?? 0) + 1);
    }
  }
  for (const id of ['I2', 'I4', 'I10', 'I11']) {
    assert.ok(
      (seen.get(`${id} true`) ?? 0) > 0 && (seen.get(`${id} false`) ?? 0) > 0,
      `${id} was seen to hold and to break`,
    );
  }
});

function isI11Admin(id: InvariantId, state: State, from: ZoneId | undefined): boolean {
  return id === 'I11' && from !== undefined && state.zones.get(from)?.kinds?.includes('mgmt') === true;
}

test('whatever newly leads from lower trust to higher is found, and nothing that does not', () => {
  for (const seed of SEEDS) {
    const facility = drawSound(seed % 2 === 0 ? 'small' : 'mid');
    const { world } = facility;
    const before = compilePolicy(world.state, world.at);
    addFlows(facility, seed + 500);
    const { surplus } = surplusOf(compilePolicy(world.state, world.at), before);
    const rises = surplus.some(({ box }) => {
      const fresh: Policy = {
        v4: (typeof box.source.first === 'number' ? [{ ...box, because: 'new' }] : []) as Policy['v4'], // by its family
        v6: (typeof box.source.first === 'bigint' ? [{ ...box, because: 'new' }] : []) as Policy['v6'], // by its family
        quarantined4: [],
        quarantined6: [],
      };
      return risesIn(world.state, fresh);
    });
    const found = proveInvariants(world.state, world.at).invariants.find(({ id }) => id === 'I3');
    if (rises) assert.equal(found?.holds, false, `seed ${seed}`);
    for (const { fromZone, toZone } of found?.violations ?? []) {
      const [from, to] = [world.state.zones.get(fromZone as never), world.state.zones.get(toZone as never)]; // ids as they came
      assert.ok(from !== undefined && to !== undefined && from.trust < to.trust);
    }
  }
});

function risesIn(state: State, policy: Policy): boolean {
  const plan = addressPlan(state.zones);
  const zones = [...state.zones.values()];
  return zones.some((from) =>
    zones.some((to) => from.trust < to.trust && passes(policy, zoneSet(plan, from.id), zoneSet(plan, to.id))),
  );
}
