/** What is said of all objects of a store is what one sort of one text in memory said. */
import { test } from 'node:test';
import assert from 'node:assert/strict';
import { hash } from 'node:crypto';
import fc from 'fast-check';
import { describeObjects } from './describe-objects.ts';
import type { ObjectStore, ObjectType, StoredObject } from '#ports/object-store.ts';
import { openFolderStore } from '#vault/store/folder-store.ts';

fc.configureGlobal({ seed: 20261122 });

type Lists = Partial<Record<ObjectType, readonly StoredObject[]>>;

function storeOf(lists: Lists): ObjectStore {
  const rest = openFolderStore('/nowhere');
  return {
    ...rest,
    each: async function* (type) {
      yield* lists[type] ?? [];
    },
  };
}

const id = fc.integer({ min: 0, max: 100_000 }).map((n) => hash('sha256', String(n), 'hex'));
const size = fc.oneof(fc.integer({ min: 0, max: 2 ** 32 }), fc.integer({ min: 0, max: 12 }));
const list = fc.array(fc.record({ name: id, bytes: size }), { maxLength: 60 });

test('the digest of everything is that of one sorted text, however small a run is', async () => {
  const lists = fc.record({
    config: fc.constantFrom<readonly StoredObject[]>([], [{ name: 'config', bytes: 155 }], [{ name: '', bytes: 155 }]),
    data: list,
    index: list,
    keys: list,
    snapshots: list,
  });
  await fc.assert(
    fc.asyncProperty(lists, fc.integer({ min: 100, max: 5000 }), async (given, runBytes) => {
      const lines = Object.entries<readonly StoredObject[]>(given).flatMap(([type, rows]) =>
        rows.map(({ name, bytes }) => `${type}/${name} ${bytes}\n`),
      );
      const objectBytes = Object.values(given)
        .flat()
        .reduce((sum, { bytes }) => sum + bytes, 0);
      const objectsSha256 = hash('sha256', lines.sort().join(''), 'hex');
      const found = await describeObjects(storeOf(given), undefined, { runBytes });
      assert.deepEqual(found, { objects: lines.length, objectBytes, objectsSha256 });
    }),
    { numRuns: 30 },
  );
});
