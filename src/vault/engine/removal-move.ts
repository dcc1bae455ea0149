/** Packs anew what is needed of packs that hold something else as well, so that they can go whole. */
import { createIndexWriter } from '#vault/engine/index-writer.ts';
import { NumberSet } from '#vault/engine/number-set.ts';
import { readIndex } from '#vault/engine/removal-packs.ts';
import type { WeighedPacks } from '#vault/engine/removal-packs.ts';
import { inDoubt } from '#vault/engine/removal-reach.ts';
import { repack } from '#vault/engine/repack.ts';
import type { PlainPiece } from '#vault/engine/repack.ts';
import { asDamage, plainBlob } from '#vault/engine/repository.ts';
import type { Repository } from '#vault/engine/repository.ts';
import type { PackedBlob } from '#vault/format/blob.ts';

export interface PieceInPack extends PackedBlob {
  readonly pack: string;
}

/**
 * Packs that hold something that is reached and something that is not: the first is packed anew and named by an index before this resolves. What an index
 * says of a place is not believed: the last whole copy of a piece may lie in a pack that goes.
 */
export async function moveNeeded(
  repository: Repository,
  reached: NumberSet,
  { indexes, needed, spare }: WeighedPacks,
  signal?: AbortSignal,
): Promise<NumberSet> {
  const { index } = repository;
  const moving = needed.common(spare);
  // A folder and a file may have the same bytes: each is a piece of its own.
  const asked = { data: new NumberSet(index.size), tree: new NumberSet(index.size) };
  // What lies in packs that stay, and what a plan before this one wrote is there already; then also what was moved by this one.
  const placed = { data: new NumberSet(index.size), tree: new NumberSet(index.size) };

  async function* said(isOfThose: (number: number) => boolean): AsyncIterable<PieceInPack & { readonly row: number }> {
    for (const { name, packs } of indexes) {
      if (!packs.some(isOfThose)) continue;
      for (const { id: pack, blobs } of await readIndex(repository, name)) {
        if (!isOfThose(index.numberOf(pack))) continue;
        for (const blob of blobs) {
          const row = index.rowOf(blob.id);
          if (reached.has(row)) yield { ...blob, pack, row };
        }
      }
    }
  }

  /** Each that is asked for, once: from the first place where it is whole. */
  async function* whole(isOfThose: (number: number) => boolean): AsyncIterable<PlainPiece> {
    for await (const piece of said(isOfThose)) {
      const { type, id, row } = piece;
      if (!asked[type].has(row) || placed[type].has(row)) continue;
      signal?.throwIfAborted();
      const plain = await plainAt(repository, piece);
      if (plain === undefined) continue;
      placed[type].add(row);
      yield { type, id, plain, isFolded: piece.plainLength !== undefined };
    }
  }

  if (moving.size === 0) return moving;
  for await (const { type, row } of said((number) => moving.has(number))) asked[type].add(row);
  for await (const _ of whole((number) => !moving.has(number))); // only looked at
  const writer = createIndexWriter(repository);
  for await (const pack of repack(
    repository,
    whole((number) => moving.has(number)),
    signal,
  ))
    await writer.add(pack);
  await writer.finish();
  for (const type of ['data', 'tree'] as const)
    for (const row of asked[type])
      if (!placed[type].has(row))
        throw inDoubt(`${index.idAt(row).slice(0, 12)}, which a snapshot that stays needs, can be read nowhere`);
  return moving;
}

/** Undefined when that piece does not lie there whole. */
async function plainAt({ store, sealer }: Repository, piece: PieceInPack): Promise<Buffer | undefined> {
  const { pack, id, offset, length, plainLength } = piece;
  try {
    return plainBlob(sealer, await store.get('data', pack, { offset, length }), id, plainLength);
  } catch (cause) {
    asDamage(id, cause);
    return undefined;
  }
}
