/** What a share flow is to everything that reads flows: no rule of the packet filter, and yet judged, shown and reviewed like one. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ask, newId } from '#model/drawn-world.ts';
import type { CommandOf } from '#model/commands.ts';
import type { FileTest } from '#model/facility-file.ts';
import { DAY_MS, HOUR_MS } from '#model/limits.ts';
import type { FlowEnd } from '#model/network-shapes.ts';
import { checkTests } from '#plan/facility-file/assertions.ts';
import { renderFile } from '#plan/facility-file/render-file.ts';
import { surveyOf } from '#plan/network/blast/blast-radius.ts';
import { listsOf } from '#plan/network/blast/exposure.ts';
import { compilePolicy } from '#plan/network/compile-policy.ts';
import { EXPORT_FORMATS, exportZoneMatrix } from '#plan/network/export/export-matrix.ts';
import { networkGuard, previewNetwork } from '#plan/network/guard.ts';
import { judge } from '#plan/network/invariants/judge.ts';
import { mapModelOf } from '#plan/network/map/map-model.ts';
import { drawFacility } from '#plan/network/test-facility.ts';
import type { DrawnFacility } from '#plan/network/test-facility.ts';
import { drawSound } from '#plan/network/test-sound-facility.ts';
import { whyNot } from '#plan/network/why-not.ts';
import type { FlowId } from '#std/ids.ts';

function end({ zones, hosts }: DrawnFacility, name: string): FlowEnd {
  const [zone, host] = [zones.get(name), hosts.get(name)];
  if (zone !== undefined) return { kind: 'zone', zone };
  assert.ok(host !== undefined, `${name} is drawn`);
  return { kind: 'host', host };
}

function addShare(
  facility: DrawnFacility,
  from: string,
  to: string,
  more: Partial<CommandOf<'add-flow'>> = {},
): FlowId {
  const { world, services } = facility;
  const [flow, service] = [newId(world, 'flow'), services.get('nfs')];
  assert.ok(service !== undefined);
  const answered = { owner: world.owner, reason: 'by session', reviewBy: world.at + 90 * DAY_MS };
  const ends = { from: end(facility, from), to: end(facility, to) };
  ask(world, { kind: 'add-flow', flow, service, ...ends, class: 'share', ...answered, ...more });
  return flow;
}

/** Somebody at a seat holds it open. */
function open(facility: DrawnFacility, flow: FlowId, seat: string, storage: string): void {
  const { world, hosts, people, projects } = facility;
  const [from, to] = [seat, storage].map(
    (name) => world.state.hosts.get(hosts.get(name) ?? assert.fail())?.addresses[0],
  );
  // Somebody on a project that this storage holds.
  const held = world.state.hosts.get(hosts.get(storage) ?? assert.fail())?.projects;
  const project = projects.find((one) => held === undefined || held.includes(one));
  const person = people.find((one) => project !== undefined && world.state.index.engagementsOf.get(one)?.has(project));
  assert.ok(person !== undefined && project !== undefined && from !== undefined && to !== undefined);
  const engagement = world.state.index.engagementsOf.get(person)?.get(project)?.[0];
  assert.ok(engagement !== undefined);
  const session = newId(world, 'session');
  const until = world.at + HOUR_MS;
  ask(world, { kind: 'open-session', session, person, gate: 'share', project, engagement, from, until });
  const host = hosts.get(storage);
  assert.ok(host !== undefined);
  const ends = { from, to, protocol: 'tcp', port: 2049, until } as const;
  ask(world, { kind: 'open-path', path: newId(world, 'path'), session, host, flow, ...ends });
}

test('a share flow lets nothing pass; its session lets one machine pass, for as long as it lasts', () => {
  const facility = drawFacility('mid');
  const { world } = facility;
  const before = compilePolicy(world.state, world.at);
  const flow = addShare(facility, 'production', 'nas-1');
  assert.deepEqual(compilePolicy(world.state, world.at), before);
  open(facility, flow, 'seat-1', 'nas-1');
  const after = compilePolicy(world.state, world.at);
  assert.equal(after.v4.length + after.v6.length, before.v4.length + before.v6.length + 1);
  const [box] = after.v4.filter(({ because }) => because.startsWith('pth_'));
  assert.ok(box !== undefined);
  assert.deepEqual([box.source.first === box.source.last, box.port], [true, { first: 2049, last: 2049 }]);
  assert.equal(box.time.last, world.at + HOUR_MS - 1);
});

test('it is judged as if somebody held it open: what would break an invariant is refused when it is declared', () => {
  const facility = drawSound('mid');
  const { world } = facility;
  const clean = world.state;
  addShare(facility, 'production', 'nas-1');
  assert.equal(networkGuard(clean, world.state, world.at), undefined);
  world.state = clean;
  for (const [from, invariant] of [
    ['guest', /^I3: guest -> nas-1 in storage \(nfs\)/],
    ['corporate', /^I3/],
    ['dmz', /^I[357]/],
  ] as const) {
    addShare(facility, from, 'nas-1');
    const no = networkGuard(clean, world.state, world.at);
    assert.equal(no?.code, 'breaks-invariant', from);
    assert.match(no.message, invariant);
    world.state = clean;
  }
  const flow = addShare(facility, 'production', 'e1-storage');
  const { invariants } = previewNetwork(clean, world.state, world.at);
  assert.ok(
    invariants.some(({ id, broken }) => id === 'I13' && broken.length > 0),
    'an enclave keeps to itself',
  );
  world.state = clean;
  const overdue = addShare(facility, 'production', 'nas-1', { reviewBy: world.at + DAY_MS });
  const late = judge(world.state, world.at + 2 * DAY_MS).map(({ violation }) => violation);
  assert.ok(
    late.some(({ invariant, rule }) => invariant === 'I12' && rule === overdue),
    'and reviewed like any rule',
  );
  assert.notEqual(flow, overdue);
});

