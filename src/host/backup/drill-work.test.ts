/** No drill's trouble holds another one up, and one that cannot be done ends as a failed one. The engine is the real one; the vaults are not there. */
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { reportDrill, reportNothing } from './drill-report.ts';
import { createDrillTurns, TRIES_MAX } from './drill-turns.ts';
import { doDrill, openDrills } from './drill-work.ts';
import type { DrillWorkParts } from './drill-work.ts';
import { openLocalEngine } from '#engine/local.ts';
import { foundFacility, newId } from '#engine/test-founding.ts';
import { createClock } from '#host/clock.ts';
import { openSubjectKeys } from '#host/keys/subject-keys.ts';
import { createRandom } from '#host/random.ts';
import { DATA_BYTES_MAX } from '#ledger/entry-text.ts';
import { drillData } from '#model/backup-shapes.ts';
import { DAY_MS, HOUR_MS, MINUTE_MS } from '#model/limits.ts';
import type { Drill } from '#model/backup-state.ts';
import { canonical } from '#std/canonical.ts';
import type { Json } from '#std/canonical.ts';
import { isRefused } from '#std/refused.ts';
import type { DrillId, PolicyId } from '#std/ids.ts';

const BY = { service: 'gate-backup' };
const CONSOLE = { service: 'console' };
const HASH = 'a'.repeat(64);

/** Two policies, each with a snapshot that lies in its one vault; time passes when the test says so. */
async function drawn(t: TestContext) {
  const data = mkdtempSync(join(tmpdir(), 'picturelock-drill-work-'));
  t.after(() => rmSync(data, { recursive: true, force: true }));
  const engine = await openLocalEngine();
  t.after(() => engine.close());
  const facility = await foundFacility(engine);
  let passedMs = 0;
  const clock = { ...createClock(), now: () => Date.now() + passedMs };
  const troubles: string[] = [];
  const parts: DrillWorkParts = {
    data,
    engine,
    clock,
    by: BY,
    keys: openSubjectKeys(data),
    random: createRandom(),
    scratch: join(data, 'scratch'),
    onTrouble: (what, cause) => troubles.push(`${what}: ${String(cause)}`),
  };
  const vault = newId('vault');
  const address = pathToFileURL(join(data, 'vault/')).href;
  const place = { name: 'rack', nature: 'local', address, locks: 'root', lockDays: 1 } as const;
  await facility.act({ kind: 'enrol-vault', vault, ...place }, CONSOLE);
  const policyOn = async (alias: string): Promise<PolicyId> => {
    const policy = newId('policy');
    const often = { everyMs: HOUR_MS, keepDays: 30, rpoMs: DAY_MS, rtoMs: DAY_MS };
    const project = await facility.project(alias);
    await facility.act({ kind: 'set-policy', policy, project, name: 'all', vaults: [vault], ...often }, CONSOLE);
    return policy;
  };
  return {
    engine,
    parts,
    vault,
    policyOn,
    troubles,
    wait: (ms: number) => void (passedMs += ms),
    async take(policy: PolicyId): Promise<void> {
      const backup = newId('backup');
      await facility.act({ kind: 'begin-backup', backup, policy, vault, because: 'asked' }, BY);
      const counts = { files: 3, bytes: 3, addedBytes: 3, unsteady: 0, consistency: 'watched' } as const;
      const what = { snapshot: HASH, tree: HASH, manifestSha256: HASH, startedAt: 1, finishedAt: 1, ...counts };
      await facility.act({ kind: 'record-backup', backup, ...what }, BY);
    },
    async begin(policy: PolicyId): Promise<Drill> {
      const drill = newId('drill');
      await facility.act({ kind: 'begin-drill', drill, policy, vault, because: 'asked' }, CONSOLE);
      return engine.state().backups.drills.get(drill) ?? assert.fail();
    },
    resultOf: (drill: DrillId) => engine.state().backups.drills.get(drill)?.result,
  };
}

test('of a policy without a snapshot no drill is begun, and the refusal says what to do', async (t) => {
  const { engine, vault, policyOn, take, begin } = await drawn(t);
  const policy = await policyOn('nightjar');
  const asked = { kind: 'begin-drill', drill: newId('drill'), policy, vault, because: 'asked' } as const;
  const answer = await engine.command(asked, CONSOLE);
  assert.ok(isRefused(answer));
  assert.deepEqual([answer.code, /backup now/.test(answer.ask ?? '')], ['nothing-to-drill', true]);
  await take(policy);
  await begin(policy);
});

