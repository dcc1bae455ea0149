/** The diagrams against brute force on spaces small enough to ask every point. */
import { test } from 'node:test';
import assert from 'node:assert/strict';
import fc from 'fast-check';
import type { Interval, IntervalBox } from '#plan/network/diagram.ts';
import { Diagrams, EVERYTHING, NOTHING } from '#plan/network/diagram.ts';

const MAXIMA = [4, 3, 5];
const POINTS: readonly (readonly number[])[] = Array.from({ length: 5 }, (_, a) =>
  Array.from({ length: 4 }, (_, b) => Array.from({ length: 6 }, (_, c) => [a, b, c])),
).flat(2);

const interval = (max: number) =>
  fc.tuple(fc.nat(max), fc.nat(max)).map(([a, b]): Interval => [Math.min(a, b), Math.max(a, b)]);
const box = fc.tuple(...MAXIMA.map(interval)).map((fields): IntervalBox => fields);
const boxes = fc.array(box, { maxLength: 6 });
const RUNS = { numRuns: 300, seed: 20260302 };

function holds(all: readonly IntervalBox[], point: readonly number[]): boolean {
  return all.some((one) => one.every(([first, last], i) => first <= (point[i] ?? -1) && (point[i] ?? -1) <= last));
}

test('a union holds exactly the points of its boxes, and counts them', () => {
  fc.assert(
    fc.property(boxes, (all) => {
      const diagrams = new Diagrams(MAXIMA);
      const node = diagrams.union(all);
      for (const point of POINTS) assert.equal(diagrams.has(node, point), holds(all, point));
      assert.equal(diagrams.count(node), BigInt(POINTS.filter((point) => holds(all, point)).length));
    }),
    RUNS,
  );
});

test('equal sets are the same node, in whatever boxes and order they came', () => {
  fc.assert(
    fc.property(boxes, boxes, (all, others) => {
      const diagrams = new Diagrams(MAXIMA);
      const [one, other] = [diagrams.union(all), diagrams.union(others)];
      const isSame = POINTS.every((point) => holds(all, point) === holds(others, point));
      assert.equal(one === other, isSame);
      assert.equal(diagrams.union([...all].reverse()), one);
      const apart = [...diagrams.boxes(one)];
      assert.equal(diagrams.union(apart), one);
      for (const point of POINTS) assert.ok(apart.filter((part) => holds([part], point)).length <= 1, 'disjoint');
    }),
    RUNS,
  );
});

test('and, or, minus and xor are those of sets, and keep their laws as identities of nodes', () => {
  fc.assert(
    fc.property(boxes, boxes, boxes, (first, second, third) => {
      const d = new Diagrams(MAXIMA);
      const [a, b, c] = [d.union(first), d.union(second), d.union(third)];
      for (const point of POINTS) {
        const [inA, inB] = [holds(first, point), holds(second, point)];
        assert.equal(d.has(d.and(a, b), point), inA && inB);
        assert.equal(d.has(d.minus(a, b), point), inA && !inB);
        assert.equal(d.has(d.xor(a, b), point), inA !== inB);
      }
      const not = (node: number) => d.minus(EVERYTHING, node);
      assert.equal(not(not(a)), a);
      assert.equal(not(d.or(a, b)), d.and(not(a), not(b)));
      assert.equal(d.and(a, d.or(b, c)), d.or(d.and(a, b), d.and(a, c)));
      assert.equal(d.or(a, d.and(a, b)), a);
      assert.equal(d.xor(a, a), NOTHING);
      assert.equal(d.count(d.or(a, b)) + d.count(d.and(a, b)), d.count(a) + d.count(b));
    }),
    RUNS,
  );
});

test('what is found lies within the set, and nothing is found in the empty one', () => {
  const diagrams = new Diagrams(MAXIMA);
  assert.equal(diagrams.some(NOTHING), undefined);
  assert.deepEqual(
    diagrams.some(EVERYTHING),
    MAXIMA.map((max) => [0, max]),
  );
  fc.assert(
    fc.property(boxes, (all) => {
      const found = diagrams.some(diagrams.union(all));
      if (all.length === 0) assert.equal(found, undefined);
      else assert.ok(found?.every(([first, last], i) => first >= 0 && last <= (MAXIMA[i] ?? -1) && first <= last));
    }),
    RUNS,
  );
});

test('values up to 2^53 keep their order and their number', () => {
  const max = Number.MAX_SAFE_INTEGER;
  const diagrams = new Diagrams([max, 9]);
  const node = diagrams.union([
    [
      [max - 1, max],
      [0, 9],
    ],
    [
      [2 ** 40, 2 ** 40 + 2],
      [3, 3],
    ],
  ]);
  assert.equal(diagrams.count(node), 23n);
  assert.equal(diagrams.has(node, [max, 5]), true);
  assert.equal(diagrams.has(node, [2 ** 40 + 3, 3]), false);
});
