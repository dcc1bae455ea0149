import { test } from 'node:test';
import assert from 'node:assert/strict';
import { ask, newId } from '#model/drawn-world.ts';
import { DAY_MS, HOUR_MS } from '#model/limits.ts';
import type { State } from '#model/state.ts';
import { networkGuard, previewNetwork } from '#plan/network/guard.ts';
import { isTooLarge } from '#plan/network/policy-size.ts';
import { addFlow, host, zone } from '#plan/network/test-flows.ts';
import { drawFacility, openPaths } from '#plan/network/test-facility.ts';

test('a change that opens what is allowed passes, and is shown with ends and time', () => {
  const facility = drawFacility('small');
  const { world } = facility;
  const before = world.state;
  const until = world.at + 5 * DAY_MS;
  const flow = addFlow(facility, zone(facility, 'production'), host(facility, 'drives'), 'nfs', { until });
  assert.equal(networkGuard(before, world.state, world.at), undefined);
  const { opens, closes, invariants, refused } = previewNetwork(before, world.state, world.at);
  assert.equal(refused, undefined);
  assert.deepEqual([closes, invariants], [[], []]);
  assert.deepEqual(
    opens.map(({ rule, ports, until: end }) => [rule, ports, end]),
    [[flow, ['tcp 2049'], until]],
  );
  assert.equal(opens[0]?.from[0]?.zone, facility.zones.get('production'));
  const back = previewNetwork(world.state, before, world.at);
  assert.deepEqual(back.opens, []);
  assert.deepEqual(
    back.closes.map(({ rule }) => rule),
    [flow],
  );
});

test('what is allowed already opens nothing, under whatever name', () => {
  const facility = drawFacility('small');
  const before = facility.world.state;
  addFlow(facility, host(facility, 'seat-1'), host(facility, 'drives'), 'smb');
  assert.deepEqual(previewNetwork(before, facility.world.state, facility.world.at).opens, []);
});

test('a change that breaks an invariant is refused with the rule, a packet and what to do', () => {
  const facility = drawFacility('small');
  const { world } = facility;
  const before = world.state;
  addFlow(facility, zone(facility, 'office'), zone(facility, 'production'), 'smb');
  const no = networkGuard(before, world.state, world.at);
  assert.equal(no?.code, 'breaks-invariant');
  assert.match(no?.message ?? '', /^I3: office -> production \(smb\).* tcp 445\./);
  assert.match(no?.ask ?? '', /exception/);
  const { invariants, refused } = previewNetwork(before, world.state, world.at);
  assert.deepEqual(refused, no);
  assert.ok(invariants.some(({ id, broken }) => id === 'I3' && broken.length === 1));
});

test('what is broken already refuses neither an unrelated change nor its own repair', () => {
  const facility = drawFacility('small');
  const { world } = facility;
  const wrong = addFlow(facility, zone(facility, 'office'), zone(facility, 'production'), 'smb');
  const broken = world.state;
  addFlow(facility, zone(facility, 'production'), host(facility, 'drives'), 'nfs');
  assert.equal(networkGuard(broken, world.state, world.at), undefined);
  ask(world, { kind: 'remove-flow', flow: wrong, reason: 'it was wrong' });
  assert.equal(networkGuard(broken, world.state, world.at), undefined);
  const healed = previewNetwork(broken, world.state, world.at).invariants.flatMap((change) => change.healed);
  assert.ok(healed.length > 0 && healed.every(({ rule }) => rule === wrong));
});

test('the same wrong thing under a new name is nothing new; a part of it more is', () => {
  const facility = drawFacility('small');
  const { world } = facility;
  const wrong = addFlow(facility, zone(facility, 'office'), zone(facility, 'production'), 'smb');
  const broken = world.state;
  ask(world, { kind: 'remove-flow', flow: wrong, reason: 'renamed' });
  const without = world.state;
  addFlow(facility, zone(facility, 'office'), host(facility, 'seat-1'), 'smb');
  assert.equal(networkGuard(broken, world.state, world.at), undefined, 'a part of what was broken');
  addFlow(facility, zone(facility, 'office'), host(facility, 'seat-1'), 'nfs');
  assert.equal(networkGuard(broken, world.state, world.at)?.code, 'breaks-invariant', 'another service');
  assert.equal(networkGuard(without, world.state, world.at)?.code, 'breaks-invariant');
});

