/**
 * A truth table of a million points and more: small facilities' policies, every packet and instant of a grid that holds each boundary and
 * the values beside it, asked of the boxes one by one, of the reach queries, of the diagrams and of the difference.
 */
import { test } from 'node:test';
import assert from 'node:assert/strict';
import type { Difference } from '#plan/network/difference.ts';
import { surplusOf } from '#plan/network/difference.ts';
import { compare, equivalent } from '#plan/network/equivalence.ts';
import type { Policy } from '#plan/network/policy.ts';
import { countWrong, randomPolicy } from '#plan/network/test-truth-table.ts';

const SEEDS = Array.from({ length: 24 }, (_, i) => i + 1);
const POINTS_MIN = 1_000_000;

test('over a million points, in both families and over time, no answer is wrong', () => {
  let points = 0;
  for (const seed of SEEDS) {
    const [a, b] = [randomPolicy(seed), randomPolicy(seed + 1000)];
    const counted = countWrong(a, b);
    points += counted.points;
    assert.equal(counted.wrong, 0, `seed ${seed}`);
  }
  assert.ok(points >= POINTS_MIN, `${points} points`);
});

test('one element, port or instant more or less is named exactly', () => {
  for (const seed of SEEDS) {
    const policy = randomPolicy(seed);
    const [first] = policy.v4;
    assert.ok(first !== undefined);
    const last = first.time.last;
    const extra = { ...first, because: 'extra', time: { first: last + 1_000_000, last: last + 1_000_000 } };
    const more: Policy = { ...policy, v4: [...policy.v4, extra] };
    const isNew = equivalent(more, policy) === false;
    const difference: Difference = surplusOf(more, policy);
    const { firstOnly, secondOnly, equal } = compare(more, policy);
    assert.equal(equal, !isNew);
    assert.equal(difference.volume, firstOnly.points);
    assert.equal(secondOnly.points, 0n);
    for (const { because, box } of difference.surplus) {
      assert.equal(because, 'extra');
      assert.deepEqual(box.time, extra.time);
    }
  }
});

test('the diagram and the boxes count the same surplus, both ways', () => {
  for (const seed of SEEDS) {
    const [a, b] = [randomPolicy(seed), randomPolicy(seed + 1)];
    const { firstOnly, secondOnly } = compare(a, b);
    assert.equal(surplusOf(a, b).volume, firstOnly.points);
    assert.equal(surplusOf(b, a).volume, secondOnly.points);
  }
});
