/** What `backup status` says of a state: nothing to look at, or what and what to do. */
import { test } from 'node:test';
import assert from 'node:assert/strict';
import { statusOf } from '../../src/cli/commands/backup-status.ts';
import { addProject, ask, drawWorld, newId } from '#model/drawn-world.ts';
import { DAY_MS, HOUR_MS } from '#model/limits.ts';

test('late, unprotected, attacked and in doubt, each by its name; and what runs', () => {
  const world = drawWorld();
  const [alpha] = [addProject(world, 'alpha'), addProject(world, 'beta')];
  const [vault, policy, alarm] = [newId(world, 'vault'), newId(world, 'policy'), newId(world, 'alarm')];
  const place = { nature: 'local', address: 'https://vault.example/', locks: 'root', lockDays: 30 } as const;
  ask(world, { kind: 'enrol-vault', vault, name: 'house', ...place });
  const wanted = { everyMs: 4 * HOUR_MS, keepDays: 60, vaults: [vault], rpoMs: 6 * HOUR_MS, rtoMs: DAY_MS };
  ask(world, { kind: 'set-policy', policy, project: alpha, name: 'all', ...wanted });
  const setAt = world.at;
  const calm = statusOf(world.state, setAt, []);
  assert.deepEqual([calm.late, calm.alarms, calm.doubts], [[], [], []]);
  assert.deepEqual(calm.unprotected, [{ project: 'beta' }]);
  assert.deepEqual(calm.vaults, [{ id: vault, name: 'house', lockDays: 30, locks: 'root' }]);
  ask(world, { kind: 'doubt-vault-clock', vault, says: 'two clocks disagree' });
  const sign = { sign: 'ransom-note' as const, says: '1 file: it reads like a ransom note', files: 1, examples: [] };
  ask(world, { kind: 'raise-alarm', alarm, project: alpha, score: 1, signs: [sign] });
  const running = { id: 'x', work: 'backup', startedAt: 0, files: 3, doneBytes: 10, bytesPerSecond: 5 } as const;
  const found = statusOf(world.state, setAt + 2 * HOUR_MS, [running]);
  assert.deepEqual(found.late, [{ project: 'alpha', dueAt: setAt + HOUR_MS }]);
  assert.deepEqual(found.doubts, [{ vault: 'house', says: 'two clocks disagree' }]);
  assert.deepEqual(
    found.alarms.map(({ project, says, lastClean }) => [project, says, lastClean]),
    [['alpha', sign.says, undefined]],
  );
  assert.deepEqual(found.running, [running]);
  assert.deepEqual(
    found.troubles.map(({ code, weight, project, vault: where }) => [code, weight, project ?? where]),
    [
      ['alarm', 'look', 'alpha'],
      ['late', 'look', 'alpha'],
      ['clock-doubt', 'look', 'house'],
      ['no-backup', 'look', 'beta'],
    ],
  );
  assert.ok(statusOf(world.state, setAt, [], 'never').troubles.some(({ code }) => code === 'escrow-missing'));
});
