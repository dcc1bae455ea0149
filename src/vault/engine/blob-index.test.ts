/** An index of blobs is a map: whatever goes in comes out, in its order, however many there are. */
import assert from 'node:assert/strict';
import { hash } from 'node:crypto';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { BlobIndex, lookUp } from '#vault/engine/blob-index.ts';
import type { PackedBlob } from '#vault/format/blob.ts';

const idBytes = (of: string): Buffer => hash('sha256', of, 'buffer');
const idOf = (of: string): string => hash('sha256', of, 'hex');
/** More than two pages, and several sizes of the table. */
const COUNT = 30_000;

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
  for (const [id, place] of expected) assert.deepEqual(index.get(id), place);
});

test('every place that is said of a blob is known, the first one first, and what is no id is not there', () => {
  const index = new BlobIndex();
  const { id, ...place } = blobOf(1);
  index.add(id, packOf(1), place);
  index.add(id, packOf(500), { ...place, offset: 7 });
  index.add(id, packOf(1), place);
  const [first, second] = [
    { pack: packOf(1), ...place },
    { pack: packOf(500), ...place, offset: 7 },
  ];
  assert.deepEqual([index.size, index.get(id), index.places(id)], [2, first, [first, second]]);
  for (const other of [idOf('another'), id.slice(2), '', 'x'.repeat(64)])
    assert.deepEqual([index.get(other), index.places(other)], [undefined, []]);
});

test('a blob has the number of its first place, and a pack that holds nothing has one, too', () => {
  const index = new BlobIndex();
  for (const i of [1, 2, 1, 300]) {
    const { id, ...place } = blobOf(i);
    index.add(id, packOf(i), place);
    index.add(id, packOf(i + 5000), place);
  }
  const numbers = [1, 2, 300].map((i) => index.rowOf(blobOf(i).id));
  assert.deepEqual(numbers, [0, 2, 4]);
  assert.deepEqual(
    numbers.map((number) => index.idAt(number)),
    [1, 2, 300].map((i) => blobOf(i).id),
  );
  assert.equal(index.rowOf(idOf('another')), -1);
  const known = index.packCount;
  assert.deepEqual([index.addPack(packOf(1)), index.addPack(idOf('empty')), index.packCount], [0, known, known + 1]);
  assert.equal(index.packAt(known), idOf('empty'));
});

test('what a pack was read to hold proves what is said of it, and nothing else', () => {
  const index = new BlobIndex();
  const { id, ...place } = blobOf(1);
  const lies = [
    { ...place, offset: 7 },
    { ...place, length: 7 },
    { ...place, type: 'tree' },
    { ...place, plainLength: 7 },
  ] as const;
  for (const said of [place, ...lies]) index.add(id, packOf(1), said);
  index.add(id, packOf(500), place);
  const proofs = index.proofs();
  proofs.prove(packOf(1), [
    { id, ...place },
    { id: idOf('another'), ...place },
  ]);
  proofs.prove(idOf('no pack'), [{ id, ...place }]);
  assert.equal(proofs.isProved(id, { pack: packOf(1), ...place }), true);
  for (const said of lies) assert.equal(proofs.isProved(id, { pack: packOf(1), ...said }), false);
  assert.equal(proofs.isProved(id, { pack: packOf(500), ...place }), false);
  assert.equal(proofs.isProved(idOf('another'), { pack: packOf(1), ...place }), false);
});

test('what is too much for memory is found where it was laid aside, first place first', () => {
  const scratch = mkdtempSync(join(tmpdir(), 'picturelock-index-'));
  try {
    // Two of three chunks go to the file, and what finds most of them; a blob in three comes again later, elsewhere.
    const index = new BlobIndex({ scratch, rowsMax: 10, asideSlots: 4096 });
    for (let i = 0; i < COUNT; i += 1) {
      const { id, ...place } = blobOf(i);
      index.add(id, packOf(i), place);
      const again = blobOf(i - 5000);
      if (i >= 5000 && i % 3 === 0) index.add(again.id, packOf(i), { type: 'data', offset: 1, length: 2 });
    }
    assert.deepEqual(readdirSync(scratch), []);
    for (let i = 0; i < COUNT; i += 1) {
      const { id, ...place } = blobOf((i * 7919) % COUNT);
      assert.deepEqual(index.get(id), { pack: packOf((i * 7919) % COUNT), ...place });
    }
    for (const other of [idOf('another'), '', 'x'.repeat(64)])
      assert.deepEqual([index.get(other), index.has(other, 'data')], [undefined, false]);
    const isThere = lookUp(index.shared);
    assert.deepEqual(
      (['tree', 'data'] as const).map((type) =>
        ['blob 3', `blob ${COUNT - 1}`, 'no'].map((of) => isThere(idBytes(of), type)),
      ),
      [
        [true, false, false],
        [false, true, false],
      ],
    );
    const found = new Map([...index.entries()].toReversed());
    assert.deepEqual([found.size, [...index.entries()].length, index.packs.length], [COUNT, index.size, COUNT / 100]);
    for (let i = 0; i < COUNT; i += 1) assert.equal(found.get(blobOf(i).id)?.offset, blobOf(i).offset);
    assert.ok(index.size > COUNT);
  } finally {
    rmSync(scratch, { recursive: true });
  }
});

test('where nothing can be laid aside, everything stays in memory', () => {
  const index = new BlobIndex({ scratch: '/proc/self/no-folder', rowsMax: 10 });
  for (let i = 0; i < 100; i += 1) {
    const { id, ...place } = blobOf(i);
    index.add(id, packOf(i), place);
  }
  for (let i = 0; i < 100; i += 1) assert.equal(index.get(blobOf(i).id)?.offset, blobOf(i).offset);
});
