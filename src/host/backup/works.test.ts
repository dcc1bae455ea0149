/**
 * What shares the lane of backups, what does not, and what becomes of work that cannot be done: the engine is the real one, and no place can be reached, so
 * that each kind of work ends at once.
 */
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createOwedCopies } from './copies-owed.ts';
import { proveFacility } from './drill-work.ts';
import { drillFacility, facilityDrillDue } from './facility-drill.ts';
import { noteFacilityCopy, noteFacilityDrill, readFacilityDrills } from './notes.ts';
import { startWorks } from './works.ts';
import type { WorksParts } from './works.ts';
import { openLocalEngine } from '#engine/local.ts';
import { foundFacility, newId } from '#engine/test-founding.ts';
import { createClock } from '#host/clock.ts';
import { openSubjectKeys } from '#host/keys/subject-keys.ts';
import { createRandom } from '#host/random.ts';
import type { CommandOf } from '#model/commands.ts';
import { DAY_MS, HOUR_MS } from '#model/limits.ts';
import { bucketLocksOf } from '#model/vault-reports.ts';
import { TURNS_MAX } from '#plan/backup/turns.ts';
import { Fault } from '#std/refused.ts';

const BY = { service: 'gate-backup' };
const CONSOLE = { service: 'console' };
const HASH = 'a'.repeat(64);
const AWAY = new Fault('engine-lost', 'the engine is away', { retry: true });

/** Two buckets whose keys nobody has: a snapshot lies in the first of them, the copy in the second is owed, and so is the facility's in both. */
async function drawn(t: TestContext) {
  const data = mkdtempSync(join(tmpdir(), 'picturelock-works-'));
  t.after(() => rmSync(data, { recursive: true, force: true }));
  let passedMs = 0;
  const real = createClock();
  const clock = { ...real, now: () => real.now() + passedMs, monotonic: () => real.monotonic() + passedMs };
  const engine = await openLocalEngine({ clock });
  t.after(() => engine.close());
  const { act, asOwner, project: projectOf } = await foundFacility(engine);
  const [rack, far, policy, backup] = [newId('vault'), newId('vault'), newId('policy'), newId('backup')];
  const bucket = (vault: typeof rack, name: string, lockDays = 30): Omit<CommandOf<'enrol-vault'>, 'kind'> => {
    return { vault, name, nature: 's3', address: 's3:https://away.example/bucket', locks: 'nobody', lockDays };
  };
  await act({ kind: 'enrol-vault', ...bucket(rack, 'rack') }, CONSOLE);
  await act({ kind: 'enrol-vault', ...bucket(far, 'far') }, CONSOLE);
  const project = await projectOf('nightjar');
  const wanted = { everyMs: HOUR_MS, keepDays: 30, rpoMs: DAY_MS, rtoMs: DAY_MS, vaults: [rack, far] };
  await act({ kind: 'set-policy', policy, project, name: 'all', ...wanted }, CONSOLE);
  const begin = { kind: 'begin-backup', policy, vault: rack, because: 'asked' } as const;
  await act({ ...begin, backup }, BY);
  const counts = { files: 3, bytes: 3, addedBytes: 3, unsteady: 0, consistency: 'watched' } as const;
  const times = { startedAt: Date.now(), finishedAt: Date.now() };
  const hashes = { snapshot: HASH, tree: HASH, manifestSha256: HASH };
  await act({ kind: 'record-backup', backup, ...hashes, ...times, ...counts }, BY);
  const listed = { snapshot: HASH, objects: 1, bytes: 1, objectsSha256: HASH, verified: 'listed' } as const;
  const lockedUntil = Date.now() + DAY_MS;
  await act({ kind: 'record-copy', backup, vault: rack, ...listed, lockedUntil }, BY);
  const parts: WorksParts = {
    data,
    engine,
    clock,
    keys: openSubjectKeys(data),
    random: createRandom(),
    scratch: join(data, 'scratch'),
    onTrouble: () => undefined,
  };
  let lockDays = 30;
  return {
    parts,
    rack,
    project,
    vaultOf: (id: typeof rack) => engine.state().backups.vaults.get(id),
    copyTries: () =>
      engine
        .state()
        .backups.policies.get(policy)
        ?.copyTroubles?.find(({ vault }) => vault === far)?.tries,
    vaults: [rack, far] as const,
    begin: () => act({ ...begin, backup: newId('backup') }, BY),
    wait: (ms: number) => void (passedMs += ms),
    /** Something happens, so that whoever follows the ledger looks again. */
    change: () => act({ kind: 'change-vault', ...bucket(rack, 'rack', (lockDays += 1)) }, asOwner),
  };
}

test(
  'locks of buckets wait for no backup, and a backup that fails each time keeps no copy from its turn',
  { timeout: 20_000 },
  async (t) => {
    const { parts, rack, project, vaultOf, copyTries, begin, change } = await drawn(t);
    await begin();
    const { engine } = parts;
    const isRecordable = Promise.withResolvers<void>();
    let backups = 0;
    /** A backup takes long, and then its end cannot be put on record. */
    const command: typeof engine.command = async (asked, by) => {
      if (asked.kind !== 'record-backup-failure') return engine.command(asked, by);
      backups += 1;
      await isRecordable.promise;
      throw AWAY;
    };
    const locks = Promise.withResolvers<void>();
    const stopFollowing = engine.subscribe(() => {
      if (bucketLocksOf(vaultOf(rack), project)?.failure !== undefined) locks.resolve();
    });
    t.after(stopFollowing);
    const works = startWorks({ ...parts, engine: { ...engine, command } });
    t.after(() => works.close());
    await locks.promise;
    assert.deepEqual([backups, copyTries()], [1, undefined], 'the backup is under way, and copies share its lane');
    isRecordable.resolve();
    await works.idle();
    for (let looks = 0; looks < TURNS_MAX && copyTries() === undefined; looks += 1) {
      await change();
      await works.idle();
    }
    assert.equal(copyTries(), 1);
    assert.ok(backups > 1, 'it is tried again and again');
    await works.close();
  },
);

