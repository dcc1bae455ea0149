/** Labels decide what an invariant sees: whoever changes one is answered as if they had written the rule that it would let through. */
import { test } from 'node:test';
import assert from 'node:assert/strict';
import { ask, newId } from '#model/drawn-world.ts';
import type { DrawnWorld } from '#model/drawn-world.ts';
import type { CommandOf } from '#model/commands.ts';
import { DAY_MS, FORMER_ADMIN_DAYS } from '#model/limits.ts';
import type { Host, State, Zone } from '#model/state.ts';
import { networkGuard, previewNetwork } from '#plan/network/guard.ts';
import { drawFacility } from '#plan/network/test-facility.ts';
import type { DrawnFacility, FacilitySize } from '#plan/network/test-facility.ts';
import type { Refused } from '#std/refused.ts';

function zoneOf({ world, zones }: DrawnFacility, name: string): Zone {
  const zone = world.state.zones.get(zones.get(name) ?? assert.fail(name));
  return zone ?? assert.fail(name);
}

function hostOf({ world, hosts }: DrawnFacility, name: string): Host {
  const host = world.state.hosts.get(hosts.get(name) ?? assert.fail(name));
  return host ?? assert.fail(name);
}

/** The answer to the zone being described so, everything else as it was. */
function relabelZone(facility: DrawnFacility, name: string, more: Partial<CommandOf<'change-zone'>>) {
  const { id, ...data } = zoneOf(facility, name);
  return weighed(facility.world, () =>
    ask(facility.world, { kind: 'change-zone', zone: id, ...data, ...more } as CommandOf<'change-zone'>),
  ); // as the state has it
}

function relabelHost(
  facility: DrawnFacility,
  name: string,
  more: Partial<CommandOf<'change-host'>>,
): Refused | undefined {
  const { id, ...data } = hostOf(facility, name);
  return answer(facility, () =>
    ask(facility.world, { kind: 'change-host', host: id, ...data, ...more } as CommandOf<'change-host'>),
  ); // as the state has it
}

/** The guard's answer to what `change` does; the facility is then as it was. */
function answer({ world }: DrawnFacility, change: () => void): Refused | undefined {
  return weighed(world, change).no;
}

/** And what of it is said of labels. */
function weighed(
  world: DrawnWorld,
  change: () => void,
): { readonly no: Refused | undefined; readonly says: readonly string[] } {
  const before = world.state;
  change();
  const after = world.state;
  world.state = before;
  const { invariants, refused } = previewNetwork(before, after, world.at);
  const no = networkGuard(before, after, world.at);
  assert.deepEqual(no, refused, 'the preview says what the guard answers');
  const labels = invariants.flatMap(({ broken }) => broken.filter(({ isRelabelled }) => isRelabelled === true));
  return { no, says: labels.map(({ invariant, says }) => `${invariant}: ${says}`) };
}

type Row = readonly [FacilitySize, string, Partial<CommandOf<'change-zone'>>, RegExp | undefined];
const ZONES: readonly Row[] = [
  [
    'mid',
    'production',
    { kinds: ['corporate'] },
    /I4: production .* would be production \(corporate, trust 70\): relabelled/,
  ],
  ['mid', 'storage', { kinds: ['core'], trust: 90, content: 'none' }, /I5: storage .*relabelled/],
  ['mid', 'vault', { kinds: ['core'] }, /I11: vault .*relabelled/],
  ['mid', 'mgmt', { kinds: ['core'] }, /I9: mgmt .*relabelled/],
  ['mid', 'guest', { kinds: ['corporate'], trust: 30 }, /I8: guest .*relabelled/],
  ['mid', 'corporate', { trust: 70 }, /I3: corporate .*relabelled/],
  ['mid', 'production', { trust: 30 }, /I3: production .*relabelled/],
  ['mid', 'corporate', { kinds: ['dmz'] }, /I2: corporate .*relabelled/],
  ['mid', 'corporate', { kinds: ['corporate', 'mgmt'] }, /I9: corporate .*relabelled/],
  ['mid', 'physec', { kinds: ['production'], trust: 70 }, /I10: physec .*relabelled/],
  ['mid', 'enclave-1', { kinds: ['production'] }, /I13: enclave-1 .*relabelled/],
  ['mid', 'production', { kinds: [] }, /I4: production .*of no kind.*relabelled/],
  ['mid', 'core', { kinds: ['core'], content: 'none' }, undefined],
  ['mid', 'production', { kinds: ['production', 'render'] }, undefined],
  ['mid', 'production', { name: 'edit-suites' }, undefined],
];

