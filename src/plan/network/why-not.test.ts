import { test } from 'node:test';
import assert from 'node:assert/strict';
import { ask, newId } from '#model/drawn-world.ts';
import type { FlowEnd } from '#model/network-shapes.ts';
import { drawFacility } from '#plan/network/test-facility.ts';
import type { DrawnFacility } from '#plan/network/test-facility.ts';
import { whyNot } from '#plan/network/why-not.ts';

function end({ zones, hosts }: DrawnFacility, name: string): FlowEnd {
  const [zone, host] = [zones.get(name), hosts.get(name)];
  if (zone !== undefined) return { kind: 'zone', zone };
  assert.ok(host !== undefined, `${name} is drawn`);
  return { kind: 'host', host };
}

function asked(facility: DrawnFacility, from: string, to: string, first: number, at = facility.world.at) {
  const ports = [{ protocol: 'tcp', first, last: first } as const];
  return whyNot(facility.world.state, { from: end(facility, from), to: end(facility, to), ports }, at);
}

test('what passes needs no remedy', () => {
  const facility = drawFacility('small');
  assert.deepEqual(asked(facility, 'seat-1', 'drives', 445), { isClosed: false, areNeighbours: false, remedies: [] });
});

test('a rule that misses in one respect is named with it, and nothing that misses in two', () => {
  const facility = drawFacility('small');
  const { flows, services } = facility.world.state.network;
  const { isClosed, remedies } = asked(facility, 'seat-1', 'drives', 446);
  assert.equal(isClosed, true);
  const widen = remedies.flatMap((remedy) => (remedy.kind === 'widen' ? [remedy] : []));
  assert.ok(widen.some(({ what }) => what === 'ports'));
  for (const { rule, what } of widen) {
    const flow = [...flows.values()].find(({ id }) => id === rule);
    assert.ok(flow !== undefined);
    if (what === 'ports') assert.ok(services.get(flow.service)?.name === 'smb');
  }
});

test('a flow that has ended misses in time', () => {
  const facility = drawFacility('small');
  const { state } = facility.world;
  const ended = [...state.network.flows.values()].find(({ until }) => until !== undefined);
  assert.ok(ended?.until !== undefined);
  const ports = [{ protocol: 'tcp', first: 33_001, last: 33_001 } as const];
  const { remedies } = whyNot(state, { from: ended.from, to: ended.to, ports }, ended.until);
  assert.ok(remedies.some((one) => one.kind === 'widen' && one.rule === ended.id && one.what === 'time'));
});

test('a new flow is named with the class that breaks least, and with what it would break', () => {
  const facility = drawFacility('small');
  const good = asked(facility, 'production', 'drives', 2049).remedies.at(-1);
  assert.deepEqual(good, { kind: 'add-flow', class: 'standard', breaks: [] });
  const bad = asked(facility, 'office', 'production', 445).remedies.at(-1);
  assert.ok(bad?.kind === 'add-flow' && bad.breaks.length > 0);
  const service = asked(facility, 'office', 'mirror', 8080).remedies.at(-1);
  assert.deepEqual(service, { kind: 'add-flow', class: 'core-service', breaks: [] });
});

test('quarantine stands above every rule: only its release opens', () => {
  const facility = drawFacility('small');
  const { world } = facility;
  const host = facility.hosts.get('seat-1');
  assert.ok(host !== undefined);
  const quarantine = newId(world, 'quarantine');
  const cut = newId(world, 'cut');
  ask(world, { kind: 'quarantine', quarantine, scope: { kind: 'host', host }, reason: 'odd traffic', cut });
  assert.deepEqual(asked(facility, 'seat-1', 'drives', 445).remedies, [{ kind: 'release', quarantine }]);
});

test('neighbours are told to be so', () => {
  const facility = drawFacility('small');
  assert.equal(asked(facility, 'seat-1', 'seat-2', 445).areNeighbours, true);
});