test('an exception lets a change through for as long as both last', () => {
  const facility = drawFacility('small');
  const { world } = facility;
  const [owner] = facility.people;
  assert.ok(owner !== undefined);
  const clean = world.state;
  const until = world.at + 10 * DAY_MS;
  const ends = [zone(facility, 'core'), zone(facility, 'internet')] as const;
  const flow = addFlow(facility, ...ends, 'https', { until, class: 'proxy' });
  const lift = { kind: 'except-invariant', invariant: 'I4', flow, owner, reason: 'the proxy moves' } as const;
  assert.match(networkGuard(clean, world.state, world.at)?.message ?? '', /^I4.*198\.51\.100\.7/);
  const wrong = world.state;
  ask(world, { ...lift, exception: newId(world, 'exception'), until: world.at + 5 * DAY_MS });
  assert.match(networkGuard(clean, world.state, world.at)?.ask ?? '', /exception ends/);
  world.state = wrong;
  ask(world, { ...lift, exception: newId(world, 'exception'), until });
  assert.equal(networkGuard(clean, world.state, world.at), undefined);
  const [change] = previewNetwork(clean, world.state, world.at).invariants;
  assert.deepEqual([change?.id, change?.excepted.length, change?.broken.length], ['I4', 1, 0]);
  const excepted = world.state;
  const exception = [...excepted.network.exceptions.keys()].at(-1);
  assert.ok(exception !== undefined);
  ask(world, { kind: 'end-invariant-exception', exception });
  assert.equal(networkGuard(excepted, world.state, world.at)?.code, 'breaks-invariant', 'the flow must go first');
  assert.equal(networkGuard(excepted, world.state, until), undefined, 'with the clock, both are over');
});

test('an exception for a machine may end before the machine does; the proof says when', () => {
  const facility = drawFacility('mid');
  const { world } = facility;
  const [owner] = facility.people;
  const id = facility.hosts.get('office-1');
  const machine = id === undefined ? undefined : world.state.hosts.get(id);
  assert.ok(owner !== undefined && machine !== undefined);
  const second = [...machine.addresses, '10.20.8.250'];
  const before = world.state;
  const dual = { ...before, hosts: before.hosts.set(machine.id, { ...machine, addresses: second }) };
  assert.match(networkGuard(before, dual, world.at)?.message ?? '', /^I6/);
  world.state = dual;
  const until = world.at + HOUR_MS;
  const exception = newId(world, 'exception');
  const lift = {
    kind: 'except-invariant',
    invariant: 'I6',
    host: machine.id,
    owner,
    reason: 'until it is rewired',
  } as const;
  ask(world, { ...lift, exception, until });
  assert.equal(networkGuard(before, world.state, world.at), undefined);
});

test('what cannot be judged is refused with what to say first, and once it is said, judged', () => {
  const facility = drawFacility('small');
  const { world } = facility;
  const place = newId(world, 'zone');
  const zoneData = { name: 'somewhere', trust: 20, networks: [{ cidr: '10.77.0.0/24' }] };
  const base = world.state;
  ask(world, { kind: 'add-zone', zone: place, ...zoneData });
  assert.equal(networkGuard(base, world.state, world.at), undefined, 'a zone alone opens nothing');
  const before = world.state;
  addFlow(facility, zone(facility, 'internet'), { kind: 'zone', zone: place }, 'https');
  const no = networkGuard(before, world.state, world.at);
  assert.match(no?.message ?? '', /^I2: .*does not say what it is for/);
  assert.equal(no?.ask, 'Say what kind of zone somewhere is.');
  const standing = world.state;
  ask(world, { kind: 'change-zone', zone: place, ...zoneData, kinds: ['corporate'] });
  assert.match(networkGuard(standing, world.state, world.at)?.message ?? '', /^I2: .*past the DMZ/);
});

