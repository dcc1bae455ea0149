/** Who gets which files next: the longest first, small ones together, and nothing that is too long for the room there is. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { BATCH_BYTES, BATCH_FILES, createWorkQueue } from '#vault/engine/work-queue.ts';

const MIB = 1 << 20;
const path = Buffer.alloc(0);

function jobsOf(queue: ReturnType<typeof createWorkQueue>, bytesMax = Infinity): readonly number[] | undefined {
  return queue.next(bytesMax)?.files.map(({ job }) => job);
}

test('long files come alone and the longest first, then small ones together in their order', () => {
  const queue = createWorkQueue();
  for (const [job, mib] of [1, 8, 2, 320, 4, 8].entries()) queue.add({ job, path }, mib * MIB);
  queue.handOver();
  assert.deepEqual(
    [jobsOf(queue), jobsOf(queue), jobsOf(queue), jobsOf(queue), jobsOf(queue), jobsOf(queue)],
    [[3], [1], [5], [4], [0, 2], undefined],
  );
});

test('whoever has room for a part gets the longest that fits', () => {
  const queue = createWorkQueue();
  for (const [job, mib] of [320, 8, 12, 3, 1].entries()) queue.add({ job, path }, mib * MIB);
  assert.deepEqual(jobsOf(queue, 9 * MIB), [1]);
  assert.deepEqual(jobsOf(queue, 9 * MIB), [3, 4]);
  assert.equal(jobsOf(queue, 9 * MIB), undefined);
  assert.deepEqual(jobsOf(queue), [0]);
});

test('small files wait until they are a batch or are handed over', () => {
  const queue = createWorkQueue();
  for (let job = 0; job < BATCH_FILES - 1; job += 1) assert.equal(queue.add({ job, path }, 10), false);
  assert.equal(jobsOf(queue), undefined);
  assert.equal(queue.add({ job: BATCH_FILES - 1, path }, 10), true);
  assert.equal(jobsOf(queue)?.length, BATCH_FILES);
  queue.add({ job: 99, path }, 0);
  queue.handOver();
  assert.deepEqual(jobsOf(queue), [99]);
});

test('every file leaves once, in batches that are no longer than was asked', () => {
  const sizes = fc.array(fc.oneof(fc.nat(BATCH_BYTES), fc.nat(64 * MIB)), { maxLength: 200 });
  const room = fc.oneof(fc.nat(16 * MIB), fc.constant(Infinity));
  fc.assert(
    fc.property(sizes, fc.array(room, { maxLength: 300 }), (bytes, rooms) => {
      const queue = createWorkQueue();
      for (const [job, size] of bytes.entries()) queue.add({ job, path }, size);
      queue.handOver();
      const seen: number[] = [];
      for (const bytesMax of [...rooms, ...bytes.map(() => Infinity)]) {
        const batch = queue.next(bytesMax);
        const sum = batch?.files.reduce((all, { job }) => all + (bytes[job] ?? 0), 0) ?? 0;
        assert.ok(sum <= bytesMax && sum === (batch?.bytes ?? 0));
        seen.push(...(batch?.files.map(({ job }) => job) ?? []));
      }
      assert.deepEqual(
        seen.sort((a, b) => a - b),
        [...bytes.keys()],
      );
      assert.equal(queue.next(Infinity), undefined);
    }),
  );
});
