/** What the state forgets of many backups: never what a hold, a lock or a policy's newest snapshot needs; and what it forgot nobody asks to remove. */
import { test } from 'node:test';
import assert from 'node:assert/strict';
import { isHeld } from '#model/backup-facts.ts';
import { addProject, ask, drawWorld, newId } from '#model/drawn-world.ts';
import type { DrawnWorld } from '#model/drawn-world.ts';
import { DAY_MS, HOUR_MS } from '#model/limits.ts';
import { BACKUP_RECORDS_KEPT } from '#model/backup-state.ts';
import type { PolicyId, ProjectId, VaultId } from '#std/ids.ts';

function setUp(world: DrawnWorld, vault: VaultId, alias: string) {
  const [project, policy] = [addProject(world, alias), newId(world, 'policy')];
  const often = { everyMs: HOUR_MS, keepDays: 60, vaults: [vault], rpoMs: HOUR_MS, rtoMs: DAY_MS };
  ask(world, { kind: 'set-policy', policy, project, name: alias, ...often });
  return { project, policy };
}

function take(
  world: DrawnWorld,
  vault: VaultId,
  { policy }: { readonly project: ProjectId; readonly policy: PolicyId },
  n: number,
) {
  world.at += 1000;
  const [backup, snapshot] = [newId(world, 'backup'), n.toString(16).padStart(64, '0')];
  ask(world, { kind: 'begin-backup', backup, policy, vault, because: 'asked' });
  const hashes = { snapshot, tree: snapshot, manifestSha256: snapshot, consistency: 'watched' } as const;
  const counts = { files: 1, bytes: 1, addedBytes: 1, unsteady: 0, startedAt: world.at, finishedAt: world.at };
  ask(world, { kind: 'record-backup', backup, ...hashes, ...counts });
  return { backup, snapshot };
}

test('a hold that comes late finds the project’s newest snapshot, however many of others came since', () => {
  const world = drawWorld();
  const vault = newId(world, 'vault');
  const place = { nature: 'local', address: 'https://vault.example/', locks: 'root', lockDays: 30 } as const;
  ask(world, { kind: 'enrol-vault', vault, name: 'house', ...place });
  const [quiet, busy] = [setUp(world, vault, 'quiet'), setUp(world, vault, 'busy')];
  const forgotten = take(world, vault, quiet, 1);
  const newest = take(world, vault, quiet, 2);
  for (let n = 0; n < BACKUP_RECORDS_KEPT + 10; n += 1) take(world, vault, busy, 10 + n);
  const { taken } = world.state.backups;
  assert.ok(taken.size <= BACKUP_RECORDS_KEPT);
  assert.deepEqual([taken.has(forgotten.backup), taken.has(newest.backup)], [false, true]);
  ask(world, { kind: 'place-hold', hold: newId(world, 'hold'), project: quiet.project, reason: 'a claim' });
  assert.ok(isHeld(world.state, taken.get(newest.backup)?.project ?? assert.fail()));
  const prune = { kind: 'ask-prune', prune: newId(world, 'prune'), vault, bytes: 1, reason: 'x' } as const;
  assert.throws(() => ask(world, { ...prune, snapshots: [forgotten.snapshot] }), /no-such-snapshot/);
});
