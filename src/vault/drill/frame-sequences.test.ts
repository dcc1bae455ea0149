/** Holes in frame sequences, by names alone. */
import { test } from 'node:test';
import assert from 'node:assert/strict';
import { sequenceGaps } from '#vault/drill/frame-sequences.ts';

const frames = (head: string, numbers: readonly number[], tail = '.exr'): readonly string[] =>
  numbers.map((number) => `${head}${String(number).padStart(4, '0')}${tail}`);

test('a missing frame is named with its sequence', () => {
  assert.deepEqual(sequenceGaps(frames('media/shot.', [1001, 1002, 1004, 1005])), [
    { sequence: 'media/shot.####.exr', frames: 4, missing: 1, first: 1003 },
  ]);
});

test('whole sequences, other files and numbers that are no sequence have no holes', () => {
  assert.deepEqual(sequenceGaps([...frames('a/shot.', [7, 8, 9]), ...frames('b/shot.', [10, 11, 12], '.dpx')]), []);
  assert.deepEqual(sequenceGaps(['a/1.mov', 'a/3.mov', 'a/4.mov', 'a/6.mov']), []);
  assert.deepEqual(sequenceGaps(frames('still.', [3, 900, 8000])), []);
  assert.deepEqual(sequenceGaps(['shot.dpx', '1.dpx', '3.dpx']), []);
});

test('the same name in two folders, or of two kinds, is two sequences', () => {
  const found = sequenceGaps([
    ...frames('a/', [1, 2, 4]),
    ...frames('b/', [1, 2, 3]),
    ...frames('a/', [1, 3, 4], '.dpx'),
  ]);
  assert.deepEqual(
    found.map(({ sequence, first }) => [sequence, first]),
    [
      ['a/####.exr', 3],
      ['a/####.dpx', 2],
    ],
  );
});
