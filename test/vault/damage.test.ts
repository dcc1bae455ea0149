/** Every kind of object, damaged in every way it can be: named by the check, healed from another copy, or rebuilt. */
import assert from 'node:assert/strict';
import { chmodSync, cpSync, readdirSync, readFileSync, rmSync, truncateSync, unlinkSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { after, before, test } from 'node:test';
import { heal } from '#vault/engine/heal.ts';
import { rebuildIndex } from '#vault/engine/rebuild-index.ts';
import { healInFolder, openFolderStore } from '#vault/store/folder-store.ts';
import { Fault } from '#std/refused.ts';
import { describeTree, makeOddTree } from './odd-tree.ts';
import { makeRepository } from './test-repository.ts';
import type { TestRepository } from './test-repository.ts';

let world: TestRepository;
let sound: string;
let snapshot: string;

before(async () => {
  world = await makeRepository('damage');
  makeOddTree(world.source);
  snapshot = (await world.backup()).snapshot;
  sound = join(world.folder, 'other-copy');
  cpSync(world.path, sound, { recursive: true });
});

after(() => {
  reset();
  world[Symbol.dispose]();
});

function reset(): void {
  rmSync(world.path, { recursive: true });
  cpSync(sound, world.path, { recursive: true });
}

function objects(type: string): readonly string[] {
  const root = join(world.path, type);
  return readdirSync(root, { recursive: true, encoding: 'utf8' })
    .filter((name) => /(^|\/)[0-9a-f]{64}$/.test(name))
    .map((name) => join(root, name))
    .sort();
}

function first(type: string): string {
  return objects(type)[0] ?? assert.fail(`no ${type}`);
}

function flip(path: string, at: number): void {
  const bytes = readFileSync(path);
  const place = at < 0 ? bytes.length + at : at;
  bytes[place] = (bytes[place] ?? 0) ^ 4;
  chmodSync(path, 0o600);
  writeFileSync(path, bytes);
}

test('a flipped bit anywhere in any pack is found, and the pack named', async () => {
  for (const [i, pack] of objects('data').entries()) {
    reset();
    const size = readFileSync(pack).length;
    // The first blob's nonce, somewhere in the middle, the header, the header's length.
    flip(pack, [0, Math.floor(size / 2), -40, -2][i % 4] ?? 0);
    const { damage } = await world.verify();
    assert.deepEqual(
      damage.map(({ object }) => object).filter((object) => object.startsWith('data/')),
      [`data/${basename(pack)}`],
    );
  }
});

test('a truncated or missing pack is found without reading data, with the files that it takes', async () => {
  for (const harm of [(path: string) => truncateSync(path, 100), unlinkSync]) {
    reset();
    const pack = (await world.open()).index.get(await pieceOf('random.mxf'))?.pack ?? '';
    const path = objects('data').find((one) => one.endsWith(pack)) ?? '';
    chmodSync(path, 0o600);
    harm(path);
    const { damage, lostFiles } = await world.verify(false);
    assert.ok(damage.some(({ object }) => object === `data/${pack}`));
    assert.ok(lostFiles.some(({ path: lost }) => lost.endsWith('/media/reel/random.mxf')));
    const target = join(world.folder, `partly-${harm.name}`);
    const { failed, files } = await world.restore(snapshot, world.source, target);
    assert.ok(
      failed.some(({ path: lost }) => lost.endsWith('random.mxf')),
      'a restore names what it cannot bring',
    );
    assert.ok(files > failed.length, 'and brings the rest');
  }
});

async function pieceOf(name: string): Promise<string> {
  const repository = await world.open();
  const { walkSnapshot } = await import('#vault/engine/tree-reader.ts');
  for await (const { path, node } of walkSnapshot(repository, snapshot))
    if (path.endsWith(name)) return node.content?.[0] ?? '';
  return assert.fail(`no ${name}`);
}

test('damaged index, snapshot, key and config are each called by their name', async () => {
  for (const type of ['index', 'snapshots'] as const) {
    reset();
    const path = first(type);
    flip(path, 33);
    const { damage } = await world.verify(false);
    assert.ok(
      damage.some(({ object }) => object === `${type}/${basename(path)}`),
      `${type}: ${JSON.stringify(damage)}`,
    );
  }
  reset();
  const key = first('keys');
  flip(key, 200);
  await assert.rejects(world.open(), isDamageOf(basename(key)));
  reset();
  flip(join(world.path, 'config'), 20);
  await assert.rejects(world.open(), isDamageOf('config'));
});

function isDamageOf(name: string) {
  return (error: unknown): boolean =>
    error instanceof Fault && error.code === 'object-damaged' && error.message.includes(name);
}

test('what is damaged heals from another copy, and nothing else is put in its place', async () => {
  reset();
  const [one = '', two = '', three = ''] = objects('data');
  flip(one, 50);
  unlinkSync(two);
  truncateSync(three, 10);
  flip(first('index'), 10);
  const bad = await world.verify();
  const other = openFolderStore(sound);
  const put = healInFolder.bind(undefined, world.path);
  assert.equal((await heal(bad.damage, other, put)).healed.length, 3, 'the index and two packs');
  const { healed, left } = await heal((await world.verify()).damage, other, put);
  assert.deepEqual([healed, left], [[`data/${basename(two)}`], []], 'the index names the one that is missing');
  assert.deepEqual((await world.verify()).damage, []);
  world.restic('check', '--read-data');
  await assert.rejects(put('data', basename(one), Buffer.from('else')), (error) => error instanceof Fault);
});

test('a pack that is damaged in both copies stays named', async () => {
  reset();
  const pack = first('data');
  flip(pack, 50);
  const { damage } = await world.verify();
  const { healed, left } = await heal(damage, openFolderStore(world.path), healInFolder.bind(undefined, world.path));
  assert.deepEqual(healed, []);
  assert.equal(left[0]?.object, `data/${basename(pack)}`);
});

test('a lost index is rebuilt from the packs, and everything is there again', async () => {
  reset();
  for (const path of objects('index')) unlinkSync(path);
  const repository = await world.open();
  assert.equal(repository.index.size, 0);
  const { packs, damage } = await rebuildIndex(repository);
  assert.deepEqual([packs, damage], [objects('data').length, []]);
  const checked = await world.verify();
  assert.deepEqual([checked.damage, checked.lostFiles, checked.orphans], [[], [], []]);
  world.restic('check', '--read-data');
  const target = join(world.folder, 'rebuilt');
  await world.restore(snapshot, `${world.source}/media`, target);
  const times = (root: string): unknown => describeTree(root, false).filter(({ what }) => !what.includes('/hard'));
  assert.deepEqual(times(`${target}/media/reel`), times(`${world.source}/media/reel`));
});

test('a backup whose parent has lost its trees reads everything anew and stores them once more', async () => {
  reset();
  const { index } = await world.open();
  const packs = new Set([...index.entries()].flatMap(([, { type, pack }]) => (type === 'tree' ? [pack] : [])));
  const lost = objects('data').filter((path) => packs.has(basename(path)));
  assert.ok(lost.length > 0);
  for (const path of lost) unlinkSync(path);
  const taken = await world.backup({ parent: snapshot });
  assert.deepEqual(taken.unsteady, []);
  assert.equal(taken.readFiles, taken.files);
  for (const path of objects('index')) unlinkSync(path);
  await rebuildIndex(await world.open());
  const target = join(world.folder, 'after-lost-trees');
  const { failed } = await world.restore(taken.snapshot, `${world.source}/media`, target);
  assert.deepEqual(failed, []);
  const times = (root: string): unknown => describeTree(root, false).filter(({ what }) => !what.includes('/hard'));
  assert.deepEqual(times(`${target}/media/reel`), times(`${world.source}/media/reel`));
});
