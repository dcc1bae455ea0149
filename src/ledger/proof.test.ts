import { test } from 'node:test';
import assert from 'node:assert/strict';
import { Buffer } from 'node:buffer';
import * as fc from 'fast-check';
import { createFrontier, restoreFrontier } from './frontier.ts';
import { HASH_BYTES, leafHash, nodeHash, rootOfHashes } from './hash.ts';
import {
  consistencyRanges,
  inclusionRanges,
  makeConsistencyProof,
  makeInclusionProof,
  verifyConsistency,
  verifyInclusion,
} from './proof.ts';
import { allTiles, hashesAtLevel, TILE_WIDTH } from './tile.ts';
import { hashesFromTiles, tilesForRanges } from './tile-source.ts';

function leavesOf(count: number): Uint8Array[] {
  return Array.from({ length: count }, (_, i) => leafHash(Buffer.from(`leaf ${i}`)));
}

/** RFC 6962's definition, word for word. */
function rootByDefinition(leaves: readonly Uint8Array[]): Uint8Array {
  const [only] = leaves;
  if (only === undefined) return createFrontier().root();
  if (leaves.length === 1) return only;
  let split = 1;
  while (split * 2 < leaves.length) split *= 2;
  return nodeHash(rootByDefinition(leaves.slice(0, split)), rootByDefinition(leaves.slice(split)));
}

function tilesOf(leaves: readonly Uint8Array[]): Map<string, Uint8Array> {
  const levels: Uint8Array[] = [Buffer.concat(leaves)];
  for (let level = 1; hashesAtLevel(leaves.length, level) > 0; level += 1) {
    const below = levels[level - 1] ?? assert.fail();
    const full = Array.from({ length: hashesAtLevel(leaves.length, level) }, (_, i) =>
      rootOfHashes(below.subarray(i * TILE_WIDTH * HASH_BYTES, (i + 1) * TILE_WIDTH * HASH_BYTES)),
    );
    levels.push(Buffer.concat(full));
  }
  return new Map(
    allTiles(leaves.length).map(({ level, index, width }) => [
      `${level}/${index}`,
      (levels[level] ?? assert.fail()).subarray(
        index * TILE_WIDTH * HASH_BYTES,
        (index * TILE_WIDTH + width) * HASH_BYTES,
      ),
    ]),
  );
}

const LEAVES = leavesOf(1100);
const SIZES = [0, 1, 2, 3, 4, 5, 7, 8, 9, 255, 256, 257, 511, 512, 513, 768, 1024, 1100];

test('the frontier has the root of the definition at every size, also after a restart', () => {
  let frontier = createFrontier();
  for (const [index, leaf] of LEAVES.slice(0, 300).entries()) {
    assert.deepEqual(Buffer.from(frontier.root()), Buffer.from(rootByDefinition(LEAVES.slice(0, index))));
    if (index % 7 === 0) frontier = restoreFrontier(frontier.snapshot());
    frontier.appendLeafHash(leaf);
  }
});

test('the frontier hashes entries and hands out their leaf hashes', () => {
  const frontier = createFrontier();
  const out = Buffer.alloc(64);
  frontier.appendEntry(Buffer.from('a'), out, 32);
  assert.deepEqual(out.subarray(32), Buffer.from(leafHash(Buffer.from('a'))));
  assert.equal(frontier.size, 1);
});

test('roots of flat hashes equal the definition', () => {
  for (const size of SIZES) {
    assert.deepEqual(
      Buffer.from(rootOfHashes(Buffer.concat(LEAVES.slice(0, size)))),
      Buffer.from(rootByDefinition(LEAVES.slice(0, size))),
      `size ${size}`,
    );
  }
});

test('proofs made from tiles verify, need only the tiles they name, and no flipped bit passes', () => {
  const size = fc.integer({ min: 1, max: LEAVES.length });
  fc.assert(
    fc.property(size, fc.nat(), fc.nat(), fc.nat(), (newSize, a, b, bit) => {
      const [index, oldSize] = [a % newSize, 1 + (b % newSize)];
      const leaves = LEAVES.slice(0, newSize);
      const [root, oldRoot] = [rootByDefinition(leaves), rootByDefinition(leaves.slice(0, oldSize))];
      const tiles = tilesOf(leaves);
      const needed = new Set(
        [...tilesForRanges([...inclusionRanges(index, newSize), ...consistencyRanges(oldSize, newSize)], newSize)].map(
          (tile) => `${tile.level}/${tile.index}`,
        ),
      );
      const source = hashesFromTiles((level, at) =>
        needed.has(`${level}/${at}`) ? tiles.get(`${level}/${at}`) : undefined,
      );
      const inclusion = makeInclusionProof(index, newSize, source);
      const consistency = makeConsistencyProof(oldSize, newSize, source);
      const leaf = leaves[index] ?? assert.fail();
      verifyInclusion(index, newSize, leaf, inclusion, root);
      verifyConsistency(oldSize, newSize, oldRoot, root, consistency);

      assert.throws(() => verifyInclusion(index, newSize, flipped(leaf, bit), inclusion, root));
      assert.throws(() => verifyInclusion(index, newSize, leaf, inclusion, flipped(root, bit)));
      assert.throws(() => verifyConsistency(oldSize, newSize, flipped(oldRoot, bit), root, consistency));
      if (inclusion.length > 0)
        assert.throws(() => verifyInclusion(index, newSize, leaf, flippedProof(inclusion, bit), root));
      if (consistency.length > 0)
        assert.throws(() => verifyConsistency(oldSize, newSize, oldRoot, root, flippedProof(consistency, bit)));
      assert.throws(() => verifyInclusion(index, newSize, leaf, [...inclusion, root], root));
      assert.throws(() => verifyInclusion(index + 1, newSize, leaf, inclusion, root));
    }),
    { numRuns: 60 },
  );
});

test('the traps: size 1 has an empty proof, index 0 is legal, size 0 proves nothing', () => {
  const [leaf] = LEAVES;
  assert.ok(leaf);
  verifyInclusion(0, 1, leaf, [], leaf);
  assert.throws(() => verifyInclusion(0, 0, leaf, [], leaf), /no leaf 0/);
  assert.throws(() => verifyConsistency(0, 0, leaf, leaf, []), /no consistency proof/);
  assert.throws(() => verifyConsistency(0, 1, leaf, leaf, []), /no consistency proof/);
  assert.throws(() => verifyInclusion(0, 2 ** 60, leaf, [], leaf), /no leaf 0/);
});

function flipped(bytes: Uint8Array, bit: number): Uint8Array {
  const copy = Uint8Array.from(bytes);
  const at = bit % (bytes.byteLength * 8);
  copy[at >> 3] = (copy[at >> 3] ?? 0) ^ (1 << (at & 7));
  return copy;
}

function flippedProof(proof: readonly Uint8Array[], bit: number): readonly Uint8Array[] {
  return proof.map((hash, index) => (index === bit % proof.length ? flipped(hash, bit) : hash));
}
