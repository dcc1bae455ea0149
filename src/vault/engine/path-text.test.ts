/** No two paths have the same text, and a path that is UTF-8 is its own. */
import { test } from 'node:test';
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { pathBytes, pathText } from '#vault/engine/path-text.ts';

test('what is UTF-8 is itself, the sign for what is none among it', () => {
  for (const text of ['media/a.mov', 'Müller/日本.mov', '\ufffd/x', '😀'])
    assert.equal(pathText(Buffer.from(text)), text);
});

test('bytes that are no UTF-8 are told apart, and survive JSON', () => {
  const [one, two] = [Buffer.from('61ff2e', 'hex'), Buffer.from('61fe2e', 'hex')];
  assert.notEqual(pathText(one), pathText(two));
  assert.notEqual(pathText(one), pathText(Buffer.from(one.toString())), 'nor the same as its replacement character');
  assert.equal(JSON.parse(JSON.stringify(pathText(one))), pathText(one));
  assert.ok(pathText(one).toWellFormed().isWellFormed());
});

test('any two paths: the same text only for the same bytes', () => {
  const path = fc.array(fc.constantFrom(0x61, 0x2f, 0x80, 0xbf, 0xc3, 0xa4, 0xe2, 0x82, 0xac, 0xed, 0xb2, 0xf0, 0xff), {
    maxLength: 8,
  });
  fc.assert(
    fc.property(path, path, (a, b) => {
      const same = Buffer.from(a).equals(Buffer.from(b));
      assert.equal(pathText(Uint8Array.from(a)) === pathText(Uint8Array.from(b)), same);
      assert.deepEqual(pathBytes(pathText(Uint8Array.from(a))), Buffer.from(a), 'and the bytes come back');
    }),
    { numRuns: 3000 },
  );
});
