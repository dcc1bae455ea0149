/** Troubles of places elsewhere, over a vault drawn by commands: each comes with what is reported, and goes with it. */
import { test } from 'node:test';
import assert from 'node:assert/strict';
import { measuredTroubles } from './measured-troubles.ts';
import { LOCK_TRIES_MAX } from './off-site-troubles.ts';
import { backupTroubles } from './troubles.ts';
import { addProject, ask, drawWorld, newId } from '#model/drawn-world.ts';
import type { CommandOf } from '#model/commands.ts';
import { DAY_MS, HOUR_MS } from '#model/limits.ts';
import type { BackupPolicy, Drill } from '#model/backup-state.ts';

const NONE = { count: 0, names: [] };

function bucketWorld() {
  const world = drawWorld();
  const [vault, project] = [newId(world, 'vault'), addProject(world, 'nightjar')];
  const place = { nature: 's3', address: 's3:https://s3.example/b', locks: 'nobody', lockDays: 40 } as const;
  ask(world, { kind: 'enrol-vault', vault, name: 'bucket', ...place });
  const codes = () =>
    backupTroubles(world.state, world.at)
      .filter(({ vault: about }) => about === vault)
      .map(({ code, project: of }) => `${code} ${of === undefined ? 'facility' : 'project'}`);
  const report = (more: Partial<CommandOf<'report-locks'>>) => {
    const lockedUntil = world.at + 30 * DAY_MS;
    ask(world, { kind: 'report-locks', vault, lockedUntil, hidden: NONE, overlaid: NONE, ...more });
  };
  return { world, vault, project, codes, report };
}

test('locks that nobody makes longer are told before they end, of a project that takes no snapshots any more', () => {
  const { world, project, codes, report } = bucketWorld();
  ask(world, { kind: 'wrap-project', project, cut: newId(world, 'cut') });
  report({ project });
  assert.deepEqual(codes(), []);
  world.at += 19 * DAY_MS;
  assert.deepEqual(codes(), []);
  world.at += 2 * DAY_MS;
  assert.deepEqual(codes(), ['locks-overdue project']);
  report({ project });
  assert.deepEqual(codes(), []);
});

test('rounds over locks that fail are told after the third, lost objects at once, until one does not fail', () => {
  const { codes, report } = bucketWorld();
  const failed = (code: string, tries: number) => report({ failure: { code, tries } });
  failed('vault-unreachable', LOCK_TRIES_MAX - 1);
  assert.deepEqual(codes(), []);
  failed('vault-unreachable', LOCK_TRIES_MAX);
  assert.deepEqual(codes(), ['locks-failing facility']);
  report({});
  assert.deepEqual(codes(), []);
  failed('offsite-damaged', 1);
  assert.deepEqual(codes(), ['locks-failing facility']);
});

test('delete markers and versions over ours are told while they stand', () => {
  const { codes, report } = bucketWorld();
  report({ hidden: { count: 2, names: ['a'] } });
  assert.deepEqual(codes(), ['bucket-touched facility']);
  report({ overlaid: { count: 1, names: ['b'] } });
  assert.deepEqual(codes(), ['bucket-touched facility']);
  report({});
  assert.deepEqual(codes(), []);
});

test('what a second vault found at the first is told while it stands, and the same twice is one entry', () => {
  const { world, vault, codes } = bucketWorld();
  const findings = [{ code: 'gone' as const, object: 'house/edit/data/aa' }];
  const report = { kind: 'report-pull-findings' as const, vault, count: 7, findings };
  ask(world, report);
  assert.deepEqual(codes(), ['first-vault-changed facility']);
  assert.throws(() => ask(world, report), /already-done/);
  ask(world, { ...report, count: 0, findings: [] });
  assert.deepEqual(codes(), []);
});

test('a drill that held and measured more than is wanted is a trouble; one as good as wanted is none', () => {
  const { world, vault } = bucketWorld();
  const known = world.state.backups.vaults.get(vault) ?? assert.fail('it is enrolled');
  const policy = { project: newId(world, 'project'), rtoMs: HOUR_MS, rpoMs: 2 * HOUR_MS } as unknown as BackupPolicy; // all that is read
  const codes = (rtoMs: number, rpoMs: number, held = true) =>
    measuredTroubles(policy, 'nightjar', known, { result: { rtoMs, rpoMs, held } } as unknown as Drill).map(
      ({ code }) => code,
    ); // all that is read
  assert.deepEqual(codes(HOUR_MS, 2 * HOUR_MS), []);
  assert.deepEqual(codes(HOUR_MS + 1, 0), ['rto-missed']);
  assert.deepEqual(codes(0, 2 * HOUR_MS + 1), ['rpo-missed']);
  assert.deepEqual(codes(9 * HOUR_MS, 9 * HOUR_MS, false), [], 'a drill that failed says so itself');
});
