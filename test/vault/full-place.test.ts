/** Places that fill up: the repository's, the resume journal's, a restore's; and a vault's quota. Each is said by its name, what was there stays whole. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { openClientBook } from '#host/vault/client-book.ts';
import { backup } from '#vault/engine/backup.ts';
import { createRepository, openRepository } from '#vault/engine/repository.ts';
import { openStore } from '#vault/store/open-store.ts';
import type { StorePlace } from '#vault/store/open-store.ts';
import { Fault } from '#std/refused.ts';
import { serveTestVault, tokenOf } from './attacks/served-vault.ts';
import { seededBytes } from './seeded-bytes.ts';
import { AT, makeRepository, PASSWORD } from './test-repository.ts';

const MIB = 1 << 20;
const isRoot = process.getuid?.() === 0;
const TAKES_ROOT = 'mounts a small file system, which takes root';

/** A file system of its own that holds so much. */
function smallDisk(at: string, mib: number): Disposable & { grow(mib: number): void } {
  mkdirSync(at, { recursive: true });
  execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${mib}m`, 'tmpfs', at]);
  return {
    grow: (to) => void execFileSync('mount', ['-o', `remount,size=${to}m`, at]),
    [Symbol.dispose]: () => void execFileSync('umount', ['-l', at]),
  };
}

function isFault(code: string): (error: unknown) => boolean {
  return (error) => error instanceof Fault && error.code === code;
}

test('the repository’s place fills up: what was there is whole, and with room the backup goes on where it was', async (t) => {
  if (!isRoot) return t.skip(TAKES_ROOT);
  using world = await makeRepository('full');
  const [small, journal] = [join(world.folder, 'small'), join(world.folder, 'journal')];
  using disk = smallDisk(small, 40);
  execFileSync('cp', ['-a', `${world.path}/.`, small]);
  const place: StorePlace = { kind: 'folder', folder: small, sync: false };
  const open = () => openRepository({ store: openStore(place), password: PASSWORD });
  const restic = (...args: readonly string[]) =>
    execFileSync('restic', ['-r', small, '--no-cache', ...args], {
      env: { PATH: process.env['PATH'] ?? '', HOME: world.folder, RESTIC_PASSWORD: PASSWORD },
      encoding: 'utf8',
      stdio: 'pipe',
    });
  const clip = (n: number): string => join(world.source, `clip${n}.mxf`);
  writeFileSync(clip(0), seededBytes(1, 6 * MIB));
  const first = await backup(await open(), { source: world.source, place, at: AT });

  for (let n = 1; n < 16; n += 1) writeFileSync(clip(n), seededBytes(n + 1, 4 * MIB));
  const again = async () => backup(await open(), { source: world.source, place, at: AT + 1, journal, threads: 1 });
  await assert.rejects(again(), (error) => isFault('storage-full')(error) && (error as Fault).retry);
  const left = execFileSync('find', [small, '-name', '.*.part'], { encoding: 'utf8' });
  assert.equal(left, '', 'no half-written object stays behind');
  assert.ok(existsSync(journal), 'what was read is remembered');
  assert.equal((await openRepository({ store: openStore(place), password: PASSWORD })).index.size > 0, true);
  restic('check', '--read-data', '--no-lock');
  const to = join(world.folder, 'back');
  restic('restore', first.snapshot, '--no-lock', '--target', to);
  assert.deepEqual(readFileSync(join(to, clip(0))), readFileSync(clip(0)), 'the first snapshot is as it was');

  disk.grow(160);
  const second = await again();
  assert.equal(second.files, 16);
  assert.ok(second.readBytes < 48 * MIB, `${second.readBytes / MIB} MiB of 60 were read again`);
  restic('unlock', '--remove-all');
  restic('check', '--read-data');
});

test('no room for the resume journal costs the hint, not the backup', async (t) => {
  if (!isRoot) return t.skip(TAKES_ROOT);
  using world = await makeRepository('full-journal');
  const small = join(world.folder, 'small');
  using _ = smallDisk(small, 1);
  writeFileSync(join(small, 'ballast'), Buffer.alloc(MIB));
  for (let n = 0; n < 8; n += 1) writeFileSync(join(world.source, `${n}.mxf`), seededBytes(n, 2 * MIB));
  const taken = await world.backup({ journal: join(small, 'journal') });
  assert.equal(taken.files, 8);
  assert.deepEqual((await world.verify()).damage, []);
  assert.ok(!existsSync(join(small, 'journal')));
});

test('the place that is restored to fills up: it ends by that name, and the copy is as good as before', async (t) => {
  if (!isRoot) return t.skip(TAKES_ROOT);
  using world = await makeRepository('full-target');
  const small = join(world.folder, 'small');
  using disk = smallDisk(small, 8);
  writeFileSync(join(world.source, 'large.mxf'), seededBytes(3, 16 * MIB));
  for (let n = 0; n < 200; n += 1) writeFileSync(join(world.source, `z${n}.txt`), `note ${n}`);
  const { snapshot } = await world.backup();
  const target = join(small, 'back');
  await assert.rejects(world.restore(snapshot, world.source, target), isFault('target-full'));
  rmSync(target, { recursive: true });
  disk.grow(32);
  const { failed } = await world.restore(snapshot, world.source, target);
  assert.deepEqual(failed, []);
  assert.equal(readdirSync(join(target, 'source')).length, 201);

  // No room for one more name, let alone its bytes.
  const tiny = join(world.folder, 'tiny');
  mkdirSync(tiny);
  execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=64m,nr_inodes=20', 'tmpfs', tiny]);
  try {
    await assert.rejects(world.restore(snapshot, world.source, join(tiny, 'back')), isFault('target-full'));
  } finally {
    execFileSync('umount', ['-l', tiny]);
  }
});

test('a vault whose quota is reached says so by that name, keeps what it took, and goes on when the quota is raised', async () => {
  const world = await serveTestVault([{ quotaBytes: 12 * MIB }]);
  try {
    const credential = join(world.folder, 'credential');
    writeFileSync(credential, `edit:${tokenOf('edit')}\n`, { mode: 0o600 });
    const url = `http://127.0.0.1:${world.service.port}/edit/`;
    const place: StorePlace = { kind: 'rest', url, credentialFile: credential };
    const password = readFileSync(join(world.folder, 'password'), 'utf8').trim();
    const owner = { username: 'x', hostname: 'y', created: new Date(0).toISOString() };
    const store = openStore(place);
    await world.service.vault.openWindow(10);
    await createRepository({ store, password }, owner, { N: 1024, r: 1, p: 1 });
    const source = join(world.folder, 'source');
    for (let n = 0; n < 8; n += 1) writeFileSync(join(source, `${n}.mxf`), seededBytes(n, 3 * MIB));
    const run = async () => {
      const repository = await openRepository({ store, password });
      return backup(repository, { source, place, at: AT, journal: join(world.folder, 'journal') });
    };
    await assert.rejects(run(), (error) => isFault('quota-reached')(error) && !(error as Fault).retry);
    const held = (await world.arrivals()).filter(({ type }) => type === 'data').map(({ name }) => name);
    assert.ok(held.length > 0);

    openClientBook(world.root).change('edit', { quotaBytes: 64 * MIB });
    const taken = await run();
    assert.equal(taken.files, 8);
    assert.ok(taken.readBytes < 24 * MIB, 'what the vault took was not read again');
    const now = new Set((await world.arrivals()).map(({ name }) => name));
    assert.ok(
      held.every((name) => now.has(name)),
      'nothing that was acknowledged is gone',
    );
    const checked = await world.restic('check', '--read-data');
    assert.equal(checked.code, 0, checked.err);
    await store.close();
  } finally {
    await world.close();
  }
});
