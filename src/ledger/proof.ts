/**
 * Inclusion and consistency proofs (RFC 6962 section 2.1; verification as RFC 9162 section 2.1.3 and 2.1.4 write it).
 *
 * Making a proof is two steps, so that whoever holds the tiles may read them asynchronously in between: the ranges of leaves
 * whose subtree hashes the proof lists, then the hash of each range from a `HashSource`.
 */
import { isEqual } from '#std/bytes.ts';
import { HASH_BYTES, nodeHash } from './hash.ts';
import { Invalid } from './invalid.ts';

/** The hash over the complete subtree of leaves `[index * 2^level, (index + 1) * 2^level)`. */
export type HashSource = (level: number, index: number) => Uint8Array;

/** Leaves `start` (inclusive) to `end` (exclusive). */
export interface LeafRange {
  readonly start: number;
  readonly end: number;
}

export type Proof = readonly Uint8Array[];

export function makeInclusionProof(index: number, size: number, source: HashSource): Proof {
  return inclusionRanges(index, size).map((range) => hashOfRange(range, source));
}

export function makeConsistencyProof(oldSize: number, size: number, source: HashSource): Proof {
  return consistencyRanges(oldSize, size).map((range) => hashOfRange(range, source));
}

/** From the leaf's sibling upward. */
export function inclusionRanges(index: number, size: number): readonly LeafRange[] {
  if (!(index >= 0 && index < size)) throw new Invalid('proof', `no leaf ${index} in a tree of ${size}`);
  const ranges: LeafRange[] = [];
  let [start, end] = [0, size];
  while (end - start > 1) {
    const split = start + splitPoint(end - start);
    if (index < split) {
      ranges.unshift({ start: split, end });
      end = split;
    } else {
      ranges.unshift({ start, end: split });
      start = split;
    }
  }
  return ranges;
}

export function consistencyRanges(oldSize: number, size: number): readonly LeafRange[] {
  if (!(oldSize >= 1 && oldSize <= size)) throw new Invalid('proof', `no consistency proof from ${oldSize} to ${size}`);
  const ranges: LeafRange[] = [];
  let [start, end] = [0, size];
  while (end !== oldSize) {
    const split = start + splitPoint(end - start);
    if (oldSize <= split) {
      ranges.unshift({ start: split, end });
      end = split;
    } else {
      ranges.unshift({ start, end: split });
      start = split;
    }
  }
  // The old tree itself is left out when it is one complete subtree of the new tree: the verifier has its root.
  if (start > 0) ranges.unshift({ start, end });
  return ranges;
}

export function hashOfRange({ start, end }: LeafRange, source: HashSource): Uint8Array {
  const count = end - start;
  const level = Math.log2(count);
  if (Number.isInteger(level) && start % count === 0) return source(level, start / count);
  const split = start + splitPoint(count);
  return nodeHash(hashOfRange({ start, end: split }, source), hashOfRange({ start: split, end }, source));
}

/** The complete subtrees that a range is made of: what to read before `hashOfRange`. */
export function completeSubtrees({
  start,
  end,
}: LeafRange): readonly { readonly level: number; readonly index: number }[] {
  const count = end - start;
  const level = Math.log2(count);
  if (Number.isInteger(level) && start % count === 0) return [{ level, index: start / count }];
  const split = start + splitPoint(count);
  return [...completeSubtrees({ start, end: split }), ...completeSubtrees({ start: split, end })];
}

/** The largest power of two strictly below `count`. */
function splitPoint(count: number): number {
  let power = 1;
  while (power * 2 < count) power *= 2;
  return power;
}

/** The root that the proof leads to; throws `Invalid` when the proof has the wrong length for this place. */
export function rootFromInclusion(index: number, size: number, leaf: Uint8Array, proof: Proof): Uint8Array {
  if (!(Number.isSafeInteger(index) && Number.isSafeInteger(size) && index >= 0 && index < size)) {
    throw new Invalid('proof', `no leaf ${index} in a tree of ${size}`);
  }
  hashesOnly([leaf, ...proof]);
  let [node, last, running] = [index, size - 1, leaf];
  for (const sibling of proof) {
    if (last === 0) throw new Invalid('proof', 'the inclusion proof is too long');
    if (node % 2 === 1 || node === last) {
      running = nodeHash(sibling, running);
      while (node % 2 === 0 && node !== 0) [node, last] = [node / 2, Math.floor(last / 2)];
    } else {
      running = nodeHash(running, sibling);
    }
    [node, last] = [Math.floor(node / 2), Math.floor(last / 2)];
  }
  if (last !== 0) throw new Invalid('proof', 'the inclusion proof is too short');
  return running;
}

export function verifyInclusion(index: number, size: number, leaf: Uint8Array, proof: Proof, root: Uint8Array): void {
  if (!isEqual(rootFromInclusion(index, size, leaf, proof), root)) {
    throw new Invalid('proof', `the proof of leaf ${index} does not lead to the root of size ${size}`);
  }
}

/** Size 0 is refused: consistency with an empty tree says nothing. */
export function verifyConsistency(
  oldSize: number,
  size: number,
  oldRoot: Uint8Array,
  root: Uint8Array,
  proof: Proof,
): void {
  if (!(Number.isSafeInteger(oldSize) && Number.isSafeInteger(size) && oldSize >= 1 && oldSize <= size)) {
    throw new Invalid('proof', `no consistency proof from ${oldSize} to ${size}`);
  }
  hashesOnly([oldRoot, root, ...proof]);
  if (oldSize === size) {
    if (proof.length > 0) throw new Invalid('proof', 'equal sizes need an empty consistency proof');
    if (!isEqual(oldRoot, root)) throw new Invalid('proof', `two roots for size ${size}`);
    return;
  }
  const path = Number.isInteger(Math.log2(oldSize)) ? [oldRoot, ...proof] : proof;
  walkConsistency(oldSize, size, oldRoot, root, path);
}

function walkConsistency(oldSize: number, size: number, oldRoot: Uint8Array, root: Uint8Array, path: Proof): void {
  const [first, ...rest] = path;
  if (first === undefined || path.length < 2) throw new Invalid('proof', 'the consistency proof is too short');
  let [node, last] = [oldSize - 1, size - 1];
  while (node % 2 === 1) [node, last] = [Math.floor(node / 2), Math.floor(last / 2)];
  let [oldRunning, running] = [first, first];
  for (const sibling of rest) {
    if (last === 0) throw new Invalid('proof', 'the consistency proof is too long');
    if (node % 2 === 1 || node === last) {
      oldRunning = nodeHash(sibling, oldRunning);
      running = nodeHash(sibling, running);
      while (node % 2 === 0 && node !== 0) [node, last] = [node / 2, Math.floor(last / 2)];
    } else {
      running = nodeHash(running, sibling);
    }
    [node, last] = [Math.floor(node / 2), Math.floor(last / 2)];
  }
  if (last !== 0) throw new Invalid('proof', 'the consistency proof is too short');
  if (!isEqual(oldRunning, oldRoot))
    throw new Invalid('proof', `the proof does not lead to the old root of size ${oldSize}`);
  if (!isEqual(running, root)) throw new Invalid('proof', `the proof does not lead to the root of size ${size}`);
}

function hashesOnly(hashes: readonly Uint8Array[]): void {
  if (hashes.some((hash) => hash.byteLength !== HASH_BYTES)) throw new Invalid('proof', 'a hash that has not 32 bytes');
}
