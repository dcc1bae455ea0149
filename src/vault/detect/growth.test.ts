import { test } from 'node:test';
import assert from 'node:assert/strict';
import { growthMarks } from '#vault/detect/growth.ts';
import type { FileFacts } from '#vault/detect/judge-file.ts';
import type { PastLook } from '#vault/detect/past-looks.ts';

const GIB = 2 ** 30;
const look = (size: number): PastLook => ({
  size,
  content: '0'.repeat(16),
  blocks: 1,
  evenBlocks: 0,
  kind: 'mov',
  verdict: 'whole',
});
const past = new Map([['media/a.mov', look(10 * GIB)]]);
const file = (path: string, size: number): FileFacts => ({
  path,
  look: look(size),
  isDeep: false,
  isSteady: true,
  existed: false,
  keptShare: 0,
});
const files = [file('media/small.mov', GIB), file('media/flood.mov', 4 * GIB)];
const usual = [0.1 * GIB, 0.2 * GIB, 0, 0, 0.1 * GIB];

test('a flood beside what is usual is a mark on its largest file, never an alarm by itself, and lifted when announced', () => {
  const [mark, ...more] = growthMarks({ usual, addedBytes: 5 * GIB }, files, past);
  assert.deepEqual(
    [mark?.path, mark?.mark.sign, mark?.mark.weight, mark?.mark.isLiftable],
    ['media/flood.mov', 'growth', 0.5, true],
  );
  assert.deepEqual(more, []);
});

test('without a history, within what is usual, or small beside everything, nothing is said', () => {
  assert.deepEqual(growthMarks({ usual: usual.slice(1), addedBytes: 5 * GIB }, files, past), []);
  assert.deepEqual(growthMarks({ usual: [...usual, GIB], addedBytes: 5 * GIB }, files, past), []);
  assert.deepEqual(growthMarks({ usual, addedBytes: 2 * GIB }, files, past), []);
  assert.deepEqual(growthMarks({ usual: [0, 0, 0, 0, 0], addedBytes: 1000 }, files, new Map()), []);
  assert.deepEqual(growthMarks({ usual, addedBytes: 5 * GIB }, [], past), [], 'everything was announced');
});
