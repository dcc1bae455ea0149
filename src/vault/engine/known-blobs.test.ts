import assert from 'node:assert/strict';
import { hash } from 'node:crypto';
import { closeSync, openSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { after, test } from 'node:test';
import { Worker } from 'node:worker_threads';
import { BlobIndex } from '#vault/engine/blob-index.ts';
import { openScratchFile } from '#vault/engine/scratch-file.ts';
import { KnownBlobs } from '#vault/engine/known-blobs.ts';

const idOf = (i: number): Buffer => hash('sha256', `blob ${i}`, 'buffer');

const [scratch, another] = [openScratchFile(tmpdir()), openScratchFile(tmpdir())];
after(() => [scratch, another].map(({ close }) => close()));

/** More than the memory of claims holds, and sizes of its table. */
const MANY = 150_000;

test('a blob is claimed once, also when memory has no room for all of them', () => {
  const known = KnownBlobs.create(new BlobIndex().shared, scratch.fd);
  for (let i = 0; i < MANY; i += 1) assert.equal(known.claim('data', idOf(i)), true);
  for (let i = 0; i < MANY; i += 1) assert.equal(known.claim('data', idOf((i * 7919) % MANY)), false);
});

test('when there is no more room at all, what is forgotten is stored again rather than never', () => {
  const full = openSync('/dev/full', 'r+');
  for (const fd of [undefined, full]) {
    const known = KnownBlobs.create(new BlobIndex().shared, fd);
    for (let i = 0; i < MANY; i += 1) assert.equal(known.claim('data', idOf(i)), true);
    assert.equal(known.claim('data', idOf(MANY - 1)), false, 'the last ones are known');
    assert.equal(known.claim('data', idOf(0)), true);
  }
  closeSync(full);
});

test('what is stored is nobody’s to claim, and what a backup claims is not stored for the next one', () => {
  const stored = new BlobIndex();
  for (let i = 0; i < 100; i += 1)
    stored.add(idOf(i).toString('hex'), idOf(0).toString('hex'), { type: 'data', offset: i, length: 1 });
  const [known, next] = [KnownBlobs.create(stored.shared), KnownBlobs.create(stored.shared)];
  for (const backup of [known, next])
    for (let i = 0; i < 200; i += 1) assert.equal(backup.claim('data', idOf(i)), i >= 100, `${i}`);
  assert.equal(stored.size, 100);
});

test('whoever looks at the same memory sees the same blobs, also when it has grown meanwhile', () => {
  const known = KnownBlobs.create(new BlobIndex().shared);
  const other = new KnownBlobs(known.shared);
  for (let i = 0; i < 20_000; i += 1) assert.equal((i % 2 === 0 ? known : other).claim('data', idOf(i)), true);
  for (let i = 0; i < 20_000; i += 1) assert.equal((i % 2 === 0 ? other : known).claim('data', idOf(i)), false);
});

test('a folder and a file of the same bytes are claimed each for itself', () => {
  const stored = new BlobIndex();
  const place = { offset: 0, length: 1 };
  stored.add(idOf(1).toString('hex'), idOf(0).toString('hex'), { type: 'data', ...place });
  for (const type of ['tree', 'data'] as const)
    stored.add(idOf(2).toString('hex'), idOf(0).toString('hex'), { type, ...place });
  stored.add(idOf(4).toString('hex'), idOf(0).toString('hex'), { type: 'tree', ...place });
  const orders = [
    [1, 'data', false],
    [1, 'tree', true],
    [2, 'data', false],
    [2, 'tree', false],
    [3, 'data', true],
    [3, 'tree', true],
    [3, 'tree', false],
    [4, 'tree', false],
    [4, 'data', true],
    [5, 'tree', true],
    [5, 'data', true],
    [5, 'data', false],
  ] as const;
  const known = KnownBlobs.create(stored.shared);
  for (const [i, type, isNew] of orders) assert.equal(known.claim(type, idOf(i)), isNew, `${i} ${type}`);
});

const CLAIMER = `
  import { parentPort, workerData } from 'node:worker_threads';
  import { hash } from 'node:crypto';
  const { KnownBlobs } = await import(workerData.module);
  const known = new KnownBlobs(workerData.shared);
  let won = 0;
  for (let i = 0; i < workerData.count; i += 1) won += known.claim('data', hash('sha256', 'blob ' + i, 'buffer')) ? 1 : 0;
  parentPort.postMessage(won);
`;

test('of several threads that claim the same blobs at once, exactly one gets each', async () => {
  // Laid aside seven times, by whichever of them has to.
  const known = KnownBlobs.create(new BlobIndex().shared, another.fd, { asideSlots: 4096 });
  const [count, { shared }] = [20_000, known];
  const workerData = { shared, count, module: new URL('./known-blobs.ts', import.meta.url).href };
  const source = new URL(`data:text/javascript,${encodeURIComponent(CLAIMER)}`);
  const workers = [1, 2, 3].map(() => new Worker(source, { workerData }));
  const won = await Promise.all(
    workers.map((worker) => new Promise<number>((done, fail) => worker.on('message', done).on('error', fail))),
  );
  assert.equal(
    won.reduce((sum, one) => sum + one, 0),
    count,
  );
  assert.equal(shared.claimed.slots.marks.byteLength, 4096);
  for (let i = 0; i < count; i += 1) assert.equal(known.claim('data', idOf(i)), false);
});
