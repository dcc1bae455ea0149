/** The thread that walks reads, too: what that must not change, and what it saves. A hand that was ended reaches nobody any more. */
import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { backup } from '#vault/engine/backup.ts';
import { BlobIndex } from '#vault/engine/blob-index.ts';
import { handHere, handInThread } from '#vault/engine/hands.ts';
import type { Hand, HandEvents } from '#vault/engine/hands.ts';
import { KnownBlobs } from '#vault/engine/known-blobs.ts';
import { openRepository } from '#vault/engine/repository.ts';
import type { WorkerSetting } from '#vault/engine/work.ts';
import { createConfig } from '#vault/format/config-format.ts';
import { createMasterKey } from '#vault/format/key-format.ts';
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

const LONG_ENOUGH_MS = 100;

function settingIn(t: TestContext): WorkerSetting {
  const folder = mkdtempSync(join(tmpdir(), 'picturelock-hands-'));
  t.after(() => rmSync(folder, { recursive: true }));
  return {
    place: { kind: 'folder', folder, sync: false },
    key: createMasterKey(),
    polynomial: createConfig().polynomial.toString(16),
    known: KnownBlobs.create(new BlobIndex().shared).shared,
    watch: false,
  };
}

/** It answers once; its second answer is on its way when it is ended. */
async function heardOf(
  hire: (events: HandEvents) => Hand,
  wait: () => Promise<void> | void,
): Promise<readonly string[]> {
  const [heard, first] = [[] as string[], Promise.withResolvers<void>()];
  const hand = hire({
    heard({ kind }) {
      heard.push(kind);
      first.resolve();
    },
    failed: first.reject,
  });
  hand.send({ kind: 'flush' });
  await first.promise;
  hand.send({ kind: 'flush' });
  await wait();
  await hand.end();
  await sleep(1);
  return heard;
}

test('what a thread said before it was ended, and nobody heard yet, is not heard any more', async (t) => {
  const setting = settingIn(t);
  /** This thread hears nothing meanwhile. */
  const wait = (): void => void Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, LONG_ENOUGH_MS);
  assert.deepEqual(await heardOf((events) => handInThread(setting, events), wait), ['flushed']);
});

test('the hand in the thread that walks says nothing either when it was ended', async (t) => {
  const setting = settingIn(t);
  const store = { put: () => assert.fail('nothing is stored') };
  assert.deepEqual(
    await heardOf(
      (events) => handHere(setting, store, events),
      () => undefined,
    ),
    ['flushed'],
  );
});
