/** Files held still by clones on a file system that has them (XFS in a loop device), and watched on one that has none. */
import { after, before, test } from 'node:test';
import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import {
  appendFileSync,
  closeSync,
  fstatSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readFileSync,
  readdirSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { seededBytes } from './seeded-bytes.ts';
import { makeRepository } from './test-repository.ts';
import { newId } from '#engine/test-facility.ts';
import { HIDDEN } from '#gates/files/portable-name.ts';
import { ensurePassword } from '#host/backup/repository-keys.ts';
import { takeSnapshot } from '#host/backup/take.ts';
import { closeHeld, openStillness } from '#vault/engine/stillness.ts';

const MIB = 1 << 20;
const IMAGE_BYTES = 320 * MIB;
let folder: string;
let disk: string;
let lacking: string | undefined;

before(() => {
  folder = mkdtempSync(join(tmpdir(), 'picturelock-stillness-'));
  disk = join(folder, 'disk');
  mkdirSync(disk);
  lacking = mountXfs(join(folder, 'image'), disk);
});
after(() => {
  if (lacking === undefined) execFileSync('umount', [disk]);
  rmSync(folder, { recursive: true, force: true });
});

/** What is missing for it here, or undefined when it is mounted. */
function mountXfs(image: string, at: string): string | undefined {
  writeFileSync(image, '');
  truncateSync(image, IMAGE_BYTES);
  const made = spawnSync('mkfs.xfs', ['-q', '-m', 'reflink=1', image], { encoding: 'utf8' });
  if (made.status !== 0) return `no XFS can be made here: ${made.stderr ?? String(made.error)}`;
  const mounted = spawnSync('mount', ['-o', 'loop', image, at], { encoding: 'utf8' });
  return mounted.status === 0 ? undefined : `no loop device here: ${mounted.stderr}`;
}

test('a clone shows the file as it was, and has no name', (t) => {
  if (lacking !== undefined) return t.skip(lacking);
  const [path, clones] = [join(disk, 'growing.mov'), join(disk, 'clones')];
  mkdirSync(clones);
  const bytes = seededBytes(1, 3 * MIB);
  writeFileSync(path, bytes);
  const fd = openSync(path, 'r');
  const held = openStillness(clones).hold(fd, fstatSync(fd, { bigint: true }).dev);
  assert.ok(held !== undefined);
  appendFileSync(path, 'more');
  writeFileSync(path, 'other');
  assert.deepEqual(readFileSync(held), bytes);
  assert.deepEqual(readdirSync(clones), []);
  closeHeld(held);
  closeSync(fd);
});

test('a file system without clones is asked once, and what was begun is removed', () => {
  const [path, clones] = [join(folder, 'file'), join(folder, 'clones')];
  mkdirSync(clones);
  writeFileSync(path, 'text');
  const fd = openSync(path, 'r');
  const stillness = openStillness(clones);
  const { dev } = fstatSync(fd, { bigint: true });
  const first = stillness.hold(fd, dev);
  if (first === undefined) assert.equal(stillness.hold(fd, dev), undefined);
  closeHeld(first);
  assert.deepEqual(readdirSync(clones), []);
  closeSync(fd);
});

test('a backup says of each file whether it was held still; one that is written to meanwhile is whole', async (t) => {
  if (lacking !== undefined) return t.skip(lacking);
  using world = await makeRepository('held');
  const source = join(disk, 'show');
  mkdirSync(join(source, 'media'), { recursive: true });
  for (let n = 0; n < 4; n += 1) writeFileSync(join(source, 'media', `clip ${n}.mov`), seededBytes(n, 2 * MIB));
  const log = join(source, 'media', 'log.txt');
  writeFileSync(log, 'begun\n');
  const [clones, skipped] = [join(source, 'clones'), join(source, 'clones')];
  let isGrowing = true;
  const grow = (): void => {
    if (!isGrowing) return;
    appendFileSync(log, 'a line\n');
    setImmediate(grow);
  };
  grow();
  const taken = await world.backupListed({ source, clones, skips: (path) => path.toString() === skipped });
  isGrowing = false;
  assert.deepEqual([taken.files, taken.readFiles, taken.heldFiles, taken.unsteady], [5, 5, 5, []]);
  assert.deepEqual(taken.rows.map(({ path, held }) => [path, held]).slice(-1), [['media/log.txt', true]]);
  const target = join(world.folder, 'back');
  assert.deepEqual((await world.restore(taken.snapshot, source, target)).failed, []);
  const back = readFileSync(join(target, 'show', 'media', 'log.txt'), 'utf8');
  assert.ok(readFileSync(log, 'utf8').startsWith(back) && back.endsWith('\n'), 'it is the file of one instant');
  assert.equal(readdirSync(source).includes('clones'), false);

  const again = await world.backup({
    source,
    clones,
    parent: taken.snapshot,
    skips: (path) => path.toString() === skipped,
  });
  assert.deepEqual([again.readFiles, again.heldFiles], [1, 1], 'what was written to since then is read again');
});

test('without clones files are watched, and say nothing of the kind', async () => {
  using world = await makeRepository('watched');
  writeFileSync(join(world.source, 'a.mov'), seededBytes(1, MIB));
  const taken = await world.backupListed();
  assert.deepEqual([taken.readFiles, taken.heldFiles], [1, 0]);
  assert.deepEqual(
    taken.rows.map(({ held }) => held),
    [undefined],
  );
});

test('a folder that nobody may write to is backed up all the same, watched and without decoys', async (t) => {
  const [source, data] = [join(folder, 'archive'), join(folder, 'data')];
  const left = join(source, HIDDEN, 'clones');
  mkdirSync(left, { recursive: true });
  mkdirSync(join(source, 'media'));
  for (const path of ['media/a.edl', 'media/b.edl']) writeFileSync(join(source, path), `TITLE: ${path}\n`);
  writeFileSync(join(left, '1-0-1'), 'of a run that was killed');
  execFileSync('mount', ['--bind', source, source]);
  t.after(() => execFileSync('umount', [source]));
  execFileSync('mount', ['-o', 'remount,bind,ro', source]);
  const place = { kind: 'folder', folder: join(data, 'vault'), sync: false } as const;
  const job = {
    kind: 'take',
    place,
    passwordFile: ensurePassword(data, newId('project')),
    source,
    at: Date.now(),
  } as const;
  const watch = { windows: [], usualBytes: [], decoys: true, replant: true };
  const scratch = join(data, 'scratch');
  const taken = await takeSnapshot({ ...job, host: 'here', tags: [], scratch, watch }, () => undefined);
  assert.deepEqual([taken.files, taken.isHeld, taken.unsteady, taken.suspicion?.isAlarm], [2, false, 0, false]);
});
