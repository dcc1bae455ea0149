/** A snapshot among the facility's own copies that the ledger never took: an alarm about no project but the vault, told once, settled by a person. */
import { after, before, test } from 'node:test';
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { openBackedUp } from './facility.ts';
import type { BackedUp } from './facility.ts';
import { newId } from '#engine/test-facility.ts';
import { FACILITY } from '#host/backup/facility-copy.ts';
import { passwordFile, readPassword } from '#host/backup/repository-keys.ts';
import { createStrangerWatch } from '#host/backup/stranger-watch.ts';
import type { StrangerWatch } from '#host/backup/stranger-watch.ts';
import { HOUR_MS } from '#model/limits.ts';
import { isPrunePaused } from '#model/recovery-proof.ts';
import type { AlarmId } from '#std/ids.ts';
import { backupTroubles } from '#plan/backup/troubles.ts';
import { openRepository } from '#vault/engine/repository.ts';
import { encodeSnapshot } from '#vault/format/snapshot-format.ts';
import { openFolderStore } from '#vault/store/folder-store.ts';

let world: BackedUp;
let watch: StrangerWatch;
let hours = 0;

before(async () => {
  world = await openBackedUp(1, 1, undefined, () => hours * HOUR_MS);
  await world.until('copies of the facility', ({ vaults }) =>
    [...vaults.values()].every(({ facility }) => facility !== undefined),
  );
  await world.stopWorks();
  watch = createStrangerWatch({ ...world.parts, by: { service: 'gate-backup' } }, world.parts.clock.now());
});
after(() => world.close());

const alarms = () => [...world.state().alarms.values()];

/** An hour later, into every copy; how many there were. */
async function lookAgain(): Promise<number> {
  hours += 1;
  let looked = 0;
  while (await watch.next({})) looked += 1;
  return looked;
}

test('copies of the facility, and what was sealed about them, are no strangers in either vault', async () => {
  assert.equal(await lookAgain(), 3, 'the project’s copy, and the facility’s own in each vault');
  assert.deepEqual([alarms(), world.troubles], [[], []]);
});

test('one that was planted is named by an alarm without a project, once; removals pause until a person has settled it', async () => {
  const repository = await openRepository({
    store: openFolderStore(join(world.vaultFolders[0], 'facility')),
    password: readPassword(passwordFile(world.data, 'facility')),
  });
  // Not what was sealed about one.
  const real = (await repository.snapshots()).find(({ tags }) => tags.includes(FACILITY));
  assert.ok(real !== undefined);
  const { id: _, ...record } = real;
  const planted = await repository.writeUnpacked('snapshots', encodeSnapshot({ ...record, hostname: 'elsewhere' }));
  await lookAgain();
  const [alarm] = alarms();
  assert.deepEqual([alarms().length, alarm?.project, alarm?.vault], [1, undefined, world.vaults[0]]);
  assert.match(alarm?.signs[0]?.examples[0] ?? '', new RegExp(`^${planted} says .* elsewhere`));
  assert.match(alarm?.signs[0]?.says ?? '', /newer than the copy that this ledger came back from/);
  const state = world.parts.engine.state();
  const found = backupTroubles(state, world.parts.clock.now()).find(({ code }) => code === 'alarm');
  assert.match(found?.says ?? '', /^the facility’s own copy in rack looks as if it was attacked/);
  assert.equal(isPrunePaused(state), true);
  await settle(alarm?.id ?? assert.fail());
  await lookAgain();
  assert.deepEqual([alarms().length, isPrunePaused(world.parts.engine.state())], [1, false]);
});

/** The owner signs in again: hours have passed. */
async function settle(alarm: AlarmId): Promise<void> {
  const [session, now] = [newId('session'), world.parts.clock.now()];
  const { person = assert.fail() } = world.asOwner;
  const opened = { session, person, gate: 'portal', until: now + HOUR_MS, factorAt: now } as const;
  await world.ask({ kind: 'open-session', ...opened }, { service: 'gate-portal' });
  await world.ask({ kind: 'settle-alarm', alarm, reason: 'looked at', genuine: false }, { person, session });
}
