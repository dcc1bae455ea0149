/** A copy with damaged packs: what the second copy has whole comes from there, and what no copy has is named, and never put anywhere with holes in it. */
import { after, before, test } from 'node:test';
import assert from 'node:assert/strict';
import { chmodSync, cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { seededBytes } from '../vault/seeded-bytes.ts';
import { stateOf } from './restore-state.ts';
import type { RestoreWish } from './restore-state.ts';
import { newId } from '#engine/test-facility.ts';
import { ensurePassword, passwordFile, readPassword } from '#host/backup/repository-keys.ts';
import { runJob } from '#host/backup/run-job.ts';
import { performRestore } from '#host/backup/run-restore.ts';
import { openRepository } from '#vault/engine/repository.ts';
import type { Repository } from '#vault/engine/repository.ts';
import { treeAt } from '#vault/engine/tree-reader.ts';
import { decodeIndex, encodeIndex } from '#vault/format/index-format.ts';
import { objectPath, openFolderStore } from '#vault/store/folder-store.ts';

const [project, backup] = [newId('project'), newId('backup')];
const [first, second] = [newId('vault'), newId('vault')];
const FILES = 8;
let data: string;
let snapshot: string;
/** Newer, and an alarm is about it. */
let suspect: string;
const vaultFolder = (name: string): string => join(data, `vault ${name}`);
const workspace = (): string => join(data, 'workspaces', project);
const shot = (n: number): Buffer => seededBytes(n, 60_000 + n);
/** Every other name is no UTF-8, and they look alike to people. */
const nameOf = (n: number): Buffer =>
  Buffer.concat([n % 2 === 1 ? Buffer.from(`shot ${n}`) : Buffer.of(0xf0 + n), Buffer.from('.mov')]);
const shown = (n: number): string => nameOf(n).toString();
const inFolder = (folder: string, n: number): Buffer => Buffer.concat([Buffer.from(`${folder}/`), nameOf(n)]);

before(async () => {
  data = mkdtempSync(join(tmpdir(), 'picturelock-damaged-copy-'));
  const source = join(data, 'source');
  mkdirSync(join(source, 'media', 'reel'), { recursive: true });
  for (let n = 0; n < FILES; n += 1) writeFileSync(inFolder(join(source, 'media', 'reel'), n), shot(n));
  const password = { passwordFile: ensurePassword(data, project) };
  const place = { kind: 'folder', folder: join(vaultFolder('whole'), project), sync: false } as const;
  const job = { kind: 'take', place, ...password, source, at: Date.now(), host: 'here', tags: [] } as const;
  ({ snapshot } = await runJob({ ...job, scratch: join(data, 'scratch') }));
  for (let n = 0; n < FILES; n += 1) writeFileSync(inFolder(join(source, 'media', 'reel'), n), 'encrypted');
  writeFileSync(join(source, 'media', 'reel', 'HOW TO DECRYPT.txt'), 'pay');
  const struck = { ...job, at: job.at + 1000 };
  suspect = (await runJob({ ...struck, scratch: join(data, 'scratch') })).snapshot;
  for (const name of ['early', 'late', 'forgetful'])
    cpSync(vaultFolder('whole'), vaultFolder(name), { recursive: true });
  damage(join(vaultFolder('early'), project), 0.1, 0.4);
  damage(join(vaultFolder('late'), project), 0.3, 0.6);
  await forget(join(vaultFolder('forgetful'), project), async (repository) => {
    const [reel] = await treeAt(repository, snapshot, join(source, 'media', 'reel'));
    return reel?.subtree;
  });
  // Of the snapshot this one has only the pieces: nothing leads to them.
  const late = join(vaultFolder('late'), project);
  await forget(late, async (repository) => (await repository.snapshot(snapshot)).tree);
  rmSync(objectPath(late, 'snapshots', snapshot));
});

/** Its index knows nothing of what is in this folder: as if it were two, and one of them damaged. */
async function forget(folder: string, treeOf: (repository: Repository) => Promise<string | undefined>): Promise<void> {
  const store = openFolderStore(folder, { sync: false });
  const repository = await openRepository({ store, password: readPassword(passwordFile(data, project)) });
  const tree = await treeOf(repository);
  for (const { name } of await store.list('index')) {
    const packs = decodeIndex(await repository.readUnpacked('index', name));
    const kept = packs.map(({ id, blobs }) => ({ id, blobs: blobs.filter((blob) => blob.id !== tree) }));
    rmSync(objectPath(folder, 'index', name), { force: true });
    await repository.writeUnpacked('index', encodeIndex(kept.filter(({ blobs }) => blobs.length > 0)));
  }
  await store.close();
}

after(() => rmSync(data, { recursive: true, force: true }));

/** Flips bits in this part of the one large pack. */
function damage(repository: string, from: number, to: number): void {
  const packs = readdirSync(join(repository, 'data'), { recursive: true, withFileTypes: true });
  for (const pack of packs.filter((one) => one.isFile())) {
    const path = join(pack.parentPath, pack.name);
    const bytes = readFileSync(path);
    if (bytes.length < 100_000) continue;
    for (let at = bytes.length * from; at < bytes.length * to; at += 5000)
      bytes[Math.floor(at)] = (bytes[Math.floor(at)] ?? 0) ^ 1;
    chmodSync(path, 0o600);
    writeFileSync(path, bytes);
  }
}

type Wish = Pick<RestoreWish, 'path' | 'mode' | 'older'> & Partial<Pick<RestoreWish, 'snapshot'>>;

async function restored(wish: Wish, ...vaults: readonly string[]) {
  rmSync(workspace(), { recursive: true, force: true });
  mkdirSync(join(workspace(), 'media', 'reel'), { recursive: true });
  writeFileSync(join(workspace(), 'media', 'reel', 'shot 3.mov'), 'live');
  const ids = [first, second];
  const places = vaults.map((name, index) => {
    const id = ids[index];
    assert.ok(id !== undefined);
    return { id, address: pathToFileURL(`${vaultFolder(name)}/`).href };
  });
  return performRestore(
    stateOf({ data, project, restore: newId('restore'), backup, snapshot, vaults: places, ...wish }),
    {},
  );
}

/** The numbers of the shots that are there; each of them is whole. */
function shotsIn(folder: string): readonly number[] {
  const there = readdirSync(folder, { encoding: 'buffer' });
  return Array.from({ length: FILES }, (_, n) => n).filter((n) => {
    if (!there.some((name) => name.equals(nameOf(n)))) return false;
    assert.ok(readFileSync(inFolder(folder, n)).equals(shot(n)), `shot ${n} is whole`);
    return true;
  });
}

test('what is damaged in the first copy comes from the second one', async () => {
  const done = await restored({ path: 'media/reel', mode: 'in-place' }, 'early', 'whole');
  assert.deepEqual([done.failed, done.failures], [0, undefined]);
  assert.equal(shotsIn(join(workspace(), 'media', 'reel')).length, FILES);
});

test('what no copy has whole is named and is not there, and everything else is, also out of a copy that lost the root', async () => {
  const alone = await restored({ path: 'media/reel', mode: 'in-place' }, 'early');
  assert.ok(alone.failed > 1 && alone.failed < FILES, `${alone.failed} failed`);
  const done = await restored({ path: 'media/reel', mode: 'in-place' }, 'early', 'late');
  assert.ok(done.failed > 0 && done.failed < alone.failed, `${done.failed} failed in both`);
  const there = shotsIn(join(workspace(), 'media', 'reel'));
  const lacking = done.failures?.map(({ path }) => path).toSorted();
  const expected = Array.from({ length: FILES }, (_, n) => n).filter((n) => !there.includes(n));
  assert.deepEqual(lacking, expected.map(shown).toSorted());
});

test('a folder that the first copy cannot look into comes from the second one, and what that one lacks of it is named', async () => {
  const done = await restored({ path: 'media', mode: 'in-place' }, 'forgetful', 'early');
  const there = shotsIn(join(workspace(), 'media', 'reel'));
  const expected = Array.from({ length: FILES }, (_, n) => n).filter((n) => !there.includes(n));
  assert.ok(expected.length > 1 && expected.length < FILES, `${expected.length} failed`);
  assert.deepEqual(
    done.failures?.map(({ path }) => path).toSorted(),
    expected.map((n) => `reel/${shown(n)}`).toSorted(),
  );
  const alone = await restored({ path: 'media/reel', mode: 'in-place' }, 'forgetful');
  assert.deepEqual([alone.failed, alone.to], [1, 'nothing was restored: no copy has it whole']);
  assert.equal(readFileSync(join(workspace(), 'media', 'reel', 'shot 3.mov'), 'utf8'), 'live');
});

test('a single file that no copy has whole leaves what is there as it is', async () => {
  const alone = await restored({ path: 'media/reel', mode: 'aside' }, 'early');
  const lost = alone.failures?.map(({ path }) => path).find((path) => path.startsWith('shot')) ?? '';
  const live = join(workspace(), 'media', 'reel', lost);
  const wish = { path: `media/reel/${lost}`, mode: 'in-place' } as const;
  const done = await restored(wish, 'early');
  assert.deepEqual([done.failed, done.failures?.map(({ path }) => path)], [1, ['']]);
  assert.match(done.to, /^nothing was restored/);
  const isThere = readdirSync(join(workspace(), 'media', 'reel')).includes(lost);
  assert.equal(isThere, lost === 'shot 3.mov', 'no file came');
  if (isThere) assert.equal(readFileSync(live, 'utf8'), 'live');
});

test('a restore that mixes snapshots asks the next copy, too, for what the first has damaged', async () => {
  const mixed = async (...vaults: readonly string[]) => {
    const older = { backup: newId('backup'), snapshot };
    return restored({ path: 'media/reel', mode: 'in-place', older, snapshot: suspect }, ...vaults);
  };
  const alone = await mixed('early');
  assert.ok(alone.failed > 1 && alone.failed < FILES, `${alone.failed} failed`);
  const done = await mixed('early', 'whole');
  assert.deepEqual([done.failed, done.failures], [0, undefined]);
  assert.equal(shotsIn(join(workspace(), 'media', 'reel')).length, FILES);
  assert.deepEqual(
    done.sources?.map((one) => one.snapshot),
    [snapshot],
  );
  assert.equal(done.leftOut, 1, 'what the attack left is not brought back');
});
