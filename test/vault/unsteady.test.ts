/** Files that change, vanish, grow or refuse while they are read, and a repository's place that fills up: said per file, and nothing false is stored. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import {
  appendFileSync,
  closeSync,
  ftruncateSync,
  mkdirSync,
  openSync,
  statSync,
  symlinkSync,
  truncateSync,
  unlinkSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { readFile, WINDOW_BYTES } from '#vault/engine/file-reader.ts';
import { BlobIndex } from '#vault/engine/blob-index.ts';
import { KnownBlobs } from '#vault/engine/known-blobs.ts';
import { createPacker } from '#vault/engine/packer.ts';
import { openStillness } from '#vault/engine/stillness.ts';
import { createKernel, KERNEL_FREE } from '#vault/format/kernel/kernel.ts';
import { seededBytes } from './seeded-bytes.ts';
import { AT, makeRepository, PASSWORD } from './test-repository.ts';

const MIB = 1 << 20;

test('a file that changes while others are read is taken as it was read and marked; one that vanished is not taken', async () => {
  using world = await makeRepository('unsteady');
  const path = (name: string): string => join(world.source, name);
  writeFileSync(path('a-large.mxf'), seededBytes(1, 64 * MIB));
  writeFileSync(path('steady'), 'steady');
  for (const name of ['vanishes', 'becomes-link']) writeFileSync(path(name), name);
  let isDone = false;
  const taken = await world.backup({
    threads: 1,
    // The walk looks at a file before a thread reads it: what happens between is what happens while a backup runs.
    skips(at) {
      const name = at.toString();
      if (!isDone && name.endsWith('/steady')) {
        isDone = true;
        unlinkSync(path('vanishes'));
        unlinkSync(path('becomes-link'));
        symlinkSync('steady', path('becomes-link'));
      }
      return false;
    },
  });
  assert.equal(isDone, true);
  const seen = new Set(
    taken.unsteady.map(({ path: at, steadiness }) => `${at.slice(world.source.length)} ${steadiness}`),
  );
  // Depending on the order, the walk sees the link itself, and takes it as one.
  assert.deepEqual(
    [...seen].filter((one) => !one.startsWith('/becomes')),
    ['/vanishes vanished'],
  );
  assert.equal(taken.files, 2);
  assert.deepEqual((await world.verify()).damage, []);
});

test('a file that grows or is overwritten between two reads is marked as changed', async () => {
  using world = await makeRepository('growing');
  const path = join(world.source, 'growing.mxf');
  const { key, config } = await world.open();
  const kernel = createKernel(WINDOW_BYTES);
  kernel.setPolynomial(config.polynomial);
  const packer = createPacker(key, { store: async () => undefined, packed: () => undefined });
  const known = KnownBlobs.create(new BlobIndex().shared);
  const changes = {
    grows: () => appendFileSync(path, 'more'),
    stands: () => undefined,
    isCut: () => truncateSync(path, 9),
  };
  const seen: Record<string, string> = {};
  for (const [name, change] of Object.entries(changes)) {
    writeFileSync(path, seededBytes(2, 5 * MIB));
    let reads = 0;
    const onRead = (): void => void ((reads += 1) === 2 && change());
    const stillness = openStillness(undefined);
    const rest = (): undefined => undefined;
    const parts = { kernel, window: KERNEL_FREE, packer, known, watch: false, stillness, onRead, rest };
    const { mtimeNs: writtenNs } = statSync(path, { bigint: true });
    const { steadiness, mtimeNs } = await readFile(parts, { job: 1, path: Buffer.from(path) });
    seen[name] = steadiness;
    // As before it changed: so the next backup sees that it has other times now, and reads it again.
    assert.equal(mtimeNs, writtenNs, name);
    assert.ok(reads >= 2);
  }
  assert.deepEqual(seen, { grows: 'changed', stands: 'steady', isCut: 'changed' });
});

test('what may not be read is named, and the rest is taken', async (t) => {
  if (process.getuid?.() !== 0) return t.skip('gives its rights away, which takes root');
  using world = await makeRepository('denied');
  writeFileSync(join(world.source, 'open'), 'open');
  writeFileSync(join(world.source, 'closed'), 'closed', { mode: 0o000 });
  mkdirSync(join(world.source, 'locked'), { mode: 0o000 });
  execFileSync('chown', ['-R', 'nobody', world.folder]);
  execFileSync('chmod', ['0', join(world.source, 'closed'), join(world.source, 'locked')]);
  const program = new URL('./backup-process.ts', import.meta.url).pathname;
  const args = [program, world.path, world.source, '', PASSWORD, String(AT)];
  const { uid, gid } = statSync(world.source);
  const out = execFileSync(process.execPath, args, { uid, gid: gid || 65_534, encoding: 'utf8', env: {} });
  const { files, unsteady } = JSON.parse(out) as { files: number; unsteady: { path: string; steadiness: string }[] };
  assert.equal(files, 1);
  const named = unsteady.map((one) => `${one.path.slice(world.source.length)} ${one.steadiness}`).sort();
  assert.deepEqual(named, ['/closed denied', '/locked denied']);
});

test('more files that could not be read than are named end no backup: each is told, and the others are counted', async () => {
  using world = await makeRepository('many-unsteady');
  const gone = ['a', 'b', 'c', 'd'].map((name) => join(world.source, name));
  for (const path of [...gone, join(world.source, 'stays')]) writeFileSync(path, path);
  const told: string[] = [];
  const taken = await world.backup({
    unsteadyNamedMax: 1,
    onUnsteady: ({ path }) => void told.push(path),
    skips(path) {
      if (gone.includes(path.toString())) unlinkSync(path);
      return false;
    },
  });
  assert.deepEqual([taken.files, taken.unsteady.length, taken.unsteadyMore], [1, 1, 3]);
  assert.deepEqual(told, gone);
});

test('a sparse file of 512 MiB passes as holes both ways', async () => {
  using world = await makeRepository('sparse');
  const path = join(world.source, 'sparse.raw');
  const fd = openSync(path, 'w');
  ftruncateSync(fd, 512 * MIB);
  writeSync(fd, Buffer.from('end'), 0, 3, 512 * MIB - 3);
  closeSync(fd);
  const taken = await world.backup();
  assert.equal(taken.bytes, 512 * MIB);
  assert.ok(taken.addedBytes < 4 * MIB, `${taken.addedBytes} bytes`);
  const target = join(world.folder, 'back');
  const { failed } = await world.restore(taken.snapshot, world.source, target);
  assert.deepEqual(failed, []);
  const { size, blocks } = statSync(join(target, 'source', 'sparse.raw'));
  assert.equal(size, 512 * MIB);
  assert.ok(blocks * 512 < 4 * MIB, 'its holes are holes again');
  world.restic('check', '--read-data');
});

test('a backup that is called off deep within a folder ends there, and names no snapshot', async () => {
  using world = await makeRepository('called-off');
  mkdirSync(join(world.source, 'reel', 'day', 'take'), { recursive: true });
  writeFileSync(join(world.source, 'reel', 'day', 'take', 'a.wav'), 'sound');
  writeFileSync(join(world.source, 'zzz.mov'), 'comes last');
  const off = new AbortController();
  const backup = world.backup({
    signal: off.signal,
    skips(path) {
      if (path.toString().endsWith('/take')) off.abort();
      return false;
    },
  });
  await assert.rejects(backup, { name: 'AbortError' });
  assert.deepEqual(await (await world.open()).snapshots(), []);
});
