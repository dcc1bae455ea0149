/** A hand that was ended: what it had said by then, and what it says yet, reaches nobody. */
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { BlobIndex } from './blob-index.ts';
import { handHere, handInThread } from './hands.ts';
import type { Hand, HandEvents } from './hands.ts';
import { KnownBlobs } from './known-blobs.ts';
import type { WorkerSetting } from './work.ts';
import { createConfig } from '#vault/format/config-format.ts';
import { createMasterKey } from '#vault/format/key-format.ts';

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
