/** The thread that walks reads, too: what that must not change, and what it saves. */
import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { backup } from '#vault/engine/backup.ts';
import { openRepository } from '#vault/engine/repository.ts';
import { openFolderStore } from '#vault/store/folder-store.ts';
import { Fault } from '#std/refused.ts';
import { seededBytes } from './seeded-bytes.ts';
import { AT, makeRepository, PASSWORD } from './test-repository.ts';
import type { TestRepository } from './test-repository.ts';

const MIB = 1 << 20;

function put(world: TestRepository, files: number, mib: number): void {
  mkdirSync(world.source, { recursive: true });
  for (let i = 0; i < files; i += 1) writeFileSync(join(world.source, `clip${i}.mxf`), seededBytes(i, mib * MIB));
}

async function threadsStartedBy(act: () => Promise<unknown>): Promise<number> {
  let started = 0;
  const count = (): void => void (started += 1);
  process.on('worker', count);
  try {
    await act();
  } finally {
    process.off('worker', count);
  }
  return started;
}

test('a thread is started when there is more to read than one hand can do at once, and never for nothing new', async () => {
  using world = await makeRepository('hands');
  put(world, 1, 2);
  assert.equal(await threadsStartedBy(() => world.backup()), 0);
  put(world, 6, 5);
  assert.equal(await threadsStartedBy(() => world.backup()), 1);
  const { snapshot } = await world.backup();
  assert.equal(await threadsStartedBy(() => world.backup({ parent: snapshot })), 0);
  assert.deepEqual((await world.verify()).damage, []);
  world.restic('check', '--read-data');
});

test('whatever else waits in the thread that walks has its turn while it reads a long file', async () => {
  using world = await makeRepository('hands-turns');
  put(world, 1, 40);
  let [turns, isReading] = [0, true];
  const next = (): void => {
    turns += 1;
    if (isReading) setImmediate(next);
  };
  setImmediate(next);
  await world.backup({ threads: 1 });
  isReading = false;
  assert.ok(turns >= 20, `${turns} turns in 40 MiB`);
});

test('a store that fails ends the backup with its own words, whichever hand met it', async () => {
  using world = await makeRepository('hands-full');
  put(world, 8, 5);
  const store = openFolderStore(world.path, { sync: false });
  const full = new Fault('storage-full', 'the place of the repository is full', { retry: true });
  const failing: typeof store = {
    ...store,
    put: async (type, name, body) => (type === 'data' ? Promise.reject(full) : store.put(type, name, body)),
  };
  const repository = await openRepository({ store: failing, password: PASSWORD });
  const { source, place } = world;
  await assert.rejects(backup(repository, { source, place, at: AT, threads: 1 }), { code: 'storage-full' });
  const { snapshot } = await world.backup();
  assert.equal((await (await world.open()).snapshots()).length, 1, 'the failed one left no snapshot');
  assert.ok(snapshot);
});
