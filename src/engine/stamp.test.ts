import { test } from 'node:test';
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { createStamper } from '#engine/stamp.ts';
import { listed } from '#engine/test-facility.ts';
import { decodeEntry, encodeEntry } from '#ledger/entry.ts';

const random = { bytes: (count: number) => crypto.getRandomValues(new Uint8Array(count)) };

test('stored bytes are exactly the canonical form of the entry', () => {
  const stamper = createStamper(random);
  fc.assert(
    fc.property(
      fc.array(fc.string({ unit: 'grapheme', maxLength: 60 }), { minLength: 1, maxLength: 5 }),
      fc.integer({ min: 0, max: 1e13 }),
      (paths, at) => {
        const { placed, bytes } = stamper.stamp(paths.map(listed), at);
        placed.forEach(({ entry }, n) => {
          assert.deepEqual(Buffer.from(bytes[n] ?? []), Buffer.from(encodeEntry(entry)));
          assert.deepEqual(decodeEntry(bytes[n] ?? new Uint8Array()), JSON.parse(JSON.stringify(entry)));
        });
      },
    ),
  );
});

test('salts and ids do not repeat', () => {
  const stamper = createStamper(random);
  const { placed } = stamper.stamp(
    Array.from({ length: 4000 }, () => listed('a')),
    1,
  );
  assert.equal(new Set(placed.map(({ entry }) => entry.salt)).size, 4000);
  assert.equal(new Set(placed.map(({ entry }) => entry.id)).size, 4000);
});

test('a replayed stream with a gap is refused', () => {
  const written = createStamper(random).stamp([listed('a'), listed('b'), listed('c')], 1).bytes;
  const reader = createStamper(random);
  reader.replay(written[0] ?? new Uint8Array());
  assert.throws(() => reader.replay(written[2] ?? new Uint8Array()), { code: 'ledger-damaged' });
});