test('a path from the broker passes, and one from elsewhere is refused', () => {
  const facility = drawFacility('small');
  const { world } = facility;
  const before = world.state;
  openPaths(facility, 3);
  assert.equal(networkGuard(before, world.state, world.at), undefined);
  const [path] = [...world.state.network.paths.values()];
  assert.ok(path !== undefined);
  const office = world.state.hosts.get(facility.hosts.get('office-1') ?? ('' as never))?.addresses[0]; // drawn
  assert.ok(office !== undefined);
  const paths = world.state.network.paths.set(path.id, { ...path, from: office });
  const after = { ...world.state, network: { ...world.state.network, paths } };
  assert.equal(networkGuard(before, after, world.at)?.code, 'breaks-invariant');
});

test('what the gateway reports, and the mode, are no reason to refuse', () => {
  const facility = drawFacility('small');
  const { world } = facility;
  const before = world.state;
  ask(world, { kind: 'change-network-mode', mode: 'enforce' });
  const enforced = world.state;
  assert.equal(networkGuard(before, enforced, world.at), undefined);
  ask(world, { kind: 'change-network-mode', mode: 'observe', reason: 'an emergency' });
  assert.equal(networkGuard(enforced, world.state, world.at), undefined);
});

test('a model is refused where it becomes more than a packet filter is given, and not before', () => {
  const facility = drawFacility('small');
  const { world } = facility;
  const before = world.state;
  const [from, to] = ['production', 'office'].map((name) => {
    const id = facility.zones.get(name);
    return id === undefined ? undefined : before.zones.get(id);
  });
  const [flow, service] = [before.network.flows.first(), before.network.services.first()];
  assert.ok(from !== undefined && to !== undefined && flow !== undefined && service !== undefined);
  const wide = (count: number): State => {
    const networks = Array.from({ length: count }, (_, i) => ({ cidr: `10.64.${i >> 7}.${(i & 127) * 2}/32` }));
    const others = Array.from({ length: 100 }, (_, i) => ({ cidr: `10.65.0.${i * 2}/32` }));
    const zones = before.zones.set(from.id, { ...from, networks }).set(to.id, { ...to, networks: others });
    const ports = [{ protocol: 'any' as const }];
    const services = before.network.services.set(service.id, { ...service, ports });
    const one = { ...flow, service: service.id, from: zone(facility, 'production'), to: zone(facility, 'office') };
    const { exposures } = before.network;
    const network = { ...before.network, services, flows: before.network.flows.clear().set(flow.id, one) };
    return { ...before, zones, network: { ...network, exposures: exposures.clear() } };
  };
  assert.ok(!isTooLarge(wide(100)), '100 x 100 x 5 pieces is what the kernel is given at most');
  assert.ok(isTooLarge(wide(101)));
});

test('a model whose rules would be too many is refused, not compiled', () => {
  const facility = drawFacility('small');
  const { world } = facility;
  const before = world.state;
  const id = facility.zones.get('production');
  const production = id === undefined ? undefined : before.zones.get(id);
  assert.ok(production !== undefined);
  const networks = Array.from({ length: 300 }, (_, i) => ({ cidr: `10.64.${i >> 7}.${(i & 127) * 2}/32` }));
  const other = facility.zones.get('office');
  assert.ok(other !== undefined);
  const zones = before.zones.set(production.id, { ...production, networks });
  const wide = { ...before, zones };
  const flow = {
    ...[...before.network.flows.values()][0],
    from: zone(facility, 'production'),
    to: zone(facility, 'internet'),
  };
  const flows = before.network.flows.map((one) => ({ ...one, from: flow.from, to: flow.to }));
  const after = { ...wide, network: { ...wide.network, flows } };
  assert.equal(networkGuard(before, after, world.at)?.code, 'network-too-large');
  assert.equal(previewNetwork(before, after, world.at).refused?.code, 'network-too-large');
});