for (const [size, name, more, expected] of ZONES) {
  test(`${name} described as ${JSON.stringify(more)} is ${expected === undefined ? 'nothing to refuse' : 'refused'}`, () => {
    const { no, says } = relabelZone(drawFacility(size), name, more);
    if (expected === undefined) return assert.deepEqual([no, says], [undefined, []]);
    assert.match(says.join('\n'), expected);
    assert.ok(no?.code === 'relabelled' || no?.code === 'breaks-invariant');
  });
}

test('a network that is given to a weaker zone, in one change or by taking it away first', () => {
  const facility = drawFacility('mid');
  const { world } = facility;
  const [office, production] = [zoneOf(facility, 'corporate'), zoneOf(facility, 'production')];
  const kept = { ...production, networks: [{ cidr: '10.20.8.0/22' }, ...production.networks.slice(1)] };
  const wider = { ...office, networks: [...office.networks, { cidr: '10.20.12.0/24' }] };
  const change = ({ id, ...data }: Zone) => ({ kind: 'change-zone', zone: id, ...data }) as CommandOf<'change-zone'>; // as the state has it
  const both = weighed(world, () => ask(world, { kind: 'import-network', changes: [change(kept), change(wider)] }));
  assert.equal(both.no?.code, 'relabelled');
  assert.match(both.says.join('\n'), /production \(10\.20\.12\.0\/24\) would be corporate/);
  const taken = weighed(world, () => ask(world, change(kept)));
  assert.match(taken.no?.message ?? '', /production \(10\.20\.12\.0\/22\) would be undeclared/);
});

test('a zone that is taken away and added again under another name', () => {
  const facility = drawFacility('mid');
  const { world } = facility;
  const { id, networks } = zoneOf(facility, 'physec');
  for (const host of world.state.hosts.values()) if (host.zone === id) remove(facility, host);
  const removed = answer(facility, () => ask(world, { kind: 'remove-zone', zone: id }));
  assert.equal(removed?.code, 'relabelled', 'its addresses would be the internet');
  const swapped = answer(facility, () => {
    ask(world, { kind: 'remove-zone', zone: id });
    ask(world, {
      kind: 'add-zone',
      zone: newId(world, 'zone'),
      name: 'more seats',
      trust: 70,
      kinds: ['production'],
      networks: [...networks],
    });
  });
  assert.equal(swapped?.code, 'relabelled');
});

function remove({ world }: DrawnFacility, { id }: Host): void {
  for (const { id: flow, from, to } of world.state.network.flows.values()) {
    const isEnd = [from, to].some((end) => end.kind === 'host' && end.host === id);
    if (isEnd) ask(world, { kind: 'remove-flow', flow, reason: 'it goes' });
  }
  for (const { from, to, id: flow } of world.state.network.flows.values()) {
    const zone = world.state.hosts.get(id)?.zone;
    if ([from, to].some((end) => end.kind === 'zone' && end.zone === zone))
      ask(world, { kind: 'remove-flow', flow, reason: 'it goes' });
  }
  ask(world, { kind: 'remove-host', host: id });
}

test("machines: moved outwards, made a bastion, a broker or another title's storage", () => {
  const facility = drawFacility('mid');
  const corporate = zoneOf(facility, 'corporate').id;
  const moved = relabelHost(facility, 'seat-2', { zone: corporate, addresses: ['10.20.32.250'] });
  assert.match(moved?.message ?? '', /seat-2 would move from production to corporate: relabelled/);
  assert.match(
    relabelHost(facility, 'office-1', { role: 'bastion' })?.message ?? '',
    /office-1 in corporate would be a bastion/,
  );
  assert.match(relabelHost(facility, 'seat-3', { role: 'broker' })?.message ?? '', /a broker/);
  assert.equal(relabelHost(facility, 'seat-3', { role: 'server' }), undefined);
  const production = zoneOf(facility, 'production').id;
  assert.equal(
    relabelHost(facility, 'office-2', { zone: production, addresses: ['10.20.8.250'] }),
    undefined,
    'inwards',
  );
});

test('a new machine may be what its zone is for; a bastion in an office is not', () => {
  const facility = drawFacility('mid');
  const { world } = facility;
  const add = (zone: string, role: 'broker' | 'bastion' | 'workstation', address: string) =>
    answer(facility, () =>
      ask(world, {
        kind: 'add-host',
        host: newId(world, 'host'),
        zone: zoneOf(facility, zone).id,
        name: 'new-1',
        role,
        addresses: [address],
      }),
    );
  assert.equal(add('dmz', 'broker', '10.20.4.99'), undefined);
  assert.equal(add('mgmt', 'bastion', '10.20.26.99'), undefined);
  assert.equal(add('corporate', 'workstation', '10.20.32.99'), undefined);
  assert.equal(add('corporate', 'bastion', '10.20.32.99')?.code, 'relabelled');
});

