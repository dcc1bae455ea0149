/** Objects outside packs come back as they went in, however far they unfold. */
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { test } from 'node:test';
import { decodeUnpacked, encodeUnpacked } from './unpacked-format.ts';

test('a text comes back as it was, long or short, that folds to nothing or hardly at all; an older one is as it is', () => {
  const texts = ['{}', JSON.stringify({ a: 'é' }), ' '.repeat(3_000_000), randomBytes(400_000).toString('base64')];
  for (const text of texts) {
    const whole = encodeUnpacked(text);
    assert.equal(decodeUnpacked(whole), text);
    assert.equal(decodeUnpacked(whole), text, 'the bytes are left as they were');
    for (const cut of [whole.subarray(0, -1), whole.subarray(0, 5)]) assert.throws(() => decodeUnpacked(cut));
  }
  assert.equal(decodeUnpacked(Buffer.from('{"a":1}')), '{"a":1}');
  assert.throws(() => decodeUnpacked(Buffer.from([9, 9])), { code: 'object-unknown' });
});
