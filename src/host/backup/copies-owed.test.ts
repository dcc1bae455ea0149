/** Which owed copy is made first, where snapshots come faster than copies are made: no policy and no vault waits behind the others for ever. */
import { test } from 'node:test';
import assert from 'node:assert/strict';
import { copiesOwed } from './copies-owed.ts';
import { addProject, ask, drawWorld, newId } from '#model/drawn-world.ts';
import { DAY_MS, HOUR_MS } from '#model/limits.ts';
import type { PolicyId } from '#std/ids.ts';

const HASH = 'a'.repeat(64);
const POLICIES = 12;

test('of hourly snapshots that come three times as fast as copies, every policy’s is copied in its turn', () => {
  const world = drawWorld();
  const [rack, far] = [newId(world, 'vault'), newId(world, 'vault')];
  for (const [vault, name] of [
    [rack, 'rack'],
    [far, 'far'],
  ] as const) {
    const place = { nature: 'local', address: `file:///${name}/`, locks: 'root', lockDays: 30 } as const;
    ask(world, { kind: 'enrol-vault', vault, name, ...place });
  }
  const policies = Array.from({ length: POLICIES }, (_, n) => {
    const [policy, project] = [newId(world, 'policy'), addProject(world, `project-${n}`)];
    const wanted = { everyMs: HOUR_MS, keepDays: 60, rpoMs: HOUR_MS, rtoMs: DAY_MS, vaults: [rack, far] };
    ask(world, { kind: 'set-policy', policy, project, name: 'all', ...wanted });
    return policy;
  });
  const copied = new Map<PolicyId, number>();
  for (let hour = 0; hour < 6; hour += 1) {
    world.at += HOUR_MS;
    for (const policy of policies) {
      const backup = newId(world, 'backup');
      ask(world, { kind: 'begin-backup', backup, policy, vault: rack, because: 'schedule' });
      const counts = { files: 1, bytes: 1, addedBytes: 1, unsteady: 0, consistency: 'watched' } as const;
      const hashes = { snapshot: HASH, tree: HASH, manifestSha256: HASH };
      ask(world, { kind: 'record-backup', backup, ...hashes, ...counts, startedAt: world.at, finishedAt: world.at });
    }
    for (let n = 0; n < POLICIES / 3; n += 1) {
      world.at += 1000;
      const [first] = copiesOwed('/nowhere', world.state, world.at);
      const backup = first?.backup ?? assert.fail('a copy of a snapshot is owed');
      copied.set(backup.policy, (copied.get(backup.policy) ?? 0) + 1);
      const listed = { snapshot: HASH, objects: 1, bytes: 1, objectsSha256: HASH, verified: 'listed' } as const;
      ask(world, { kind: 'record-copy', backup: backup.id, vault: far, ...listed, lockedUntil: world.at + DAY_MS });
    }
  }
  assert.deepEqual(
    policies.map((policy) => copied.get(policy)),
    Array.from({ length: POLICIES }, () => 2),
  );
});
