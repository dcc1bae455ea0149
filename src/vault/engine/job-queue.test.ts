import assert from 'node:assert/strict';
import { test } from 'node:test';
import { JobQueue } from '#vault/engine/job-queue.ts';

function queueOf(jobs: readonly (readonly [file: number, job: string])[]): JobQueue<string> {
  const queue = new JobQueue<string>(2);
  for (const [file, job] of jobs) queue.add(file, job);
  return queue;
}

test('two threads write to two files as long as there are two, each in order', () => {
  const queue = queueOf([
    [1, 'a1'],
    [1, 'a2'],
    [1, 'a3'],
    [2, 'b1'],
    [2, 'b2'],
    [3, 'c1'],
  ]);
  const taken = [0, 1, 0, 1, 1, 0].map((thread) => queue.take(thread));
  assert.deepEqual(taken, ['a1', 'b1', 'a2', 'b2', 'c1', 'a3']);
  assert.ok(queue.isEmpty);
});

test('what is left of one file is shared, and nothing is given twice', () => {
  const queue = queueOf([
    [7, 'a1'],
    [7, 'a2'],
    [7, 'a3'],
  ]);
  assert.deepEqual([queue.take(0), queue.take(1), queue.take(1), queue.take(0)], ['a1', 'a2', 'a3', undefined]);
});

test('a thread that was done goes to what comes later, whosever that was', () => {
  const queue = queueOf([[1, 'a1']]);
  assert.equal(queue.take(0), 'a1');
  queue.add(1, 'a2');
  queue.add(2, 'b1');
  assert.deepEqual([queue.take(1), queue.take(0)], ['b1', 'a2']);
});
