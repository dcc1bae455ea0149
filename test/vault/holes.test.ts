/** Files that lack pieces: each is named by its bytes, none of them is left with holes in it, and all others come back. */
import { after, before, test } from 'node:test';
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { linkSync, lstatSync, mkdirSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { openFileAttributes } from '#host/backup/file-attributes.ts';
import { setTimes } from '#vault/engine/file-times.ts';
import { pathBytes } from '#vault/engine/path-text.ts';
import { restore } from '#vault/engine/restore.ts';
import type { RestoreResult } from '#vault/engine/restore.ts';
import { treeAt } from '#vault/engine/tree-reader.ts';
import { decodeIndex, encodeIndex } from '#vault/format/index-format.ts';
import { objectPath } from '#vault/store/folder-store.ts';
import { seededBytes } from './seeded-bytes.ts';
import { makeRepository } from './test-repository.ts';
import type { TestRepository } from './test-repository.ts';

const KIB = 1024;
const OLD = ['old.mov', Buffer.from('old \xff.mov', 'latin1')];
const NEW = ['new.mov', Buffer.from('new \xff.mov', 'latin1'), Buffer.from('new \xfe.mov', 'latin1')];
const BEFORE_1970 = -86_400_123_456_000n;
let world: TestRepository;
let snapshot: string;
let lostIndex: string;
let done: RestoreResult;
let reel: string;

before(async () => {
  world = await makeRepository('holes');
  world.harmed('an index of it is damaged');
  const from = join(world.source, 'reel');
  mkdirSync(from);
  OLD.forEach((name, at) => writeFileSync(beneath(from, name), seededBytes(at, 100 * KIB)));
  setTimes(join(from, 'old.mov'), 0n, BEFORE_1970);
  mkdirSync(join(from, 'old'));
  symlinkSync('nowhere', join(from, 'old', 'link'));
  for (const name of ['old/link', 'old']) setTimes(join(from, name), 0n, BEFORE_1970);
  await world.backup();
  const known = indexes();
  NEW.forEach((name, at) => writeFileSync(beneath(from, name), seededBytes(10 + at, 100 * KIB)));
  execFileSync('setfattr', ['-n', 'user.scene', '-v', '12', join(from, 'new.mov')]);
  mkdirSync(join(from, 'lost'));
  writeFileSync(join(from, 'lost', 'x'), 'x');
  linkSync(join(from, 'new.mov'), join(from, 'same as new.mov'));
  ({ snapshot } = await world.backup());
  // Of the newer snapshot the trees are known and the files are not: as if an index had named the one pack and not the other.
  const added = indexes().find((name) => !known.includes(name));
  assert.ok(added !== undefined);
  lostIndex = added;
  await forgetFiles(added);
  const { place, source: path } = world;
  const target = join(world.folder, 'back');
  reel = join(target, 'source', 'reel');
  done = await restore(await world.open(), {
    place,
    snapshot,
    path,
    target,
    failedNamedMax: 4,
    attributes: openFileAttributes(),
  });
});
after(() => world[Symbol.dispose]());

function beneath(folder: string, name: string | Buffer): Buffer {
  return Buffer.concat([Buffer.from(`${folder}/`), Buffer.from(name)]);
}

/** Each character is a byte. */
function inReel(path: string): string {
  return pathBytes(path)
    .toString('latin1')
    .slice(reel.length + 1);
}

function indexes(): readonly string[] {
  return readdirSync(join(world.path, 'index'));
}

/** Its trees, but for that of one folder, are named by an index of their own, and what is left of it cannot be read. */
async function forgetFiles(index: string): Promise<void> {
  const repository = await world.open();
  const [lost] = await treeAt(repository, snapshot, join(world.source, 'reel', 'lost'));
  const packs = decodeIndex(await repository.readUnpacked('index', index));
  const kept = packs.map(({ id, blobs }) => ({
    id,
    blobs: blobs.filter((blob) => blob.type === 'tree' && blob.id !== lost?.subtree),
  }));
  await repository.writeUnpacked('index', encodeIndex(kept.filter(({ blobs }) => blobs.length > 0)));
  const path = objectPath(world.path, 'index', index);
  rmSync(path, { force: true });
  writeFileSync(path, 'rotten');
}

function namesIn(folder: string): readonly string[] {
  return readdirSync(folder, { encoding: 'latin1' }).toSorted();
}

test('files whose pieces no index knows are named with the damaged index, are not there, and all others are whole', () => {
  assert.deepEqual(namesIn(reel), ['old', 'old \xff.mov', 'old.mov']);
  OLD.forEach((name, at) => assert.ok(readFileSync(beneath(reel, name)).equals(seededBytes(at, 100 * KIB))));
  const lost = ['new \xfe.mov', 'new \xff.mov', 'new.mov'];
  assert.deepEqual(done.failed.map(({ path, hasHoles, isFolder }) => [inReel(path), hasHoles, isFolder]).toSorted(), [
    ['lost', true, true],
    ...lost.map((name) => [name, true, undefined]),
  ]);
  for (const { why } of done.failed) {
    assert.ok(why.includes(`index/${lostIndex.slice(0, 12)} of this copy is damaged`), why);
    assert.match(why, /“picturelock backup heal”, or “rebuild-index”/);
  }
});

test('more failed files than are named end no restore: they are counted, and are not there either', () => {
  assert.deepEqual([done.failed.length, done.failedMore, namesIn(reel).length], [4, 1, 3]);
});

test('times before 1970 come back', () => {
  for (const name of ['old.mov', 'old', 'old/link'])
    assert.equal(lstatSync(join(reel, name), { bigint: true }).mtimeNs, BEFORE_1970, name);
});

test('a file that is there already stays as it is, also where it cannot be restored', async () => {
  const target = join(world.folder, 'taken');
  mkdirSync(target);
  writeFileSync(join(target, 'new.mov'), 'mine');
  const { failed } = await world.restore(snapshot, join(world.source, 'reel', 'new.mov'), target);
  assert.deepEqual(
    failed.map(({ hasHoles }) => hasHoles),
    [true],
  );
  assert.equal(readFileSync(join(target, 'new.mov'), 'utf8'), 'mine');
});
