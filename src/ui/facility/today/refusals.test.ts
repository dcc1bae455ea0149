import { test } from 'node:test';
import assert from 'node:assert/strict';
import type { EntryView } from '#api/endpoints/views.ts';
import { kindsOf, refusalsOf } from './refusals.ts';

function refused(index: number, why: string, from: string): EntryView {
  const data = { with: 'password-and-totp', why };
  return { index, id: 'x', at: index, kind: 'signin.refused', stream: 'facility', n: 1, by: { from }, about: {}, data };
}

test('the same refusal is one line that counts, and leads to its newest entry', () => {
  const entries = [
    refused(9, 'wrong-password', '192.0.2.7'),
    refused(8, 'wrong-password', '192.0.2.7'),
    refused(7, 'wrong-code', '192.0.2.7'),
    refused(6, 'wrong-password', '198.51.100.4'),
    refused(5, 'wrong-password', '192.0.2.7'),
  ];
  assert.deepEqual(
    refusalsOf(entries).map(({ newest, times }) => [newest.index, times]),
    [
      [9, 3],
      [7, 1],
      [6, 1],
    ],
  );
});

test('the ledger is offered by each kind that is there, and by no other', () => {
  assert.deepEqual(kindsOf([refused(1, 'wrong-code', '192.0.2.7')]), [['signin.refused', 'Sign-ins']]);
  assert.deepEqual(kindsOf([]), []);
});
