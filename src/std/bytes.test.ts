import { test } from 'node:test';
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { fromBase64, fromBase64url, isEqual, toBase64, toBase64url, toHex, utf8 } from '#std/bytes.ts';
import { ID_RANDOM_BYTES, isId, makeId } from '#std/ids.ts';

test('base64 reads back, and each byte string has one text form', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 64 }), (bytes) => {
      assert.ok(isEqual(fromBase64(toBase64(bytes)) ?? new Uint8Array(99), bytes));
      assert.ok(isEqual(fromBase64url(toBase64url(bytes)) ?? new Uint8Array(99), bytes));
    }),
  );
  for (const text of ['QQ', 'QQ=', 'QR==', 'QQ==\n', ' QQ==', 'Q-==', '-_8='])
    assert.equal(fromBase64(text), undefined, text);
  for (const text of ['QQ==', 'QR', 'Q+', '/w']) assert.equal(fromBase64url(text), undefined, text);
});

test('bytes of different lengths are unequal', () => {
  assert.equal(isEqual(utf8('a'), utf8('ab')), false);
  assert.equal(toHex(utf8('Az')), '417a');
});

test('an id names its kind and carries 100 random bits', () => {
  fc.assert(
    fc.property(fc.uint8Array({ minLength: ID_RANDOM_BYTES, maxLength: ID_RANDOM_BYTES }), (random) => {
      const id = makeId('person', random);
      assert.ok(isId('person', id));
      assert.equal(isId('project', id), false);
    }),
  );
  for (const text of ['per_', 'per_short', `per_${'l'.repeat(20)}`, `PER_${'a'.repeat(20)}`, 7])
    assert.equal(isId('person', text), false);
});
