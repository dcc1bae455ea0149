/**
 * Indexes that go because they name a pack that goes, and what is written so that the packs that stay are still found. Of the index objects those are read
 * once more that say something of use.
 */
import { createIndexWriter } from '#vault/engine/index-writer.ts';
import { NumberSet } from '#vault/engine/number-set.ts';
import { readIndex } from '#vault/engine/removal-packs.ts';
import type { NamedIndex, WeighedPacks } from '#vault/engine/removal-packs.ts';
import { createSpareCount } from '#vault/engine/spare-count.ts';
import type { Repository } from '#vault/engine/repository.ts';

export interface DividedIndexes {
  /** Indexes that name a pack that goes. */
  readonly leaving: readonly string[];
  /** So many name now what of the packs that stay only such an index knew. */
  readonly written: number;
  /** Packs that stay although a part of them is not needed any more, and the bytes of that part. */
  readonly partly: { readonly packs: number; readonly bytes: number };
}

export async function divideIndexes(
  repository: Repository,
  reached: NumberSet,
  { indexes, needed, spare }: WeighedPacks,
): Promise<DividedIndexes> {
  const { index } = repository;
  const isLeaving = ({ packs }: NamedIndex): boolean => packs.some((number) => !needed.has(number));
  const partly = needed.common(spare);
  const toFind = new NumberSet();
  for (const { packs } of indexes.filter(isLeaving))
    for (const number of packs) if (needed.has(number)) toFind.add(number);
  const known = index.proofs();
  const writer = createIndexWriter(repository);
  using bytes = createSpareCount();
  // First those that stay: what they say needs no other.
  for (const goes of [false, true])
    for (const [at, one] of indexes.entries()) {
      if (isLeaving(one) !== goes || !one.packs.some((number) => partly.has(number) || toFind.has(number))) continue;
      for (const { id: pack, blobs } of await readIndex(repository, one.name)) {
        const number = index.numberOf(pack);
        if (partly.has(number))
          for (const blob of blobs) if (!reached.has(index.rowOf(blob.id))) bytes.add(number, blob, at);
        if (!toFind.has(number)) continue;
        const lacking = goes ? blobs.filter((blob) => !known.isProved(blob.id, { ...blob, pack })) : [];
        if (lacking.length > 0) await writer.add({ id: pack, blobs: lacking });
        known.prove(pack, goes ? lacking : blobs);
      }
    }
  return {
    leaving: indexes.filter(isLeaving).map(({ name }) => name),
    written: await writer.finish(),
    partly: { packs: partly.size, bytes: bytes.bytes() },
  };
}
