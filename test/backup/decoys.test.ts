/** Decoys in service: planted where a policy asks for them, an alarm when somebody touches one, put back when that is settled. */
import { after, before, test } from 'node:test';
import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { openBackedUp, settle, takeNow } from './facility.ts';
import type { BackedUp } from './facility.ts';
import type { Alarm } from '#model/backup-state.ts';

let world: BackedUp;
before(async () => {
  world = await openBackedUp(3, 1);
});
after(() => world.close());

const open = (): readonly Alarm[] => [...world.state().alarms.values()].filter(({ settled }) => settled === undefined);

test('a decoy is planted when the policy asks for it; touched it is an alarm, settled as harmless it is put back', async () => {
  const known = world.state().policies.get(world.policy);
  assert.ok(known !== undefined);
  const { name, everyMs, keepDays, vaults, rpoMs, rtoMs } = known;
  const wanted = { name, everyMs, keepDays, vaults: [...vaults], rpoMs, rtoMs, decoys: true };
  await world.ask({ kind: 'set-policy', policy: world.policy, project: world.project, ...wanted });
  assert.equal((await takeNow(world)).suspect, false, 'planting a decoy is not touching it');
  const decoy = readdirSync(join(world.workspace, 'project')).find((file) => file.startsWith('_index '));
  assert.ok(decoy !== undefined);
  const path = join(world.workspace, 'project', decoy);
  const bytes = readFileSync(path);
  rmSync(path);
  const touched = await takeNow(world);
  assert.deepEqual(
    open()[0]?.signs.map(({ sign }) => sign),
    ['canary-touched'],
  );
  assert.deepEqual([touched.suspect, existsSync(path)], [true, false]);
  await settle(world, open()[0]?.id, false);
  assert.equal(world.state().taken.get(touched.id)?.suspect, false);
  assert.equal((await takeNow(world)).suspect, false);
  assert.deepEqual(readFileSync(path), bytes);
});
