/** An index of blobs is a map: whatever goes in comes out, in its order, however many there are. */
import assert from 'node:assert/strict';
import { hash } from 'node:crypto';
import { test } from 'node:test';
import { BlobIndex } from '#vault/engine/blob-index.ts';
import type { PackedBlob } from '#vault/format/blob.ts';

const idOf = (of: string): string => hash('sha256', of, 'hex');
/** More than two pages, and several sizes of the table. */
const COUNT = 20_000;

function blobOf(i: number): PackedBlob {
  const place = { id: idOf(`blob ${i}`), offset: 2 ** 32 - 1 - i, length: i } as const;
  if (i % 3 === 0) return { ...place, type: 'tree' };
  return i % 3 === 1 ? { ...place, type: 'data' } : { ...place, type: 'data', plainLength: 2 ** 31 + i };
}

const packOf = (i: number): string => idOf(`pack ${Math.floor(i / 100)}`);

test('every blob is found at its place and listed in the order it came', () => {
  const index = new BlobIndex();
  for (let i = 0; i < COUNT; i += 1) {
    const { id, ...place } = blobOf(i);
    index.add(id, packOf(i), place);
  }
  assert.equal(index.size, COUNT);
  assert.equal(index.packs.length, COUNT / 100);
  const expected = Array.from({ length: COUNT }, (_, i) => {
    const { id, ...place } = blobOf(i);
    return [id, { pack: packOf(i), ...place }] as const;
  });
  assert.deepEqual([...index.entries()], expected);
  assert.deepEqual(
    [...index.ids()].map((id) => Buffer.from(id).toString('hex')),
    expected.map(([id]) => id),
  );
  for (const [id, place] of expected) assert.deepEqual(index.get(id), place);
});

test('the first place of a blob stays, and what is no id is not there', () => {
  const index = new BlobIndex();
  const { id, ...place } = blobOf(1);
  index.add(id, packOf(1), place);
  index.add(id, packOf(500), { ...place, offset: 7 });
  assert.deepEqual([index.size, index.packs, index.get(id)], [1, [packOf(1)], { pack: packOf(1), ...place }]);
  for (const other of [idOf('another'), id.slice(2), '', 'x'.repeat(64)]) assert.equal(index.get(other), undefined);
});
