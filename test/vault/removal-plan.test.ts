/** What may go with a snapshot, by what all others reach: packs and indexes that are shared stay found, and anything in doubt plans nothing. */
import assert from 'node:assert/strict';
import { hash } from 'node:crypto';
import {
  chmodSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  truncateSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, test } from 'node:test';
import { seededBytes } from './seeded-bytes.ts';
import { makeRepository } from './test-repository.ts';
import type { TestRepository } from './test-repository.ts';
import { manifestTag } from '#vault/drill/sealed-manifest.ts';
import { backup } from '#vault/engine/backup.ts';
import { holdLock, holdLockAlone } from '#vault/engine/lock.ts';
import { rebuildIndex } from '#vault/engine/rebuild-index.ts';
import { planRemoval } from '#vault/engine/removal-plan.ts';
import type { RemovalPlan } from '#vault/engine/removal-plan.ts';
import { listFolder } from '#vault/engine/tree-reader.ts';
import { decodeIndex, encodeIndex } from '#vault/format/index-format.ts';
import { objectPath } from '#vault/store/folder-store.ts';

let world: TestRepository;
beforeEach(async () => {
  world = await makeRepository('removal');
});
afterEach(() => world[Symbol.dispose]());

function write(name: string, seed: number, bytes = 200_000): void {
  writeFileSync(join(world.source, name), seededBytes(seed, bytes));
}

async function take(tags: readonly string[] = []): Promise<string> {
  return (await world.backup({ tags })).snapshot;
}

/** As a vault does it, at last. */
function carryOut(objects: readonly string[]): void {
  for (const object of objects) {
    const [type = '', name = ''] = object.split('/');
    rmSync(objectPath(world.path, type as 'data', name)); // of a plan
  }
}

async function plan(...snapshots: readonly string[]) {
  return listed(await planRemoval(await world.open(), snapshots));
}

function listed(planned: RemovalPlan) {
  return { ...planned, objects: [...planned.objects] };
}

/** Every index as one: what is shared and what is not are named by the same object. */
async function joinIndexes(): Promise<void> {
  const repository = await world.open();
  const names = (await repository.store.list('index')).map(({ name }) => name);
  const packs = [];
  for (const name of names) packs.push(...decodeIndex(await repository.readUnpacked('index', name)));
  await repository.writeUnpacked('index', encodeIndex(packs));
  for (const name of names) unlinkSync(join(world.path, 'index', name));
}

