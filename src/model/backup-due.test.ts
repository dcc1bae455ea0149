/** Lateness is noted by the engine's clock, once, whether or not a backup service is alive. */
import { test } from 'node:test';
import assert from 'node:assert/strict';
import { lateAtOf } from '#model/backup-due.ts';
import { addProject, ask, drawWorld, newId } from '#model/drawn-world.ts';
import type { DrawnWorld } from '#model/drawn-world.ts';
import { due, nextDue } from '#model/due.ts';
import { DAY_MS, HOUR_MS } from '#model/limits.ts';
import type { BackupPolicy } from '#model/backup-state.ts';

function withPolicy(): { readonly world: DrawnWorld; readonly policy: () => BackupPolicy } {
  const world = drawWorld();
  const project = addProject(world, 'alpha');
  const [vault, policy] = [newId(world, 'vault'), newId(world, 'policy')];
  const place = { nature: 'local', address: 'https://vault.example/', locks: 'root', lockDays: 30 } as const;
  ask(world, { kind: 'enrol-vault', vault, name: 'house', ...place });
  const wanted = { everyMs: 4 * HOUR_MS, keepDays: 60, vaults: [vault], rpoMs: 6 * HOUR_MS, rtoMs: DAY_MS };
  ask(world, { kind: 'set-policy', policy, project, name: 'four-hourly', ...wanted });
  return {
    world,
    policy: () => {
      const known = world.state.backups.policies.get(policy);
      assert.ok(known !== undefined);
      return known;
    },
  };
}

const lateness = ({ state }: DrawnWorld, at: number) =>
  due(state, at, () => assert.fail('no cut is needed')).filter(({ kind }) => kind === 'note-late-backup');

test('a policy without a snapshot is late after the grace, and that is noted once', () => {
  const { world, policy } = withPolicy();
  const { id, setAt } = policy();
  assert.deepEqual(lateness(world, setAt + HOUR_MS - 1), []);
  assert.ok(nextDue(world.state) <= setAt + HOUR_MS, 'the engine looks again by then');
  const noted = lateness(world, setAt + HOUR_MS);
  assert.deepEqual(noted, [{ kind: 'note-late-backup', policy: id, dueAt: setAt }]);
  for (const command of noted) ask(world, command, { service: 'clock' });
  assert.equal(policy().lateFor, setAt);
  assert.deepEqual(lateness(world, setAt + DAY_MS), []);
});

test('a policy that ended is not late', () => {
  const { world, policy } = withPolicy();
  const { id, setAt } = policy();
  ask(world, { kind: 'end-policy', policy: id, reason: 'over' });
  assert.deepEqual(lateness(world, setAt + DAY_MS), []);
});

test('lateness never waits beyond the accepted loss', () => {
  const { policy } = withPolicy();
  const [known, at] = [policy(), 1_700_000_000_000];
  assert.equal(lateAtOf({ ...known, lastTakenAt: at }), at + 5 * HOUR_MS);
  assert.equal(lateAtOf({ ...known, lastTakenAt: at, rpoMs: 4 * HOUR_MS + 1 }), at + 4 * HOUR_MS + 1);
});
