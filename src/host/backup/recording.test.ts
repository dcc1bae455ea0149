/** Whatever files and snapshots are called: what the backup service found is on record, and an alarm pauses removals. The engine is the real one. */
import { after, before, test } from 'node:test';
import assert from 'node:assert/strict';
import { withFailures } from './named-failures.ts';
import { failureWords, raiseAlarm, recordOrPlain } from './recording.ts';
import type { RecordingParts } from './recording.ts';
import { openLocalEngine } from '#engine/local.ts';
import type { LocalEngine } from '#engine/local.ts';
import { foundFacility, newId } from '#engine/test-founding.ts';
import type { Founded } from '#engine/test-founding.ts';
import { encodeEntry } from '#ledger/entry.ts';
import { DATA_BYTES_MAX } from '#ledger/entry-text.ts';
import { RESTORE_FAILURES_MAX } from '#model/backup-shapes.ts';
import type { Alarm } from '#model/backup-state.ts';
import type { Command } from '#model/commands.ts';
import { parseEntry } from '#model/events.ts';
import { DAY_MS, HOUR_MS } from '#model/limits.ts';
import { isPrunePaused } from '#model/recovery-proof.ts';
import { canonical } from '#std/canonical.ts';
import type { Json } from '#std/canonical.ts';
import type { BackupId, ProjectId } from '#std/ids.ts';
import { Fault } from '#std/refused.ts';
import type { AlarmSign, SignName } from '#vault/detect/mark.ts';
import { sumUp } from '#vault/detect/suspicion.ts';
import { churnMarks } from '#vault/detect/tree-marks.ts';
import type { Succession } from '#vault/detect/successors.ts';
import { pathText } from '#vault/engine/path-text.ts';

const BY = { service: 'gate-backup' };
const HASH = 'a'.repeat(64);
const LAST_CLEAN = 'c'.repeat(64);
const SIGNS: readonly SignName[] = ['write-once-changed', 'magic-lost', 'mass-delete', 'growth'];
/** Six bytes each in canonical JSON; three; a pair that a cut may part; no text at all. */
const HOSTILE = ['\u0001', '日', '😀', 'x😀', '\udcff', '\ud800'].map((unit) => unit.repeat(600 / unit.length));

let engine: LocalEngine;
let facility: Founded;
let project: ProjectId;
let backup: BackupId;
let troubles: string[] = [];

before(async () => {
  engine = await openLocalEngine();
  facility = await foundFacility(engine);
  project = await facility.project('nightjar');
  backup = await taken();
});
after(() => engine.close());

const parts = (over: Partial<RecordingParts> = {}): RecordingParts => ({
  engine,
  by: BY,
  onTrouble: (what, cause) => troubles.push(`${what}: ${String(cause)}`),
  ...over,
});
const act = (command: Command): Promise<void> => facility.act(command, BY);

async function taken(): Promise<BackupId> {
  const [vault, policy, id] = [newId('vault'), newId('policy'), newId('backup')];
  const place = { name: 'rack', nature: 'local', address: 'file:///mnt/vault/', locks: 'root', lockDays: 1 } as const;
  await facility.act({ kind: 'enrol-vault', vault, ...place }, { service: 'console' });
  const often = { everyMs: HOUR_MS, keepDays: 30, rpoMs: DAY_MS, rtoMs: DAY_MS };
  await facility.act(
    { kind: 'set-policy', policy, project, name: 'all', vaults: [vault], ...often },
    { service: 'console' },
  );
  await act({ kind: 'begin-backup', backup: id, policy, vault, because: 'asked' });
  const counts = { files: 1, bytes: 1, addedBytes: 1, unsteady: 0, consistency: 'watched' } as const;
  const what = { snapshot: HASH, tree: HASH, manifestSha256: HASH, startedAt: 1, finishedAt: 1, ...counts };
  await act({ kind: 'record-backup', backup: id, ...what });
  return id;
}

/** The alarm as it came to be, and its entry as the ledger has it. */
async function raised(signs: readonly AlarmSign[], how = parts()): Promise<Alarm> {
  const alarm = newId('alarm');
  await raiseAlarm(how, { kind: 'raise-alarm', alarm, project, score: 2, signs: [...signs], lastClean: LAST_CLEAN });
  const [newest] = (await engine.search({ kind: 'alarm.raised', limit: 1 })).entries;
  assert.ok(newest !== undefined && encodeEntry(parseEntry(newest.entry)).byteLength > 0);
  assert.equal(isPrunePaused(engine.state()), true);
  const known = engine.state().backups.alarms.get(alarm) ?? assert.fail('it was not raised');
  assert.equal(known.lastClean, LAST_CLEAN);
  await facility.act({ kind: 'settle-alarm', alarm, reason: 'a test', genuine: false });
  assert.equal(isPrunePaused(engine.state()), false);
  return known;
}