test(
  'while a backup was tried and has no end on record nobody looks for snapshots of strangers',
  { timeout: 20_000 },
  async (t) => {
    const { parts, begin, change, wait } = await drawn(t);
    await begin();
    const { engine } = parts;
    const troubles: string[] = [];
    let isRecordable = false;
    const command: typeof engine.command = async (asked, by) => {
      if (asked.kind === 'record-backup-failure' && !isRecordable) throw AWAY;
      return engine.command(asked, by);
    };
    const onTrouble = (what: string): void => void troubles.push(what);
    const works = startWorks({ ...parts, engine: { ...engine, command }, onTrouble });
    t.after(() => works.close());
    const looked = () => troubles.filter((what) => what.endsWith('snapshots that nobody took')).length;
    const turns = async (many: number): Promise<void> => {
      for (let n = 0; n < many; n += 1) {
        await change();
        await works.idle();
      }
    };
    await works.idle();
    wait(2 * HOUR_MS);
    await turns(2 * TURNS_MAX);
    assert.equal(looked(), 0);
    isRecordable = true;
    await turns(TURNS_MAX);
    assert.ok(looked() > 0, 'an hour after the start, and nothing is under way');
    await works.close();
  },
);

test('a copy of the facility that fails before its first vault is on record for each of them, and is tried again later', async (t) => {
  const { parts, vaults, vaultOf } = await drawn(t);
  const { engine } = parts;
  const command: typeof engine.command = async (asked, by) => {
    if (asked.kind === 'record-runbook') throw AWAY;
    return engine.command(asked, by);
  };
  const owed = createOwedCopies({ ...parts, engine: { ...engine, command }, by: BY });
  assert.equal(await owed.nextFacility({}), true, 'the lane goes on to whatever comes next');
  for (const vault of vaults) {
    const { tries, code } = vaultOf(vault)?.facilityTrouble ?? {};
    assert.deepEqual([tries, code], [1, 'engine-lost']);
  }
  assert.equal(await owed.nextFacility({}), false);
  assert.ok((owed.nextTry() ?? 0) > Date.now());
});

const COPY = { at: 1, snapshot: HASH, manifestSha256: HASH, bytes: 1, files: 1 };

test('a drill of the facility that cannot be done, whatever the reason, is on record as failed, and keeps no other vault from its own', async (t) => {
  const { parts, vaults, vaultOf } = await drawn(t);
  const [first, other] = vaults;
  for (const vault of vaults) noteFacilityCopy(parts.data, { ...COPY, vault });
  const asked = { ...parts, by: BY };
  const state = parts.engine.state();
  const due = facilityDrillDue(parts.data, state, Date.now()) ?? assert.fail('it was never drilled');
  const odd = { ...due.vault, address: undefined as unknown as string }; // what nobody foresaw
  await drillFacility(asked, BY, { ...due, vault: odd }, {});
  assert.equal(await proveFacility(asked, state, {}), true, 'the other one has its turn');
  assert.equal(await proveFacility(asked, state, {}), false, 'each waits now');
  assert.deepEqual([vaultOf(first)?.facility?.drill?.held, vaultOf(other)?.facility?.drill?.held], [false, false]);
  assert.match(vaultOf(first)?.facility?.drill?.why ?? '', /TypeError/);
  assert.match(vaultOf(other)?.facility?.drill?.why ?? '', /ACCESS-KEY/);
  const again = facilityDrillDue(parts.data, state, Date.now() + DAY_MS);
  assert.equal(again?.vault.id, first, 'a day later it is tried again');
});

test('a drill of the facility that ends with the service is no finding, and one that cannot be recorded is tried again a day later', async (t) => {
  const { parts, vaults } = await drawn(t);
  const [vault] = vaults;
  noteFacilityCopy(parts.data, { ...COPY, vault });
  const state = parts.engine.state();
  const next = (at = Date.now()) => facilityDrillDue(parts.data, state, at);
  const over = AbortSignal.abort();
  await assert.rejects(proveFacility({ ...parts, by: BY }, state, { signal: over }), { name: 'AbortError' });
  assert.deepEqual([readFacilityDrills(parts.data), next()?.vault.id], [[], vault]);

  const [at, heldAt] = [Date.now(), Date.now() - 40 * DAY_MS];
  noteFacilityDrill(parts.data, { vault, at: heldAt, heldAt });
  const engine = { ...parts.engine, command: async () => Promise.reject(AWAY) };
  await assert.rejects(proveFacility({ ...parts, engine, by: BY }, state, {}), { code: 'engine-lost' });
  assert.equal(next(), undefined);
  assert.equal(next(at + 2 * DAY_MS)?.vault.id, vault);
  assert.equal(readFacilityDrills(parts.data)[0]?.heldAt, heldAt, 'it proved nothing new');
});
