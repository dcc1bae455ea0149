/** A facility whose policy copies to a bucket: written, locked by the store's own word, drilled from there, its locks made longer when they run out. */
import assert from 'node:assert/strict';
import { copyFileSync, mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { openBackedUp, takeNow } from '../../backup/facility.ts';
import type { BackedUp } from '../../backup/facility.ts';
import { until } from '../../until.ts';
import { startObjectGateway } from './object-gateway.ts';
import type { ObjectGateway } from './object-gateway.ts';
import { newId } from '#engine/test-facility.ts';
import { bucketRepositories } from '#host/offsite/bucket-locks.ts';
import { createOffsiteWork } from '#host/offsite/offsite-work.ts';
import { DAY_MS, HOUR_MS, MINUTE_MS } from '#model/limits.ts';
import { bucketLocksOf } from '#model/vault-reports.ts';
import { LOCK_TRIES_MAX } from '#plan/backup/off-site-troubles.ts';
import { backupTroubles } from '#plan/backup/troubles.ts';
import { readLockNote } from '#vault/offsite/lock-note.ts';

let gateway: ObjectGateway;
let world: BackedUp;
before(async () => {
  [gateway, world] = await Promise.all([startObjectGateway(), openBackedUp(4, 1)]);
});
after(async () => {
  await world.close();
  await gateway.close();
});

test('a copy in a bucket: lag, locks by the store’s word, a drill from it, and locks that are made longer', async () => {
  const bucket = newId('vault');
  const address = `s3:${gateway.endpoint}/${await gateway.bucket()}/house`;
  const enrolled = { vault: bucket, name: 'bucket', nature: 's3', address, locks: 'nobody' } as const;
  mkdirSync(join(world.data, 'keys', 'backup'), { recursive: true });
  copyFileSync(gateway.credentialFile, join(world.data, 'keys', 'backup', `${bucket}.credential`));
  await world.ask({ kind: 'enrol-vault', ...enrolled, lockDays: 30 });
  await world.ask({
    kind: 'set-policy',
    policy: world.policy,
    project: world.project,
    name: 'hourly',
    everyMs: HOUR_MS,
    keepDays: 90,
    vaults: [world.vaults[0], bucket],
    rpoMs: 2 * HOUR_MS,
    rtoMs: DAY_MS,
    drillEveryMs: 30 * DAY_MS,
  });
  const { id } = await takeNow(world);
  const copyOf = () =>
    world
      .state()
      .taken.get(id)
      ?.copies.find(({ vault }) => vault === bucket);
  await world.until('the copy in the bucket', () => copyOf() !== undefined);
  const lockedUntil = copyOf()?.lockedUntil ?? 0;
  assert.ok(lockedUntil > Date.now() + 29 * DAY_MS && lockedUntil <= Date.now() + 30 * DAY_MS + 1000);

  const drill = newId('drill');
  await world.ask({ kind: 'begin-drill', drill, policy: world.policy, vault: bucket, because: 'asked' });
  await world.until('the drill’s end', ({ drills }) => drills.get(drill)?.result !== undefined);
  const result = world.state().drills.get(drill)?.result;
  assert.deepEqual(result?.failures, []);
  assert.deepEqual([result?.held, result?.isolated, result?.second?.failed], [true, true, 0]);
  assert.deepEqual([result?.second?.walls, result?.media.walls], ['one-way', 'sealed']);

  await world.ask({ kind: 'change-vault', ...enrolled, lockDays: 80 }, world.asOwner);
  const note = () => {
    const found = bucketRepositories(world.data, world.parts.engine.state()).find(
      ({ repository }) => repository === world.project,
    );
    return found === undefined ? undefined : readLockNote(found.place);
  };
  await until(() => (note()?.soonest ?? 0) > Date.now() + 79 * DAY_MS, 'locks of 80 days');
  const extended = await until(async () => {
    const { entries } = await world.parts.engine.search({ kind: 'vault.locks-extended', limit: 5 });
    return entries.length > 0;
  }, 'the ledger knows');
  assert.ok(extended >= 0);
  assert.deepEqual([note()?.hidden, note()?.overlaid, note()?.lost], [[], [], []]);
  const locks = () => bucketLocksOf(world.state().vaults.get(bucket), world.project);
  await world.until('how they stand, on record', () => (locks()?.lockedUntil ?? 0) > Date.now() + 79 * DAY_MS);

  // The key pair is gone: rounds fail, which is on record by the third, and over with the first that does not.
  await world.stopWorks();
  const credential = join(world.data, 'keys', 'backup', `${bucket}.credential`);
  rmSync(credential);
  let now = Date.now();
  const parts = { ...world.parts, by: { service: 'gate-backup' }, now: () => now, onTrouble: () => undefined };
  const offsite = createOffsiteWork(parts);
  const failing = () =>
    backupTroubles(world.parts.engine.state(), now).some(
      ({ code, project }) => code === 'locks-failing' && project === world.project,
    );
  for (let tries = 1; tries <= LOCK_TRIES_MAX; tries += 1) {
    assert.equal(failing(), false);
    await offsite.keepLocked({ data: world.data });
    await offsite.keepLocked({ data: world.data });
    assert.deepEqual(locks()?.failure, { code: 'no-credential', tries }, 'once in ten minutes');
    now += 10 * MINUTE_MS;
  }
  assert.equal(failing(), true);
  copyFileSync(gateway.credentialFile, credential);
  for (let looks = 0; looks < 4 && failing(); looks += 1) await offsite.keepLocked({ data: world.data });
  assert.equal(failing(), false);
});