test('a drill whose snapshots are all gone is on record as failed, without a snapshot', async (t) => {
  const { parts, policyOn, take, begin, resultOf, troubles } = await drawn(t);
  const policy = await policyOn('nightjar');
  await take(policy);
  const begun = await begin(policy);
  const state = parts.engine.state();
  const taken = state.backups.taken.map((one) => ({ ...one, standing: 'expired' as const }));
  const emptied = { ...state, backups: { ...state.backups, taken } };
  const engine = { ...parts.engine, state: () => emptied };
  assert.equal(await doDrill({ ...parts, engine }, createDrillTurns(), begun, {}), true);
  const { held, snapshot, failures } = resultOf(begun.id) ?? assert.fail();
  assert.deepEqual([held, snapshot], [false, undefined]);
  assert.match(failures[0]?.why ?? '', /no snapshot/);
  assert.deepEqual(troubles, []);
});

test('a drill that cannot be done lets the next one go first, comes back later, and has failed after some tries', async (t) => {
  const { parts, policyOn, take, begin, resultOf, wait, troubles } = await drawn(t);
  const policies = [await policyOn('nightjar'), await policyOn('kestrel')] as const;
  for (const policy of policies) await take(policy);
  const [stuck, next] = [await begin(policies[0]), await begin(policies[1])];
  const turns = createDrillTurns();
  const whose = () => turns.next(openDrills(parts.engine.state()), parts.clock.now());
  const reports = join(parts.data, 'drills');
  /** Where no report can be kept, no drill can be done. */
  const obstruct = (): void => {
    rmSync(reports, { recursive: true, force: true });
    writeFileSync(reports, 'in the way');
  };
  obstruct();
  assert.equal(whose()?.id, stuck.id);
  assert.equal(await doDrill(parts, turns, stuck, {}), true);
  assert.equal(whose()?.id, next.id);
  rmSync(reports);
  await doDrill(parts, turns, next, {});
  assert.match(
    resultOf(next.id)?.failures[0]?.why ?? '',
    /no repository/,
    'its vault is not there, and that is on record',
  );
  assert.equal(whose(), undefined, 'put off');
  obstruct();
  for (let tries = 1; tries < TRIES_MAX; tries += 1) {
    wait(HOUR_MS);
    assert.equal(resultOf(stuck.id), undefined);
    await doDrill(parts, turns, whose() ?? assert.fail('it comes back'), {});
  }
  const { held, failures } = resultOf(stuck.id) ?? assert.fail('it never ends');
  assert.deepEqual([held, failures[0]?.why.startsWith('it could not be done: Error: EEXIST')], [false, true]);
  assert.equal(troubles.length, TRIES_MAX);
});

test('a record names as many of the files that failed as an entry holds, whatever they are called', () => {
  for (const text of ['\u0001', '日', 'x😀', '\udcff'].map((unit) => unit.repeat(600))) {
    const mismatches = Array.from({ length: 60 }, () => ({ path: text, why: text }));
    const counts = { files: 60, filesOf: 60, bytes: 1, bytesOf: 1, firstByteMs: 1, startMs: 1, isolated: true };
    const parts = { parts: [{ bytes: 1, ms: 1 }], restored: [], gaps: [], source: '/show' };
    const media = {
      opened: 0,
      wrongFrames: 0,
      skipped: 0,
      failures: mismatches,
      brokenBefore: mismatches,
      checked: [],
    };
    const of = {
      backup: undefined,
      why: 'newest',
      plan: 'sample',
      seed: 's',
      previous: undefined,
      newestAt: 1,
    } as const;
    const facts = { ...of, startedAt: 1, finishedAt: 1 };
    const { record } = reportDrill(facts, { kind: 'drilled', ...counts, ...parts, mismatches }, undefined, media);
    const read = drillData.parse(record);
    assert.ok(Buffer.byteLength(canonical(read as unknown as Json)) <= DATA_BYTES_MAX);
    assert.ok(read.failed === 60 && read.failures.length > 10, `${read.failures.length}`);
    assert.equal(drillData.parse(reportNothing(facts, text).record).failures.length, 1);
  }
});

test('turns: longer waits each time, an hour at most; a day after it was begun the next trouble ends a drill', () => {
  const at = DAY_MS;
  const drill = { id: newId('drill'), begunAt: at };
  const turns = createDrillTurns();
  const waits = [1, 2, 4, 8, 16, 32, 60, 60].map((minutes) => minutes * MINUTE_MS);
  for (const [tries, ms] of waits.entries()) {
    assert.equal(turns.putOff(drill, at), tries + 1 >= TRIES_MAX);
    assert.equal(turns.next([drill], at + ms - 1), undefined);
    assert.equal(turns.next([drill], at + ms), drill);
  }
  turns.next([], at);
  assert.equal(turns.next([drill], at), drill, 'one that is over is forgotten');
  assert.equal(createDrillTurns().putOff(drill, at + DAY_MS), true);
});