test('an admin port stays one when its service is called something else or its flow is taken away', () => {
  for (const step of ['redefined', 'narrowed', 'removed'] as const) {
    const facility = drawFacility('mid');
    const { world, services, flows } = facility;
    const [ssh, sftp] = [services.get('ssh') ?? assert.fail(), services.get('sftp') ?? assert.fail()];
    const base = { kind: 'define-service', service: ssh, name: 'ssh' } as const;
    const seat = hostOf(facility, 'seat-1').id;
    if (step === 'redefined') ask(world, { ...base, plane: 'data', ports: [{ protocol: 'tcp', first: 22, last: 22 }] });
    if (step === 'narrowed')
      ask(world, { ...base, plane: 'management', ports: [{ protocol: 'tcp', first: 2222, last: 2222 }] });
    if (step === 'removed')
      for (const flow of flows)
        if (world.state.network.flows.get(flow)?.service === ssh)
          ask(world, { kind: 'remove-flow', flow, reason: 'done' });
    const end = { kind: 'host', host: seat } as const;
    const flow = newId(world, 'flow');
    const before = world.state;
    const reviewBy = world.at + 30 * DAY_MS;
    const from = { kind: 'zone', zone: zoneOf(facility, 'render').id } as const;
    const said = { owner: world.owner, reason: 'files', reviewBy, class: 'standard' } as const;
    ask(world, { kind: 'add-flow', flow, from, to: end, service: sftp, ...said });
    const no = networkGuard(before, world.state, world.at);
    assert.match(
      no?.message ?? step,
      /^I9: render -> seat-1 in production \(sftp\) reaches a port that was an admin's \(ssh\)/,
    );
    const later = world.at + (FORMER_ADMIN_DAYS + 1) * DAY_MS;
    assert.equal(networkGuard(withoutReviews(before), withoutReviews(world.state), later), undefined, 'not for ever');
  }
});

function withoutReviews(state: State): State {
  const flows = state.network.flows.map((flow) => ({ ...flow, reviewBy: flow.reviewBy + 400 * DAY_MS }));
  return { ...state, network: { ...state.network, flows } };
}

test('exceptions for what is blinded let the change through; one for something else does not', () => {
  const facility = drawFacility('mid');
  const { world } = facility;
  const [owner] = facility.people;
  const { id, ...data } = zoneOf(facility, 'guest');
  const before = world.state;
  const change = {
    kind: 'change-zone',
    zone: id,
    ...data,
    kinds: ['corporate'],
    trust: 30,
  } as CommandOf<'change-zone'>; // as the state has it
  ask(world, change);
  const { invariants, refused } = previewNetwork(before, world.state, world.at);
  assert.equal(refused?.code, 'relabelled');
  assert.match(refused.ask ?? '', /record an exception/);
  const lost = invariants.flatMap((one) => one.broken.filter(({ isRelabelled }) => isRelabelled === true));
  assert.deepEqual([...new Set(lost.map(({ zone }) => zone))], [id]);
  assert.ok(lost.every(({ packet }) => packet !== undefined));
  const changed = world.state;
  const except = (zone: Zone['id']) => {
    world.state = changed;
    for (const { invariant } of lost) {
      const exception = newId(world, 'exception');
      const until = world.at + 5 * DAY_MS;
      ask(world, {
        kind: 'except-invariant',
        exception,
        invariant,
        zone,
        owner: owner ?? assert.fail(),
        reason: 'rewired',
        until,
      });
    }
    return networkGuard(before, world.state, world.at);
  };
  assert.equal(except(zoneOf(facility, 'physec').id)?.code, 'relabelled');
  assert.equal(except(id), undefined);
  const shown = previewNetwork(before, world.state, world.at).invariants.flatMap(({ excepted }) => excepted);
  assert.equal(shown.length, lost.length, 'what an exception lets through is shown');
});

test('what had no label has none to lose: a first description and an empty facility', () => {
  const facility = drawFacility('small');
  const { world } = facility;
  const zone = newId(world, 'zone');
  const base = { name: 'new', trust: 20, networks: [{ cidr: '10.77.0.0/24' }] };
  assert.equal(
    answer(facility, () => ask(world, { kind: 'add-zone', zone, ...base, kinds: ['core'] })),
    undefined,
  );
  ask(world, { kind: 'add-zone', zone, ...base });
  assert.equal(
    answer(facility, () => ask(world, { kind: 'change-zone', zone, ...base, kinds: ['corporate'] })),
    undefined,
  );
  const empty = { ...world.state, zones: world.state.zones.clear(), hosts: world.state.hosts.clear() };
  const { flows, exposures } = world.state.network;
  const bare = { ...empty, network: { ...empty.network, flows: flows.clear(), exposures: exposures.clear() } };
  assert.equal(networkGuard(bare, world.state, world.at), undefined);
});
