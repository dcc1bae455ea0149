/** One vault that fails: the others have their copies all the same, the failure is on record, and it is tried again, each time later. */
import { after, before, test } from 'node:test';
import assert from 'node:assert/strict';
import { rmSync, writeFileSync } from 'node:fs';
import { pathToFileURL } from 'node:url';
import { openBackedUp, takeNow } from './facility.ts';
import type { BackedUp } from './facility.ts';
import { newId } from '#engine/test-facility.ts';
import { copiesOwed, createOwedCopies } from '#host/backup/copies-owed.ts';
import { readFacilityCopies } from '#host/backup/notes.ts';
import type { DataOf } from '#model/events.ts';
import { HOUR_MS, MINUTE_MS } from '#model/limits.ts';

let world: BackedUp;
const third = newId('vault');

before(async () => {
  world = await openBackedUp(3, 1);
  await world.until('the facility’s copies', () => readFacilityCopies(world.data).length === 2);
  rmSync(world.vaultFolders[1], { recursive: true });
  writeFileSync(world.vaultFolders[1], 'a file where the vault was mounted');
  const address = pathToFileURL(`${world.vaultFolders[0]}-third/`).href;
  const what = { name: 'third', nature: 'site', address, locks: 'service', lockDays: 30 } as const;
  await world.ask({ kind: 'enrol-vault', vault: third, ...what });
  const known = world.state().policies.get(world.policy);
  assert.ok(known !== undefined);
  const { name, everyMs, keepDays, rpoMs, rtoMs } = known;
  const wanted = { name, everyMs, keepDays, vaults: [...world.vaults, third], rpoMs, rtoMs };
  await world.ask({ kind: 'set-policy', policy: world.policy, project: world.project, ...wanted });
});
after(async () => {
  await world.close();
  rmSync(`${world.vaultFolders[0]}-third`, { recursive: true, force: true });
});

async function failures(): Promise<readonly DataOf<'backup.copy-failed'>[]> {
  const { entries } = await world.parts.engine.search({ kind: 'backup.copy-failed', limit: 50 });
  return entries.flatMap(({ entry }) =>
    entry.kind === 'backup.copy-failed' && entry.about['vault'] === world.vaults[1] ? [entry.data] : [],
  );
}

test('a vault that fails is on record, and those after it have their copies, the facility’s own among them', async () => {
  const { id } = await takeNow(world);
  await world.until(
    'the copy to the third vault',
    ({ taken }) => taken.get(id)?.copies.some(({ vault }) => vault === third) === true,
  );
  assert.ok((await failures()).length > 0);
  assert.deepEqual(
    world
      .state()
      .taken.get(id)
      ?.copies.map(({ vault }) => vault),
    [world.vaults[0], third],
  );
  await world.until('the facility in the third vault', () =>
    readFacilityCopies(world.data).some(({ vault }) => vault === third),
  );
  await world.stopWorks();
});

test('it is tried again after a minute, then two, and at last within the hour; and it is done when the vault is back', async () => {
  const before = (await failures()).length;
  let now = Date.now();
  const clock = { ...world.parts.clock, now: () => now };
  const parts = { ...world.parts, clock, by: { service: 'gate-backup' }, onTrouble: () => undefined };
  const owed = createOwedCopies(parts);
  const made = async (): Promise<number> => {
    await owed.next({});
    return (await failures()).length - before;
  };
  assert.equal(await made(), 1);
  assert.equal(owed.nextTry(), now + MINUTE_MS);
  assert.equal(await made(), 1, 'not at once');
  for (const [tries, waitMs] of [MINUTE_MS, 2 * MINUTE_MS, 4 * MINUTE_MS].entries()) {
    assert.equal(owed.nextTry(), now + waitMs);
    now += waitMs;
    assert.equal(await made(), tries + 2);
    assert.equal((await failures())[0]?.tries, tries + 2);
  }
  for (let tries = 4; tries < 8; tries += 1) {
    now = owed.nextTry() ?? now;
    await made();
  }
  assert.equal(owed.nextTry(), now + HOUR_MS, 'never later than that');
  rmSync(world.vaultFolders[1]);
  now += HOUR_MS;
  const missing = (): number =>
    copiesOwed(world.data, world.parts.engine.state(), now).filter(({ backup }) => backup !== undefined).length;
  assert.equal(missing(), 1);
  await owed.next({});
  assert.equal(missing(), 0);
});
