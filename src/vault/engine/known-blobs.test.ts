import assert from 'node:assert/strict';
import { hash } from 'node:crypto';
import { test } from 'node:test';
import { Worker } from 'node:worker_threads';
import { KnownBlobs } from '#vault/engine/known-blobs.ts';

const idOf = (i: number): Buffer => hash('sha256', `blob ${i}`, 'buffer');

test('a blob is claimed once, and known from then on', () => {
  const known = KnownBlobs.create(1000);
  for (let i = 0; i < 1000; i += 1) {
    assert.equal(known.has(idOf(i)), false);
    assert.equal(known.claim(idOf(i)), true);
    assert.equal(known.claim(idOf(i)), false);
  }
  for (let i = 0; i < 1000; i += 1) assert.equal(known.has(idOf(i)), true);
});

test('whoever looks at the same memory sees the same blobs', () => {
  for (const expected of [1, 5000, 500_000]) {
    const known = KnownBlobs.create(expected);
    known.claim(idOf(1));
    const other = new KnownBlobs(known.buffer);
    assert.equal(other.has(idOf(1)), true);
    assert.equal(other.claim(idOf(2)), true);
    assert.equal(known.claim(idOf(2)), false);
  }
});

test('when there is no more room, what is known stays known and the rest is stored again rather than never', () => {
  const known = KnownBlobs.create(1);
  let claimed = 0;
  for (let i = 0; i < 10_000; i += 1) claimed += known.claim(idOf(i)) ? 1 : 0;
  assert.equal(claimed, 10_000);
  assert.equal(known.claim(idOf(0)), false);
  assert.equal(known.claim(idOf(9999)), true);
});

const CLAIMER = `
  import { parentPort, workerData } from 'node:worker_threads';
  import { hash } from 'node:crypto';
  const { KnownBlobs } = await import(workerData.module);
  const known = new KnownBlobs(workerData.buffer);
  let won = 0;
  for (let i = 0; i < workerData.count; i += 1) won += known.claim(hash('sha256', 'blob ' + i, 'buffer')) ? 1 : 0;
  parentPort.postMessage(won);
`;

test('of several threads that claim the same blobs at once, exactly one gets each', async () => {
  const [count, { buffer }] = [20_000, KnownBlobs.create(20_000)];
  const workerData = { buffer, count, module: new URL('./known-blobs.ts', import.meta.url).href };
  const source = new URL(`data:text/javascript,${encodeURIComponent(CLAIMER)}`);
  const workers = [1, 2, 3].map(() => new Worker(source, { workerData }));
  const won = await Promise.all(
    workers.map((worker) => new Promise<number>((done, fail) => worker.on('message', done).on('error', fail))),
  );
  assert.equal(
    won.reduce((sum, one) => sum + one, 0),
    count,
  );
});
