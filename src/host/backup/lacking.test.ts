/** What a place lacks is what a table of it lacks, and neither list is held for it. */
import { test } from 'node:test';
import assert from 'node:assert/strict';
import { hash } from 'node:crypto';
import fc from 'fast-check';
import { lackingIn } from './lacking.ts';
import type { ObjectStore, StoredObject } from '#ports/object-store.ts';
import { openFolderStore } from '#vault/store/folder-store.ts';

fc.configureGlobal({ seed: 20261122 });

function storeOf(rows: readonly StoredObject[]): ObjectStore {
  return {
    ...openFolderStore('/nowhere'),
    async *each() {
      yield* rows;
    },
  };
}

const id = fc.integer({ min: 0, max: 60 }).map((n) => hash('sha256', String(n), 'hex'));
const list = fc.uniqueArray(fc.record({ name: id, bytes: fc.integer({ min: 0, max: 11 }) }), {
  selector: ({ name }) => name,
  maxLength: 40,
});

test('a place lacks what it has not, and what it has cut off', async () => {
  await fc.assert(
    fc.asyncProperty(list, list, async (wanted, there) => {
      const sizes = new Map(there.map(({ name, bytes }) => [name, bytes]));
      const lacking = wanted
        .filter(({ name, bytes }) => sizes.get(name) !== bytes)
        .map((row) => ({ ...row, isCut: sizes.has(row.name) }))
        .sort((a, b) => (a.name < b.name ? -1 : 1));
      using found = await lackingIn(storeOf(wanted), storeOf(there), 'data');
      assert.deepEqual([...found.rows()], lacking);
    }),
    { numRuns: 40 },
  );
});

test('a place that lists a name over and over lacks nothing for it, and is told nothing twice', async () => {
  const [one, two] = ['a'.repeat(64), 'b'.repeat(64)] as const;
  const wanted = [
    { name: one, bytes: 5 },
    { name: one, bytes: 5 },
    { name: two, bytes: 7 },
  ];
  const there = [5, 6, 5].map((bytes) => ({ name: one, bytes }));
  using found = await lackingIn(storeOf(wanted), storeOf(there), 'data');
  assert.deepEqual([...found.rows()], [{ name: two, bytes: 7, isCut: false }]);
});
