/**
 * The right edge of the growing tree: one hash per set bit of the size, in one slab. Appending costs one leaf hash and
 * less than one node hash on average; the root is at hand at any time.
 *
 * A frontier is owned by one writer. `snapshot` and `restoreFrontier` carry it over a restart.
 */
import { Buffer } from 'node:buffer';
import { emptyRoot, HASH_BYTES, leafHashInto, nodeHash, pairHashInto } from './hash.ts';
import { Invalid } from './invalid.ts';

const LEVELS_MAX = 54; // sizes stay below 2^53

export interface Frontier {
  readonly size: number;
  /** Hashes entry bytes and appends the leaf; the leaf hash is also written to `leafOut` when given. */
  appendEntry(entry: Uint8Array, leafOut?: Buffer, leafOffset?: number): void;
  appendLeafHash(leaf: Uint8Array): void;
  root(): Uint8Array;
  /** The size and the edge's hashes, oldest (largest subtree) first. */
  snapshot(): FrontierSnapshot;
}

export interface FrontierSnapshot {
  readonly size: number;
  readonly edge: Uint8Array;
}

export function createFrontier(): Frontier {
  return restoreFrontier({ size: 0, edge: new Uint8Array(0) });
}

/** Throws `Invalid` when the edge does not have one hash per set bit of the size. */
export function restoreFrontier(from: FrontierSnapshot): Frontier {
  if (!Number.isSafeInteger(from.size) || from.size < 0) throw new Invalid('tile', 'a frontier needs a whole size');
  if (from.edge.byteLength !== setBits(from.size) * HASH_BYTES)
    throw new Invalid('tile', 'a frontier edge of the wrong length');
  const slab = Buffer.alloc(LEVELS_MAX * HASH_BYTES);
  slab.set(from.edge);
  let size = from.size;
  let depth = from.edge.byteLength / HASH_BYTES;

  // The new leaf stands at `depth`; each trailing set bit of the old size is a finished left sibling.
  function fold(): void {
    for (let rest = size; rest % 2 === 1; rest = (rest - 1) / 2) {
      depth -= 1;
      pairHashInto(slab, depth * HASH_BYTES, slab, depth * HASH_BYTES);
    }
    depth += 1;
    size += 1;
  }

  return {
    get size() {
      return size;
    },
    appendEntry(entry, leafOut, leafOffset = 0) {
      const at = depth * HASH_BYTES;
      leafHashInto(entry, slab, at);
      if (leafOut !== undefined) slab.copy(leafOut, leafOffset, at, at + HASH_BYTES);
      fold();
    },
    appendLeafHash(leaf) {
      if (leaf.byteLength !== HASH_BYTES) throw new Invalid('tile', 'a leaf hash has 32 bytes');
      slab.set(leaf, depth * HASH_BYTES);
      fold();
    },
    root() {
      if (size === 0) return emptyRoot();
      let root: Uint8Array = Uint8Array.prototype.slice.call(slab, (depth - 1) * HASH_BYTES, depth * HASH_BYTES);
      for (let i = depth - 2; i >= 0; i -= 1)
        root = nodeHash(slab.subarray(i * HASH_BYTES, (i + 1) * HASH_BYTES), root);
      return root;
    },
    snapshot() {
      return { size, edge: Uint8Array.prototype.slice.call(slab, 0, depth * HASH_BYTES) };
    },
  };
}

function setBits(size: number): number {
  let bits = 0;
  for (let rest = size; rest > 0; rest = Math.floor(rest / 2)) bits += rest % 2;
  return bits;
}
