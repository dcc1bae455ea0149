import { test } from 'node:test';
import assert from 'node:assert/strict';
import { decoyIn } from '#vault/detect/decoys.ts';

test('a decoy follows from the secret and its folder alone, and is another one for each', () => {
  const decoy = decoyIn('a password', 'media');
  assert.deepEqual(decoyIn('a password', 'media'), decoy);
  assert.match(decoy.path, /^media\/_index [a-z]{6}\.xml$/);
  const others = [decoyIn('another', 'media'), decoyIn('a password', 'project')];
  for (const other of others) {
    assert.notEqual(other.path.split('/')[1], decoy.path.split('/')[1]);
    assert.notDeepEqual(other.bytes, decoy.bytes);
  }
});

test('it is whole XML that says nothing of the secret', () => {
  const text = decoyIn('a password', 'media').bytes.toString();
  assert.match(text, /^<\?xml version="1\.0" encoding="UTF-8"\?>\n<index>\n( {2}<clip [^<>]*\/>\n)+<\/index>\n$/);
  assert.doesNotMatch(text, /password/);
});
