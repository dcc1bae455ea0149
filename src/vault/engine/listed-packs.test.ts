/** Packs as a store lists them, beside those that an index names. */
import { test } from 'node:test';
import assert from 'node:assert/strict';
import { hash } from 'node:crypto';
import { BlobIndex } from './blob-index.ts';
import { listPacks } from './listed-packs.ts';
import { openFolderStore } from '#vault/store/folder-store.ts';

const pack = (n: number): string => hash('sha256', `pack ${n}`, 'hex');

test('of each pack that the index names its length is known, others are named, and what is missing is', async () => {
  const index = new BlobIndex();
  for (const n of [1, 2, 3, 4])
    index.add(hash('sha256', `${n}`, 'hex'), pack(n), { type: 'data', offset: 0, length: 9 });
  const rows = [
    [4, 2 ** 40],
    [2, 0],
    [7, 5],
    [1, 10],
    [7, 5],
    [1, 12],
  ] as const;
  const store = {
    ...openFolderStore('/nowhere'),
    async *each() {
      for (const [n, bytes] of rows) yield { name: pack(n), bytes };
    },
  };
  const found = await listPacks({ store, index });
  assert.deepEqual([found.count, found.orphanCount], [4, 1]);
  assert.deepEqual([...found.missing()], [pack(3)]);
  assert.deepEqual([...found.orphans()], [pack(7)]);
  assert.deepEqual([...found.all()], [1, 2, 4, 7].map(pack));
  assert.deepEqual(
    [1, 2, 3, 7].map((n) => found.bytesOf(pack(n))),
    [12, 0, 0, 0],
  );
  assert.deepEqual(
    [0, 1, 2, 3, 4].map((number) => found.has(number)),
    [true, true, false, true, false],
  );
  assert.ok(found.bytesOf(pack(4)) > 2 ** 31);
});
