import { test } from 'node:test';
import assert from 'node:assert/strict';
import { backOff } from './back-off.ts';

test('it doubles from the first to the most, however often it failed', () => {
  assert.deepEqual(
    [1, 2, 3, 6, 7, 8, 5000].map((tries) => backOff(tries, 1, 60)),
    [1, 2, 4, 32, 60, 60, 60],
  );
});
