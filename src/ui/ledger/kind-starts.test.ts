import { test } from 'node:test';
import assert from 'node:assert/strict';
import { KIND_STARTS } from './kind-starts.ts';
import { KINDS } from '#model/events.ts';

test('every kind of entry can be asked for, by a name that a person reads', () => {
  const starts = new Map(KIND_STARTS);
  for (const kind of Object.keys(KINDS)) assert.ok(starts.has(`${kind.split('.')[0]}.`), kind);
  assert.equal(new Set(starts.values()).size, starts.size, 'no two read alike');
  assert.deepEqual(
    ['file.', 'exception.', 'person.', 'recovery.', 'access.'].map((start) => starts.get(start)),
    ['Files', 'Exceptions', 'People', 'Recoveries', 'Refused acts'],
  );
});