test('what only the snapshot needs goes; one index of all packs is written anew without them; stock restic finds the rest whole', async () => {
  write('shared.bin', 1);
  write('own.bin', 2);
  const old = await take();
  unlinkSync(join(world.source, 'own.bin'));
  write('new.bin', 3);
  const young = await take();
  await joinIndexes();
  const planned = await plan(old);
  assert.equal(planned.indexesWritten, 1);
  assert.ok(planned.objects.some((object) => object.startsWith('index/')));
  assert.deepEqual((await plan(old)).objects, planned.objects, 'planned twice, the same');
  assert.equal((await plan(old)).indexesWritten, 0);
  carryOut(planned.objects);
  world.restic('check', '--read-data');
  const to = join(world.folder, 'back');
  await world.restore(young, world.source, to);
  const found = readdirSync(to, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.bin'));
  assert.deepEqual(found.map((name) => name.slice(name.lastIndexOf('/') + 1)).toSorted(), ['new.bin', 'shared.bin']);
});

test('a pack that somebody needs in part stays, and its bytes that nobody needs are told', async () => {
  const count = 20; // two packs are open at a time, and chance says which gets a piece
  for (let n = 0; n < count; n += 1) write(`shared ${n}.bin`, n, 4000);
  for (let n = 0; n < count; n += 1) write(`own ${n}.bin`, 100 + n, 4000);
  const old = await take();
  for (let n = 0; n < count; n += 1) unlinkSync(join(world.source, `own ${n}.bin`));
  await take();
  const { objects, partly } = await plan(old);
  assert.ok(partly.packs > 0 && partly.bytes >= 4000, 'a pack holds pieces of both');
  carryOut(objects);
  world.restic('check', '--read-data');
});

test('a file that has the bytes of a folder hides nothing of what the folder needs', async () => {
  mkdirSync(join(world.source, 'folder'));
  write('folder/shared.bin', 1);
  const old = await take();
  const before = await world.open();
  const folder = (await listFolder(before, old, world.source)).find(({ subtree }) => subtree !== undefined);
  // Whoever may write to a project and look at the folder can make this file. Its name is read before the folder's.
  writeFileSync(join(world.source, 'a.json'), await before.readBlob('tree', folder?.subtree ?? ''));
  await take();
  const { pack = '' } = before.index.get(hash('sha256', seededBytes(1, 200_000), 'hex')) ?? {};
  assert.ok(!(await plan(old)).objects.includes(`data/${pack}`));
});

/** Ids of all pieces that any pack holds, by what the packs say of themselves. */
async function piecesHeld(): Promise<ReadonlySet<string>> {
  for (const name of readdirSync(join(world.path, 'index'))) unlinkSync(join(world.path, 'index', name));
  const repository = await world.open();
  const { damage } = await rebuildIndex(repository);
  assert.deepEqual(damage, []);
  return new Set([...repository.index.entries()].map(([id]) => id));
}

test('with a rewrite nothing of what goes is left in any pack, and what stays is whole', async () => {
  const count = 20; // two packs are open at a time, and chance says which gets a piece
  for (let n = 0; n < count; n += 1) write(`shared ${n}.bin`, n, 4000);
  for (let n = 0; n < count; n += 1) write(`own ${n}.bin`, 100 + n, 4000);
  const old = await take();
  for (let n = 0; n < count; n += 1) unlinkSync(join(world.source, `own ${n}.bin`));
  const young = await take();
  const planned = listed(await planRemoval(await world.open(), [old], { rewrite: true }));
  assert.ok(planned.rewritten > 0);
  assert.deepEqual(planned.partly, { packs: 0, bytes: 0 });
  world.restic('check', '--read-data'); // nothing went yet, and what came fits
  const again = listed(await planRemoval(await world.open(), [old], { rewrite: true }));
  assert.deepEqual([again.objects, again.indexesWritten], [planned.objects, 0], 'planned twice, the same');
  carryOut(planned.objects);
  world.restic('check', '--read-data');
  const to = join(world.folder, 'back');
  await world.restore(young, world.source, to);
  const found = readdirSync(to, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.bin'));
  assert.equal(found.length, count);
  const held = await piecesHeld();
  for (let n = 0; n < count; n += 1) {
    const id = hash('sha256', seededBytes(100 + n, 4000), 'hex');
    assert.ok(!held.has(id), `own ${n} is gone from every pack`);
    assert.ok(held.has(hash('sha256', seededBytes(n, 4000), 'hex')), `shared ${n} is there`);
  }
});

test('what was sealed about a snapshot goes with it, and never without it', async () => {
  write('a.bin', 1);
  const old = await take();
  const sealed = await take([manifestTag(old)]);
  write('b.bin', 2);
  const kept = await take();
  const keptSealed = await take([manifestTag(kept)]);
  const { objects, beside } = await plan(old);
  assert.deepEqual(beside, [sealed]);
  assert.ok(objects.includes(`snapshots/${sealed}`) && !objects.includes(`snapshots/${keptSealed}`));
  await assert.rejects(plan(keptSealed), { code: 'removal-in-doubt' });
});

test('the last snapshot gone, everything in packs is free', async () => {
  write('a.bin', 1);
  const only = await take();
  const { objects } = await plan(only);
  const packs = readdirSync(join(world.path, 'data'), { recursive: true, encoding: 'utf8' });
  const names = packs.filter((name) => name.length > 64).map((name) => `data/${name.slice(-64)}`);
  assert.deepEqual(
    objects.filter((object) => object.startsWith('data/')),
    names.toSorted(),
  );
});

test('in doubt nothing is planned: unknown, unreadable, cut off, missing', async () => {
  world.harmed('a pack goes missing');
  write('a.bin', 1);
  const [old, kept] = [await take(), await (write('b.bin', 2), take())];
  await assert.rejects(plan('0'.repeat(64)), { code: 'no-snapshot' });
  const path = join(world.path, 'snapshots', kept);
  const bytes = readFileSync(path);
  chmodSync(path, 0o600);
  truncateSync(path, 10);
  await assert.rejects(plan(old), { code: 'removal-in-doubt' });
  await plan(old, kept); // named itself, it hides nothing that anybody else needs
  writeFileSync(path, bytes);
  const [index = ''] = readdirSync(join(world.path, 'index'));
  const indexPath = join(world.path, 'index', index);
  const whole = readFileSync(indexPath);
  chmodSync(indexPath, 0o600);
  truncateSync(indexPath, 40);
  await assert.rejects(plan(old), { code: 'removal-in-doubt' });
  writeFileSync(indexPath, whole);
  const repository = await world.open();
  const needed = repository.index.get((await repository.snapshot(kept)).tree)?.pack ?? '';
  rmSync(objectPath(world.path, 'data', needed));
  await assert.rejects(plan(old), { code: 'removal-in-doubt' });
});

test('who works there keeps a plan from being made, and a plan keeps others from beginning', async () => {
  write('a.bin', 1);
  await take();
  const repository = await world.open();
  const now = Date.now();
  const release = await holdLock(repository, now);
  await assert.rejects(holdLockAlone(await world.open(), now), { code: 'client-at-work' });
  await release();
  const alone = await holdLockAlone(repository, now);
  await assert.rejects(holdLock(await world.open(), now), { code: 'repository-locked' });
  await alone();
});

test('a backup that read an index which is set aside since begins anew: nothing is built on what goes', async () => {
  world.harmed('its index is taken away');
  write('a.bin', 1);
  await take();
  const repository = await world.open();
  const [index = ''] = readdirSync(join(world.path, 'index'));
  unlinkSync(join(world.path, 'index', index));
  const again = backup(repository, { source: world.source, place: world.place, at: Date.now() });
  await assert.rejects(again, { code: 'index-changed' });
});