function full(text: string, count: number): readonly AlarmSign[] {
  const examples = Array.from({ length: 10 }, () => text);
  return Array.from({ length: count }, (_, n) => ({
    sign: SIGNS[n % 4] ?? 'growth',
    says: text,
    files: 5000,
    examples,
  }));
}

test('a file name that is no UTF-8 does not keep an alarm from being raised', async () => {
  const paths = ['a', 'b', 'c'].map((name) => pathText(Buffer.from(`vfx/${name}.mov.x\xff`, 'latin1')));
  const became = paths.map((path) => ({ before: 'vfx/a.mov', how: 'moved', now: { path, look: { kind: 'unknown' } } }));
  const suspicion = sumUp(churnMarks(became as unknown as Succession[], 3), () => false); // of a file that came, its path and kind are asked
  assert.equal(suspicion.isAlarm, true);
  assert.deepEqual(
    (await raised(suspicion.signs)).signs.map(({ says }) => says),
    ['3 files: its name ends otherwise than before: mov became x\ufffd'],
  );
  assert.deepEqual(troubles, []);
});

test('an alarm of the longest names that there are is raised, with fewer examples of each and the number of those left out', async () => {
  for (const text of HOSTILE) {
    const { signs } = await raised(full(text, 20));
    assert.equal(signs.length, 20);
    const [{ examples, says } = assert.fail()] = signs;
    assert.ok(examples.length < 10 && says.endsWith(`(${10 - examples.length} more examples have no room here)`), says);
  }
  const { signs } = await raised(full('日'.repeat(320), 4));
  assert.ok(signs.every(({ examples }) => examples.length === 10 && examples.every((one) => one.length === 300)));
  assert.deepEqual(troubles, []);
});

test('an alarm that is refused nevertheless is raised without a word of anybody else, and still names snapshots', async () => {
  const refusing: RecordingParts['engine'] = {
    command: (command, by) =>
      JSON.stringify(command).includes('planted')
        ? Promise.reject(new Fault('not-text', 'an entry with text that UTF-8 cannot hold'))
        : engine.command(command, by),
  };
  const strange = { sign: 'poisoned-snapshot', says: 'planted', files: 2 } as const;
  const examples = [`${HASH} planted`, `${HASH}planted`];
  const { signs } = await raised([{ ...strange, examples }], parts({ engine: refusing }));
  assert.deepEqual([signs[0]?.files, signs[0]?.examples], [2, [HASH]]);
  assert.match(troubles.splice(0).join(), /raise-alarm is recorded without its texts/);
  const gone = { command: () => Promise.reject(new Fault('engine-lost', 'the engine is stopping', { retry: true })) };
  await assert.rejects(raised([], parts({ engine: gone })), { code: 'engine-lost' });
  assert.deepEqual(troubles, [], 'what passes is no reason to say less');
});

test('a restore is recorded as it was, whatever the files are called that failed', async () => {
  for (const text of HOSTILE) {
    const restore = newId('restore');
    const wish = { path: '', mode: 'aside', newestClean: false, reason: 'a test' } as const;
    await facility.act({ kind: 'begin-restore', restore, backup, snapshot: HASH, ...wish });
    const failed = Array.from({ length: 60 }, () => ({ path: text, why: text }));
    const done = withFailures({ files: 7, bytes: 7, failed: 60, ms: 7, to: 'media' }, failed, RESTORE_FAILURES_MAX);
    assert.ok(Buffer.byteLength(canonical(done as unknown as Json)) <= DATA_BYTES_MAX);
    const command = { kind: 'record-restore', restore, ...done } as const;
    await recordOrPlain(parts(), command, command);
    const { files, failures = [] } = engine.state().backups.restores.get(restore)?.finished ?? {};
    assert.ok(files === 7 && failures.length > 10 && failures.length <= RESTORE_FAILURES_MAX, `${failures.length}`);
    const { says } = failureWords(new Fault('x', text));
    await act({
      kind: 'record-copy-failure',
      backup,
      vault: [...engine.state().backups.vaults.keys()][0] ?? assert.fail(),
      code: 'x',
      says,
      tries: 1,
    });
  }
  assert.deepEqual(troubles, []);
});
