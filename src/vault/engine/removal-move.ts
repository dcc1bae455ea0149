/** Packs anew what is needed of packs that hold something else as well, so that they can go whole. */
import { createIndexWriter } from '#vault/engine/index-writer.ts';
import { NumberSet } from '#vault/engine/number-set.ts';
import { readIndex } from '#vault/engine/removal-packs.ts';
import type { WeighedPacks } from '#vault/engine/removal-packs.ts';
import { repack } from '#vault/engine/repack.ts';
import type { PieceInPack } from '#vault/engine/repack.ts';
import type { Repository } from '#vault/engine/repository.ts';

/** Packs that hold something that is reached and something that is not: the first is packed anew and named by an index before this resolves. */
export async function moveNeeded(
  repository: Repository,
  reached: NumberSet,
  { indexes, needed, spare }: WeighedPacks,
  signal?: AbortSignal,
): Promise<NumberSet> {
  const { index } = repository;
  const moving = needed.common(spare);
  // What lies in packs that stay, and what a plan before this one wrote is there already; then also what was moved by this one. A folder and a file may
  // have the same bytes: each is a piece of its own.
  const placed = { data: new NumberSet(index.size), tree: new NumberSet(index.size) };

  async function* said(isOfThose: (number: number) => boolean): AsyncIterable<PieceInPack> {
    for (const { name, packs } of indexes) {
      if (!packs.some(isOfThose)) continue;
      for (const { id: pack, blobs } of await readIndex(repository, name))
        if (isOfThose(index.numberOf(pack)))
          for (const blob of blobs) if (reached.has(index.rowOf(blob.id))) yield { ...blob, pack };
    }
  }

  async function* wanted(): AsyncIterable<PieceInPack> {
    for await (const piece of said((number) => moving.has(number)))
      if (placed[piece.type].add(index.rowOf(piece.id))) yield piece;
  }

  if (moving.size === 0) return moving;
  for await (const { id, type } of said((number) => !moving.has(number))) placed[type].add(index.rowOf(id));
  const writer = createIndexWriter(repository);
  for await (const pack of repack(repository, wanted(), signal)) await writer.add(pack);
  await writer.finish();
  return moving;
}
