import { test } from 'node:test';
import assert from 'node:assert/strict';
import * as fc from 'fast-check';
import { decodeEntryBundle, encodeEntryBundle } from './entry-bundle.ts';
import { allTiles, entryBundlePath, newTiles, parseTilePath, tilePath, TILE_WIDTH, widthInTree } from './tile.ts';

test('the worked example of tlog-tiles: a tree of 70,000', () => {
  const tiles = allTiles(70_000);
  const level = (n: number) => tiles.filter((tile) => tile.level === n);
  assert.deepEqual([level(0).length, level(0).at(-1)?.width], [274, 112]);
  assert.deepEqual(
    level(1).map(({ width }) => width),
    [256, 17],
  );
  assert.deepEqual(
    level(2).map(({ width }) => width),
    [1],
  );
  assert.equal(level(3).length, 0);
});

test('paths are those of the specification, and each has one spelling', () => {
  assert.equal(tilePath({ level: 0, index: 1_234_067, width: 256 }), 'tile/0/x001/x234/067');
  assert.equal(tilePath({ level: 2, index: 0, width: 1 }), 'tile/2/000.p/1');
  assert.equal(entryBundlePath(1000, 17), 'tile/entries/x001/000.p/17');
  const wrong = [
    'tile/0/0',
    'tile/0/1000',
    'tile/00/000',
    'tile/64/000',
    'tile/0/x000/001',
    'tile/0/000.p/0',
    'tile/0/000.p/256',
    'tile/0/000.p/01',
    'tile/0/000/',
    '/tile/0/000',
    'tile/0/001/000',
    'tile/0/x001',
    'tile/0/000.p/1/2',
    'tile/data/000',
    'tile/0/../000',
    '',
  ];
  for (const path of wrong) assert.equal(parseTilePath(path), undefined, path);
});

test('paths round-trip', () => {
  const tile = fc.record(
    { level: fc.integer({ min: 0, max: 63 }), index: fc.nat(2 ** 31), width: fc.integer({ min: 1, max: TILE_WIDTH }) },
    { noNullPrototype: true },
  );
  fc.assert(
    fc.property(tile, (given) => {
      assert.deepEqual(parseTilePath(tilePath(given)), { kind: 'hashes', tile: given });
      assert.deepEqual(parseTilePath(entryBundlePath(given.index, given.width)), {
        kind: 'entries',
        index: given.index,
        width: given.width,
      });
    }),
  );
});

test('new tiles are exactly those that a growing tree did not have in that width', () => {
  fc.assert(
    fc.property(fc.nat(200_000), fc.nat(70_000), (oldSize, more) => {
      const size = oldSize + more;
      const before = new Set(allTiles(oldSize).map(tilePath));
      const expected = allTiles(size)
        .map(tilePath)
        .filter((path) => !before.has(path));
      assert.deepEqual(newTiles(oldSize, size).map(tilePath), expected);
      for (const { level, index, width } of newTiles(oldSize, size))
        assert.equal(widthInTree(size, level, index), width);
    }),
    { numRuns: 40 },
  );
});

test('entry bundles round-trip and are read strictly', () => {
  const entries = fc.array(fc.uint8Array({ maxLength: 400 }), { minLength: 1, maxLength: 20 });
  fc.assert(
    fc.property(entries, (given) => {
      const bytes = encodeEntryBundle(given);
      assert.deepEqual(
        decodeEntryBundle(bytes, given.length).map((entry) => Uint8Array.from(entry)),
        given.map((entry) => Uint8Array.from(entry)),
      );
      assert.throws(() => decodeEntryBundle(bytes.subarray(0, -1), given.length), { name: 'Invalid' });
      assert.throws(() => decodeEntryBundle(Buffer.concat([bytes, Buffer.of(0)]), given.length), { name: 'Invalid' });
      assert.throws(() => decodeEntryBundle(bytes, given.length + 1), { name: 'Invalid' });
    }),
    { numRuns: 50 },
  );
  assert.throws(() => encodeEntryBundle([]), { name: 'Invalid' });
  assert.throws(() => encodeEntryBundle([Buffer.alloc(65_536)]), { name: 'Invalid' });
});
