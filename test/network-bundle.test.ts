/** The network in a bundle: one map and one summary, folded from the ledger, without the names of other clients' segments. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readZip, verifyBundle } from '#ledger/verifier/verify.mjs';
import { renderNetworkMap } from '#plan/network/map/network-map.ts';
import { proveInvariants } from '#plan/network/invariants.ts';
import type { FileTest } from '#model/facility-file.ts';
import type { ProjectId } from '#std/ids.ts';
import { renderReadme } from '#evidence/report/readme.ts';
import { renderReport } from '#evidence/report/report.ts';
import { playStory } from './verifier-world.ts';
import type { Story, World } from './verifier-world.ts';

const DAY = 86_400_000;

interface Summary {
  readonly at: number;
  readonly mode: string;
  readonly segments: number;
  readonly hosts: number;
  readonly invariants: readonly {
    readonly id: string;
    readonly holds: boolean | 'unknown';
    readonly violations: readonly unknown[];
  }[];
  readonly tests: {
    readonly kept: number;
    readonly held: number;
    readonly own: readonly { readonly asks: string; readonly holds: boolean }[];
    readonly others: { readonly kept: number; readonly held: number };
  };
  readonly assumptions: readonly string[];
}

async function drawSegments({ world, alpha, beta }: Story): Promise<void> {
  const { act, id } = world;
  const zone = async (name: string, net: number, kind: 'production' | 'storage' | 'enclave', project?: ProjectId) => {
    const made = id('zone');
    const base = { kind: 'add-zone' as const, zone: made, name, trust: 70, networks: [{ cidr: `10.20.${net}.0/24` }] };
    await act({ ...base, kinds: [kind], content: 'kept', ...(project === undefined ? {} : { project }) });
    return made;
  };
  const [edit, nas] = [await zone('edit', 1, 'production'), await zone('nas', 2, 'storage')];
  const secret = await zone('Secret Sequel', 3, 'enclave', beta);
  await zone('Own Enclave', 4, 'enclave', alpha);
  await act({
    kind: 'add-host',
    host: id('host'),
    zone: secret,
    name: 'sequel-seat',
    addresses: ['10.20.3.5'],
    role: 'workstation',
  });
  await act({
    kind: 'add-host',
    host: id('host'),
    zone: nas,
    name: 'nas-1',
    addresses: ['10.20.2.5'],
    role: 'storage',
  });
  const service = id('service');
  await act({
    kind: 'define-service',
    service,
    name: 'smb',
    plane: 'data',
    ports: [{ protocol: 'tcp', first: 445, last: 445 }],
  });
  await act({
    kind: 'add-flow',
    flow: id('flow'),
    service,
    from: { kind: 'zone', zone: edit },
    to: { kind: 'zone', zone: nas },
    class: 'standard',
    owner: world.owner,
    reason: 'cutting',
    reviewBy: world.now() + 90 * DAY,
  });
}

async function filesOf(world: World, project: ProjectId, range = {}): Promise<ReadonlyMap<string, string>> {
  const outcome = await world.bundles.export(project, range);
  assert.ok(outcome.kind === 'ok', JSON.stringify(outcome));
  const zip = Buffer.from(outcome.value.zip);
  const { holds, lines } = verifyBundle(zip, { policy: world.policy, renderers: { renderReport, renderReadme } });
  assert.ok(holds, JSON.stringify(lines.filter(({ level }) => level === 'FAIL')));
  const again = await world.bundles.export(project, range);
  assert.ok(again.kind === 'ok' && Buffer.from(again.value.zip).equals(zip), 'the same bytes again');
  return new Map([...readZip(zip)].map(([name, data]) => [name, Buffer.from(data).toString()]));
}

test('a facility without segments has no map in its bundles', async () => {
  const { world, alpha } = await playStory();
  await world.seal();
  const files = await filesOf(world, alpha);
  assert.ok(!files.has('network-map.svg') && !files.has('network.json'));
});

test('a bundle says which policy tests the facility keeps and whether they hold; those of other clients are counted', async () => {
  const story = await playStory();
  const { world, alpha, beta } = story;
  await drawSegments(story);
  const keep = (test: FileTest): Promise<unknown> =>
    world.act({ kind: 'import-network', changes: [{ kind: 'keep-policy-test', test }] });
  await keep({
    name: 'Cutting works for Secret Sequel, too',
    allow: { from: 'edit', to: { host: 'nas-1' }, service: 'smb' },
  });
  await keep({ deny: { from: 'edit', to: 'Secret Sequel', service: 'smb' } });
  await keep({ deny: { from: 'nas', to: { host: 'sequel-seat' }, service: 'smb' } });
  await world.seal();
  const own = [{ asks: 'allow edit -> nas-1 smb now', holds: true }];
  const files = await filesOf(world, alpha);
  const { tests } = JSON.parse(files.get('network.json') ?? '') as Summary;
  assert.deepEqual(tests, { kept: 3, held: 3, own, others: { kept: 2, held: 2 } });
  assert.doesNotMatch(files.get('network.json') ?? '', /Secret|sequel/);
  const theirs = JSON.parse((await filesOf(world, beta)).get('network.json') ?? '') as Summary;
  assert.deepEqual([theirs.tests.own.length, theirs.tests.others.kept], [3, 0]);
});

test('a bundle holds the map and the invariants of its end, and verifies', async () => {
  const story = await playStory();
  const { world, alpha, beta } = story;
  await drawSegments(story);
  await world.act({ kind: 'suspend-person', person: story.freelancer, because: 'suspension', cut: world.id('cut') });
  await world.seal();
  const files = await filesOf(world, alpha);
  const map = files.get('network-map.svg') ?? assert.fail('a map');
  const summary = JSON.parse(files.get('network.json') ?? '') as Summary;
  assert.match(map, /Own Enclave/);
  assert.match(map, /nas-1/);
  assert.doesNotMatch([...files].filter(([name]) => name.startsWith('network')).join(), /Secret|sequel/);
  assert.deepEqual([summary.segments, summary.hosts, summary.mode], [4, 2, 'off']);
  const proof = proveInvariants(world.state(), summary.at);
  assert.deepEqual(
    summary.invariants.map(({ id, holds, violations }) => [id, holds, violations.length]),
    proof.invariants.map(({ id, holds, violations }) => [id, holds, violations.length]),
    'what the whole state says',
  );
  const theirs = await filesOf(world, beta);
  assert.equal(theirs.get('network-map.svg'), renderNetworkMapWithout(world, 'Own Enclave', beta, summary.at));
});

/** What the page draws, but for the names of other clients' segments. */
function renderNetworkMapWithout(world: World, name: string, project: ProjectId, at: number): string {
  const state = world.state();
  const zones = state.zones.map((zone) => (zone.name === name ? { ...zone, name: 'another project 1' } : zone));
  return renderNetworkMap({ ...state, zones }, at, { onlyProject: project });
}

test('a bundle of an earlier range shows the network of then', async () => {
  const story = await playStory();
  const { world, alpha } = story;
  await drawSegments(story);
  world.wait(1000);
  const until = world.now();
  world.wait(1000);
  await world.act({
    kind: 'add-zone',
    zone: world.id('zone'),
    name: 'later',
    trust: 10,
    networks: [{ cidr: '10.20.9.0/24' }],
    kinds: ['guest'],
  });
  await world.seal();
  assert.doesNotMatch((await filesOf(world, alpha, { until })).get('network-map.svg') ?? '', />later</);
  assert.match((await filesOf(world, alpha)).get('network-map.svg') ?? '', />later</);
});
