import { test } from 'node:test';
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { packEntries, unpackEntries } from '#host/index/packed-entries.ts';

test('entries come out as they went in, and the memory can change hands', () => {
  fc.assert(
    fc.property(fc.array(fc.uint8Array({ maxLength: 70 }), { maxLength: 40 }), (entries) => {
      const packed = packEntries(entries);
      const moved = structuredClone(packed, { transfer: [packed.buffer] });
      assert.equal(packed.byteLength, 0);
      assert.deepEqual(
        unpackEntries(moved).map((bytes) => [...bytes]),
        entries.map((bytes) => [...bytes]),
      );
    }),
  );
});

test('the longest entry fits', () => {
  const longest = new Uint8Array(65_535).fill(7);
  assert.deepEqual(
    unpackEntries(packEntries([longest, longest])).map(({ byteLength }) => byteLength),
    [65_535, 65_535],
  );
});
