/** What the commands of a runbook are promised with: a size, a time that a drill measured, a date, and a warning where there is need of one. */
import { test } from 'node:test';
import assert from 'node:assert/strict';
import type { Measured, ProvenFact, RunbookFacts } from './facts.ts';
import { neverProven, stepsOf } from './runbook.ts';
import type { Runbook, RunbookStep } from './runbook.ts';
import { renderText } from './render-text.ts';
import { writeRunbook } from './write-runbook.ts';
import { drawScene } from '#plan/backup/test-scene.ts';
import type { Scene } from '#plan/backup/test-scene.ts';
import { addProject, ask, newId } from '#model/drawn-world.ts';
import { DAY_MS, HOUR_MS, MINUTE_MS } from '#model/limits.ts';
import type { Drill } from '#model/backup-state.ts';
import type { VaultId } from '#std/ids.ts';

const GIB = 2 ** 30;
const HASH = 'a'.repeat(64);

/** One project that goes to the rack, and a site that may have copies. */
function house(alias = 'nightjar'): Scene {
  const scene = drawScene(alias);
  const { world, project, policy, rack, site } = scene;
  for (const [vault, name] of [
    [rack, 'rack'],
    [site, 'site'],
  ] as const) {
    const place = { address: `file:///mnt/${name}/`, nature: 'local', locks: 'root', lockDays: 30 } as const;
    ask(world, { kind: 'enrol-vault', vault, name, ...place });
  }
  const wanted = { everyMs: 4 * HOUR_MS, keepDays: 60, rpoMs: 6 * HOUR_MS, rtoMs: DAY_MS };
  ask(world, { kind: 'set-policy', policy, project, name: 'all', vaults: [rack, site], ...wanted });
  return scene;
}

interface Taken {
  readonly snapshot: string;
  readonly isSuspect?: boolean;
  readonly vault?: VaultId;
}

function take({ world, project, policy, rack }: Scene, { snapshot, isSuspect = false, vault = rack }: Taken): void {
  const backup = newId(world, 'backup');
  world.at += HOUR_MS;
  ask(world, { kind: 'begin-backup', backup, policy, vault, because: 'asked' });
  const counts = { files: 10, bytes: 6 * GIB, addedBytes: 1, unsteady: 0, consistency: 'watched' } as const;
  const [startedAt, finishedAt] = [world.at, world.at];
  if (isSuspect) {
    const signs = [{ sign: 'magic-lost' as const, says: 'many', files: 9, examples: [] }];
    ask(world, { kind: 'raise-alarm', alarm: newId(world, 'alarm'), project, backup, score: 1, signs });
  }
  const hashes = { snapshot, tree: HASH, manifestSha256: HASH };
  ask(world, { kind: 'record-backup', backup, ...hashes, startedAt, finishedAt, ...counts });
}

function drill({ world, policy, rack }: Scene, more: Partial<NonNullable<Drill['result']>>): void {
  const id = newId(world, 'drill');
  world.at += HOUR_MS;
  ask(world, { kind: 'begin-drill', drill: id, policy, vault: rack, because: 'asked' });
  const base = { why: 'newest', plan: 'sample', seed: 's', tool: 't', reportSha256: HASH } as const;
  const counts = { files: 3, filesOf: 10, bytes: GIB, failed: 0, failures: [], rpoMs: 0, rtoMs: 0, rtoSpreadMs: 0 };
  const times = { startedAt: world.at, finishedAt: world.at, isolated: true, held: true };
  const media = { opened: 0, wrongFrames: 0, skipped: 0 };
  ask(world, { kind: 'record-drill', drill: id, snapshot: FIRST, ...base, ...counts, media, ...times, ...more });
}

const FIRST = 'b'.repeat(64);
const LATER = 'c'.repeat(64);

function runbookOf({ world, project, rack, site }: Scene, facility: ProvenFact = {}): Runbook {
  const facts: RunbookFacts = {
    at: world.at,
    version: '0',
    data: '/srv/picturelock',
    host: 'here',
    repositories: [rack, site].flatMap((vault) =>
      (['facility', project] as const).map((repository) => ({ vault, repository, address: `/mnt/${repository}` })),
    ),
    facilityCopies: [{ vault: rack, at: world.at, snapshot: HASH, bytes: 4 * GIB }],
    facilityDrills: new Map([[rack, facility]]),
    nameOf: (person) => person,
  };
  return writeRunbook(world.state, facts);
}

function step(runbook: Runbook, title: string): RunbookStep {
  const found = stepsOf(runbook).find((one) => one.title === title);
  assert.ok(found !== undefined, title);
  return found;
}

const OURS = 'From rack, with our tool';
const STOCK = 'From rack, with stock restic';