test('its sessions break no invariant', () => {
  const facility = drawSound('mid');
  const { world } = facility;
  const flow = addShare(facility, 'production', 'nas-1');
  const before = world.state;
  open(facility, flow, 'seat-1', 'nas-1');
  assert.equal(networkGuard(before, world.state, world.at), undefined);
});

test('a preview opens nothing and says what a session may open; a standing flow that becomes a share closes', () => {
  const facility = drawFacility('mid');
  const { world, services } = facility;
  const clean = world.state;
  const flow = addShare(facility, 'production', 'nas-1');
  const preview = previewNetwork(clean, world.state, world.at);
  assert.deepEqual([preview.opens, preview.closes], [[], []]);
  assert.deepEqual(
    preview.shares.map(({ rule, ports }) => [rule, ports]),
    [[flow, ['tcp 2049']]],
  );
  assert.deepEqual(previewNetwork(world.state, world.state, world.at).shares, []);
  const standing = newId(world, 'flow');
  const service = services.get('nfs') ?? assert.fail();
  const answered = { owner: world.owner, reason: 'as it was', reviewBy: world.at + DAY_MS };
  const ends = { from: end(facility, 'production'), to: end(facility, 'nas-1') };
  ask(world, { kind: 'add-flow', flow: standing, service, ...ends, class: 'standard', ...answered });
  const both = world.state;
  ask(world, { kind: 'remove-flow', flow: standing, reason: 'a share instead' });
  const moved = previewNetwork(both, world.state, world.at);
  assert.deepEqual(
    moved.closes.map(({ rule }) => rule),
    [standing],
  );
});

test('a policy test that denies counts it as passing, and one that allows as refused', () => {
  const facility = drawFacility('mid');
  const { world } = facility;
  const line = { from: 'production', to: 'storage', service: 'nfs' };
  const tests: readonly FileTest[] = [{ deny: line }, { allow: { ...line, from: 'seat-1', to: 'nas-1' } }];
  const holds = () => checkTests(world.state, tests, world.at).map((one) => one.holds);
  assert.deepEqual(holds(), [true, false]);
  addShare(facility, 'production', 'nas-1');
  assert.deepEqual(holds(), [false, false]);
});

/** Without the line that says so. */
function told(text: string): string {
  return text
    .split('\n')
    .filter((line) => !line.includes('share flow'))
    .join('\n');
}

test('exports hold none of it and say so; the file holds it', () => {
  const facility = drawFacility('mid');
  const { world } = facility;
  const before = EXPORT_FORMATS.map((format) => exportZoneMatrix(world.state, format, world.at).files);
  addShare(facility, 'production', 'nas-1');
  for (const [i, format] of EXPORT_FORMATS.entries()) {
    const { files, notes } = exportZoneMatrix(world.state, format, world.at);
    const without = files.map(({ name, text }) => ({ name, text: told(text) }));
    assert.deepEqual(
      without,
      before[i]?.map(({ name, text }) => ({ name, text: told(text) })),
      format,
    );
    assert.ok(notes.includes('1 share flow is not in here: a session opens them, on the gateway alone.'), format);
  }
  assert.match(JSON.stringify(renderFile(world.state)), /share/);
});

test('the map shows it dashed, beside how many hold it open', () => {
  const facility = drawFacility('mid');
  const { world, zones } = facility;
  const flow = addShare(facility, 'production', 'nas-1');
  const edges = () =>
    mapModelOf(world.state, world.at)
      .edges.filter(
        ({ kind, from, to }) => kind === 'path' && from === zones.get('production') && to === zones.get('storage'),
      )
      .map(({ labels }) => labels);
  assert.deepEqual(edges(), [['nfs by session']]);
  open(facility, flow, 'seat-1', 'nas-1');
  assert.deepEqual(edges(), [['nfs by session', '1 live path']]);
});

test('why something does not pass: because nobody holds the session that would open it', () => {
  const facility = drawFacility('mid');
  const { world } = facility;
  const flow = addShare(facility, 'production', 'nas-1');
  const wish = {
    from: end(facility, 'seat-1'),
    to: end(facility, 'nas-1'),
    ports: [{ protocol: 'tcp', first: 2049, last: 2049 } as const],
  };
  assert.deepEqual(whyNot(world.state, wish, world.at).remedies, [{ kind: 'open-share', rule: flow }]);
});

test('a machine exposes the storage while somebody holds it open there, and not the night after', () => {
  const facility = drawFacility('mid');
  const { world, hosts } = facility;
  for (const { id, from } of world.state.network.flows.values())
    if (from.kind === 'zone' && from.zone === facility.zones.get('production'))
      ask(world, { kind: 'remove-flow', flow: id });
  const flow = addShare(facility, 'production', 'nas-1');
  const [seat, nas] = [hosts.get('seat-1'), hosts.get('nas-1')];
  const reaches = () => {
    const { state, at } = world;
    assert.ok(seat !== undefined && nas !== undefined);
    const survey = surveyOf(state, compilePolicy(state, at), at);
    return listsOf(survey, [{ kind: 'host', host: seat }], survey.now).direct.includes(nas);
  };
  assert.equal(reaches(), false);
  open(facility, flow, 'seat-1', 'nas-1');
  assert.equal(reaches(), true);
  world.at += 2 * HOUR_MS;
  assert.equal(reaches(), false);
});
