import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { Extents, EXTENTS_MAX } from '#gates/files/extents.ts';

test('what is whole and whether there are gaps, against a bitmap', () => {
  const piece = fc.tuple(fc.nat(60), fc.integer({ min: 1, max: 12 }));
  fc.assert(
    fc.property(fc.nat(10), fc.array(piece, { maxLength: 30 }), (whole, pieces) => {
      const extents = new Extents(whole);
      const held = new Set(Array.from({ length: whole }, (_, i) => i));
      for (const [start, length] of pieces) {
        assert.ok(extents.add(start, start + length));
        for (let i = start; i < start + length; i += 1) held.add(i);
        let expected = 0;
        while (held.has(expected)) expected += 1;
        assert.equal(extents.whole, expected);
        assert.equal(extents.isGapless, held.size === expected);
      }
    }),
  );
});

test('too many pieces are refused and change nothing', () => {
  const extents = new Extents(0);
  for (let i = 1; i <= EXTENTS_MAX; i += 1) assert.ok(extents.add(i * 2, i * 2 + 1));
  assert.ok(!extents.add(1_000_000, 1_000_001));
  assert.ok(extents.add(0, EXTENTS_MAX * 2 + 1));
  assert.deepEqual([extents.whole, extents.isGapless], [EXTENTS_MAX * 2 + 1, true]);
});