test('the time of a step is the one that the drill’s certificate tells, not how long the drill took', () => {
  const scene = house();
  take(scene, { snapshot: FIRST });
  const { at } = scene.world;
  const second = { tool: 'restic 1', files: 3, failed: 0, bytes: GIB, ms: 5 * MINUTE_MS };
  drill(scene, { rtoMs: 10 * MINUTE_MS, firstByteAt: at, finishedAt: at + 9 * HOUR_MS, second });
  const runbook = runbookOf(scene);
  assert.deepEqual(step(runbook, OURS).says, ['The newest snapshot, 6.0 GiB, about 10 min, as a drill measured it.']);
  assert.deepEqual(step(runbook, STOCK).says, [
    'The newest snapshot, 6.0 GiB, about 30 min, as a drill measured it with restic over 1.0 GiB.',
  ]);
});

test('what was never timed is told with its size alone', () => {
  const scene = house();
  take(scene, { snapshot: FIRST });
  drill(scene, { rtoMs: 10 * MINUTE_MS, second: { tool: 'restic 1', files: 3, failed: 0 } });
  assert.match(step(runbookOf(scene), STOCK).says[0] ?? '', /6\.0 GiB; how long it takes is not measured yet\.$/);
  const facility = step(runbookOf(scene), 'Ledger, checkpoints and keys from rack');
  assert.match(facility.says[0] ?? '', /4\.0 GiB; how long it takes is not measured yet\.$/);
});

test('the facility’s steps have the time that its own drill measured, each tool its own', () => {
  const [took, secondTook]: readonly Measured[] = [
    { bytes: 2 * GIB, ms: 2 * MINUTE_MS },
    { bytes: GIB, ms: 5 * MINUTE_MS },
  ];
  assert.ok(took !== undefined && secondTook !== undefined);
  const runbook = runbookOf(house(), { heldAt: 1, secondAt: 1, took, secondTook });
  assert.match(step(runbook, 'Ledger, checkpoints and keys from rack').says[0] ?? '', /4\.0 GiB, about 4 min, as a/);
  assert.match(step(runbook, 'The same with stock restic, from rack').says[0] ?? '', /4\.0 GiB, about 20 min, as a/);
});

test('the second tool keeps the date of its last drill that held when a later one had no second tool', () => {
  const scene = house();
  take(scene, { snapshot: FIRST });
  drill(scene, { second: { tool: 'restic 1', files: 3, failed: 0 } });
  const first = scene.world.at;
  drill(scene, {});
  const runbook = runbookOf(scene);
  assert.deepEqual([step(runbook, OURS).provenAt, step(runbook, STOCK).provenAt], [scene.world.at, first]);
});

test('where every snapshot is suspect the step says so, and what to do instead', () => {
  const scene = house();
  take(scene, { snapshot: FIRST, isSuspect: true });
  take(scene, { snapshot: LATER, isSuspect: true });
  for (const title of [OURS, STOCK]) {
    const { says } = step(runbookOf(scene), title);
    assert.match(says[0] ?? '', /^SUSPECT: the newest snapshot, and an alarm is about it/);
    assert.match(says[1] ?? '', /backup restore nightjar \/ --clean --reason TEXT/);
    assert.match(says[1] ?? '', /the earliest here \(bbbbbbbbbbbb, of 2026-/);
  }
});

test('where another copy has a clean one, the step names it', () => {
  const scene = house();
  take(scene, { snapshot: FIRST, vault: scene.site });
  take(scene, { snapshot: LATER, isSuspect: true });
  assert.match(step(runbookOf(scene), OURS).says[1] ?? '', /^Do not restore it: site holds a clean one, of 2026-/);
  assert.match(step(runbookOf(scene), 'From site, with our tool').says[0] ?? '', /^The newest snapshot, /);
});

test('every step has a date or was never proven, and counts, also those that only people do', () => {
  const runbook = runbookOf(house());
  const steps = stepsOf(runbook);
  assert.equal(steps.length, runbook.sections.flatMap((section) => section.steps).length);
  assert.equal(neverProven(runbook), steps.length);
  const lines = renderText(runbook)
    .split('\n')
    .filter((line) => line.startsWith('   [ ] '));
  assert.equal(lines.length, steps.length);
  for (const line of lines) assert.match(line, /\((NEVER PROVEN(: done by people)?|proven by a drill on \S+)\)$/);
  assert.match(renderText(runbook), /The same without this program {3}\(NEVER PROVEN: done by people\)/);
});

test('projects stand in the order that the page tells: what is wanted back soonest first', () => {
  const scene = house('slow');
  const { world, rack } = scene;
  const [policy, project] = [newId(world, 'policy'), addProject(world, 'urgent')];
  const wanted = { everyMs: 4 * HOUR_MS, keepDays: 60, rpoMs: 6 * HOUR_MS, rtoMs: HOUR_MS };
  ask(world, { kind: 'set-policy', policy, project, name: 'all', vaults: [rack], ...wanted });
  const runbook = runbookOf(scene);
  const titles = runbook.sections.map(({ title }) => title).filter((title) => title.startsWith('One project'));
  assert.deepEqual(titles, ['One project: urgent', 'One project: slow']);
  const text = renderText(runbook);
  assert.doesNotMatch(text, /delivery date|project files first/);
  assert.match(text, /first the one that is wanted back soonest/);
});
