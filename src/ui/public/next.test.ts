import { test } from 'node:test';
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { safeNext, tokenOf } from './next.ts';

test('after signing in one lands on our own pages only', () => {
  for (const good of ['/studio', '/facility/people?at=5', '/assess/ledger/3']) assert.equal(safeNext(good), good);
  for (const bad of [
    null,
    '',
    '//evil.example',
    'https://evil.example',
    '/studio\\evil',
    '/api/v1/me',
    '/facilityx',
    'javascript:alert(1)',
  ])
    assert.equal(safeNext(bad), undefined);
});

test('whatever is let through stays on this origin', () => {
  fc.assert(
    fc.property(fc.string(), (text) => {
      const next = safeNext(`/studio${text}`);
      return next === undefined || new URL(next, 'https://own.example').origin === 'https://own.example';
    }),
  );
});

test('a token is taken from the fragment and nothing else is', () => {
  assert.equal(tokenOf(`#${'a'.repeat(43)}`), 'a'.repeat(43));
  assert.equal(tokenOf(`#token=${'b'.repeat(43)}`), 'b'.repeat(43));
  for (const bad of ['', '#', '#short', '#has space in it and more text', `#${'a'.repeat(101)}`])
    assert.equal(tokenOf(bad), undefined);
});
