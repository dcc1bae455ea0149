import { test } from 'node:test';
import assert from 'node:assert/strict';
import { isSomebodyThere, noteSign } from './presence.ts';

test('somebody is there for a minute after the last sign, whatever order signs come in', () => {
  const at = Date.now() + 1000;
  noteSign(at);
  noteSign(at - 50_000);
  assert.equal(isSomebodyThere(at + 59_999), true);
  assert.equal(isSomebodyThere(at + 60_000), false);
});
