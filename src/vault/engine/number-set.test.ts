/** Sets of numbers, beside those of the language. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { NumberSet } from './number-set.ts';

test('numbers are there once, least first, and are taken away highest first', () => {
  const [numbers, same] = [new NumberSet(10), new Set<number>()];
  for (let n = 1; n < 3000; n = n * 3 + (n % 7)) {
    for (const number of [n, n * 8, n * 8 + 7, 0]) {
      assert.equal(numbers.add(number), !same.has(number));
      same.add(number);
    }
  }
  const all = [...same].toSorted((a, b) => a - b);
  assert.deepEqual([numbers.size, [...numbers]], [same.size, all]);
  for (const absent of [-1, -8, 5, 2 ** 30]) assert.equal(numbers.has(absent), false);
  assert.deepEqual([...numbers.taken()], all.toReversed());
  assert.deepEqual([numbers.size, [...numbers]], [0, []]);
});

test('what is added while they are taken away comes, unless it is above what was given', () => {
  const numbers = new NumberSet();
  for (const number of [20, 17, 3]) numbers.add(number);
  const seen: number[] = [];
  for (const number of numbers.taken()) {
    seen.push(number);
    if (number === 17) for (const more of [16, 5, 900]) numbers.add(more);
  }
  assert.deepEqual(seen, [20, 17, 16, 5, 3]);
  assert.deepEqual([...numbers], [900]);
});
