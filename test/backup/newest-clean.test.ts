/**
 * Restores that mix snapshots, with the real engine and real jobs: what an alarm touched comes from before it, the rest from the newest; and what
 * one person touched.
 */
import { after, before, test } from 'node:test';
import assert from 'node:assert/strict';
import { hash } from 'node:crypto';
import { existsSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { openBackedUp, takeNow } from './facility.ts';
import type { BackedUp } from './facility.ts';
import { DAY_MS } from '#model/limits.ts';
import { newId, owner } from '#engine/test-facility.ts';
import { createBackupDesk } from '#host/backup/backup-desk.ts';
import type { Draft } from '#model/events.ts';
import type { Backup, Restore } from '#model/backup-state.ts';
import type { SnapshotDiff } from '#ports/backups.ts';

let world: BackedUp;
let [first, attacked, newest]: Backup[] = [];
let whole: readonly Buffer[];

before(async () => {
  world = await openBackedUp(6, 1);
  // The alarm of this test is the only one.
  const from = Date.now() + 500;
  const window = { from, until: from + DAY_MS, folders: [], reason: 'a test' };
  await world.ask({ kind: 'plan-change', change: newId('change'), project: world.project, ...window }, world.asOwner);
  await world.until('the first snapshot', ({ taken }) => taken.some(({ standing }) => standing === 'taken'));
  first = [...world.state().taken.values()][0];
  whole = [0, 1, 2].map((n) => readFileSync(file(`media/reel/shot ${n}.mov`)));
  shot(0, 'encrypted');
  shot(1, 'encrypted');
  rmSync(file('media/reel/shot 2.mov'));
  writeFileSync(file('media/reel/HOW TO DECRYPT.txt'), 'pay');
  attacked = await takeNow(world);
  const sign = { sign: 'magic-lost', says: 'They are no movies any more.', files: 2, examples: [] } as const;
  const about = { alarm: newId('alarm'), project: world.project, backup: attacked.id };
  await world.ask(
    { kind: 'raise-alarm', ...about, score: 9, signs: [{ ...sign, examples: [] }] },
    { service: 'gate-backup' },
  );
  writeFileSync(file('project/edit.xml'), '<edit version="2"/>');
  shot(0, 'encrypted again');
  renameSync(file('media/reel/shot 5.mov'), file('media/reel/shot 5 alt.mov'));
  newest = await takeNow(world);
});
after(() => world.close());

const file = (path: string): string => join(world.workspace, path);
const shot = (n: number, text: string): void => writeFileSync(file(`media/reel/shot ${n}.mov`), text);

const bySize = ([a = 0]: Sized, [b = 0]: Sized): number => a - b;
type Sized = readonly [size: number | undefined, snapshot: string | undefined];

async function restored(wish: Partial<Pick<Restore, 'touched' | 'newestClean' | 'mode' | 'path'>>) {
  const restore = newId('restore');
  assert.ok(newest?.taken !== undefined);
  await world.ask({
    kind: 'begin-restore',
    restore,
    backup: newest.id,
    snapshot: newest.taken.snapshot,
    path: '',
    mode: 'aside',
    newestClean: false,
    reason: 'a test',
    ...wish,
  });
  await world.until('the restore’s end', ({ restores }) => restores.get(restore)?.finished !== undefined);
  const finished = world.state().restores.get(restore)?.finished;
  assert.ok(finished !== undefined);
  return { id: restore, finished };
}

test('each file comes as it last was before an alarm touched it; the report says from which snapshot', async () => {
  const { id, finished } = await restored({ newestClean: true });
  assert.deepEqual([finished.failed, finished.leftOut, finished.files], [0, 1, 7]);
  assert.deepEqual(
    finished.sources?.map(({ snapshot, files }) => [snapshot, files]),
    [
      [newest?.taken?.snapshot, 4],
      [first?.taken?.snapshot, 3],
    ],
  );
  const folder = `restored ${id.slice(-6)}`;
  const back = (path: string): Buffer => readFileSync(file(`${path.replace('/', `/${folder}/`)}`));
  for (const n of [0, 1, 2]) assert.deepEqual(back(`media/reel/shot ${n}.mov`), whole[n]);
  assert.equal(back('project/edit.xml').toString(), '<edit version="2"/>');
  assert.ok(!existsSync(file(`media/${folder}/reel/HOW TO DECRYPT.txt`)));

  const report = readFileSync(join(world.data, 'restores', `${id}.jsonl`));
  assert.equal(hash('sha256', report), finished.reportSha256, 'the ledger has the report’s hash');
  const desk = createBackupDesk(world.parts);
  const read = await desk.restoreReport(id, 0, 100);
  assert.ok(read.kind === 'ok');
  const lines = new Map(read.value.lines.map((line) => [line.path, line]));
  assert.deepEqual(lines.get('media/reel/shot 2.mov'), {
    path: 'media/reel/shot 2.mov',
    snapshot: first?.taken?.snapshot,
  });
  assert.deepEqual(lines.get('media/reel/HOW TO DECRYPT.txt'), {
    path: 'media/reel/HOW TO DECRYPT.txt',
    leftOut: 'it first appeared under an alarm',
  });
});

test('versions of a file over all snapshots, and a text found in any of them', async () => {
  const desk = createBackupDesk(world.parts);
  const versions = await desk.history(world.project, { path: 'media/reel/shot 0.mov' }, 50);
  assert.ok(versions.kind === 'ok');
  assert.deepEqual(
    versions.value.versions.map(({ sizeBytes, first: from }): Sized => [sizeBytes, from]).toSorted(bySize),
    [
      [15, newest?.taken?.snapshot] as const,
      [whole[0]?.length, first?.taken?.snapshot] as const,
      [9, attacked?.taken?.snapshot] as const,
    ].toSorted(bySize),
  );
  const found = await desk.history(world.project, { text: 'SHOT 2' }, 50);
  assert.ok(found.kind === 'ok');
  assert.deepEqual(
    found.value.versions.map(({ path, last }) => [path, last]),
    [['media/reel/shot 2.mov', first?.taken?.snapshot]],
    'it was there last in the first snapshot',
  );
});

test('what came, went, moved and became different between two snapshots', async () => {
  const desk = createBackupDesk(world.parts);
  const between = async (from: Backup | undefined, to: Backup | undefined, path = '', limit = 50) => {
    assert.ok(from !== undefined && to !== undefined);
    const found = await desk.diff({ from: from.id, to: to.id, path }, limit);
    assert.ok(found.kind === 'ok');
    return found.value;
  };
  const rows = ({ entries }: SnapshotDiff) =>
    entries.map(({ change, path, wasBytes, movedFrom }) => [change, path, wasBytes ?? movedFrom]);

  const struck = await between(first, attacked);
  assert.deepEqual(rows(struck), [
    ['added', 'media/reel/HOW TO DECRYPT.txt', undefined],
    ['changed', 'media/reel/shot 0.mov', whole[0]?.length],
    ['changed', 'media/reel/shot 1.mov', whole[1]?.length],
    ['removed', 'media/reel/shot 2.mov', undefined],
  ]);
  assert.deepEqual(struck.totals, {
    added: { files: 1, bytes: 3 },
    removed: { files: 1, bytes: whole[2]?.length },
    changed: { files: 2, bytes: 18 },
    moved: { files: 0, bytes: 0 },
  });

  const later = await between(attacked, newest);
  assert.deepEqual(rows(later), [
    ['changed', 'media/reel/shot 0.mov', 9],
    ['moved', 'media/reel/shot 5 alt.mov', 'media/reel/shot 5.mov'],
    ['changed', 'project/edit.xml', later.entries.at(-1)?.wasBytes],
  ]);
  assert.equal(later.totals.moved.files, 1);
  assert.deepEqual(rows(await between(attacked, newest, 'project')), rows(later).slice(2), 'only what is in a folder');
  const cut = await between(first, newest, '', 1);
  assert.deepEqual([cut.entries.length, cut.limited], [1, true]);
  assert.equal((await between(newest, newest)).entries.length, 0);
});

test('what one person touched since a time comes back as it was before, in place, with the old kept', async () => {
  const since = Date.now();
  const accepted: Draft = {
    kind: 'file.accepted',
    stream: world.project,
    by: { person: owner },
    about: { project: world.project, path: 'project/edit.xml' },
    data: { gate: 'portal', upload: newId('upload'), sizeBytes: 3, xxh64: '0'.repeat(16), sha256: '0'.repeat(64) },
  } as Draft; // `type` is left out: it is optional
  writeFileSync(file('project/edit.xml'), 'bad');
  await world.parts.engine.record([accepted]);
  const touched = await createBackupDesk(world.parts).touched(world.project, owner, since);
  assert.deepEqual(
    touched.map(({ path, act, times }) => [path, act, times]),
    [['project/edit.xml', 'written', 1]],
  );
  const { id, finished } = await restored({ touched: { by: owner, since }, mode: 'in-place' });
  assert.deepEqual([finished.files, finished.failed, finished.leftOut], [1, 0, 0]);
  assert.equal(readFileSync(file('project/edit.xml'), 'utf8'), '<edit version="2"/>');
  assert.equal(readFileSync(file(`project/edit (before restore ${id.slice(-6)}).xml`), 'utf8'), 'bad');
  assert.equal(readFileSync(file('media/reel/shot 1.mov'), 'utf8'), 'encrypted', 'nobody else’s file is touched');
});

test('nothing to restore is said, not done silently', async () => {
  const { finished } = await restored({ touched: { by: owner, since: Date.now() + 1000 } });
  assert.equal(finished.failed, 1);
  assert.match(finished.to, /failed: they touched nothing/);
  assert.match(world.troubles.splice(0).join('\n'), /they touched nothing/);
});
