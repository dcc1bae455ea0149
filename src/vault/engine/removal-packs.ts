/** Which packs hold what is needed, by what every index object says now: some bits for each pack, and four bytes for each time that an index names one. */
import { listPacks } from '#vault/engine/listed-packs.ts';
import type { ListedPacks } from '#vault/engine/listed-packs.ts';
import { NO_ROW } from '#vault/engine/id-slots.ts';
import { NumberSet } from '#vault/engine/number-set.ts';
import { inDoubt } from '#vault/engine/removal-reach.ts';
import type { Repository } from '#vault/engine/repository.ts';
import { decodeIndex } from '#vault/format/index-format.ts';
import type { IndexedPack } from '#vault/format/index-format.ts';

/** An index object, and which packs it names. */
export interface NamedIndex {
  readonly name: string;
  readonly packs: Uint32Array;
}

/** Packs by the numbers that the repository's index gives them. */
export interface WeighedPacks {
  /** In the order of the list. */
  readonly indexes: readonly NamedIndex[];
  readonly named: NumberSet;
  /** Of these, the ones that hold something that is reached. */
  readonly needed: NumberSet;
  /** Those that hold something that is not. */
  readonly spare: NumberSet;
  readonly present: ListedPacks;
}

/** A pack with any copy of a piece that is reached stays, also where the index finds that piece elsewhere first. What was `moved` is not needed there. */
export async function weighPacks(
  repository: Repository,
  reached: NumberSet,
  moved: NumberSet = new NumberSet(),
): Promise<WeighedPacks> {
  const { index, store } = repository;
  const [named, needed, spare, found] = [new NumberSet(), new NumberSet(), new NumberSet(), new NumberSet(index.size)];
  const indexes: NamedIndex[] = [];

  function weigh(pack: IndexedPack): number {
    const number = numberOf(repository, pack);
    named.add(number);
    for (const { id } of pack.blobs) {
      const row = index.rowOf(id);
      if (!reached.has(row) || moved.has(number)) spare.add(number);
      else {
        needed.add(number);
        found.add(row);
      }
    }
    return number;
  }

  for (const { name } of await store.list('index'))
    indexes.push({ name, packs: Uint32Array.from(await readIndex(repository, name), weigh) });
  for (const row of reached)
    if (!found.has(row))
      throw inDoubt(`${index.idAt(row).slice(0, 12)}, which a snapshot that stays needs, is in no pack that stays`);
  const present = await listPacks(repository);
  for (const number of needed)
    if (!present.has(number))
      throw inDoubt(`data/${index.packAt(number)} is missing, and a snapshot that stays needs it`);
  return { indexes, named, needed, spare, present };
}

export async function readIndex(repository: Repository, name: string): Promise<readonly IndexedPack[]> {
  return decodeIndex(await repository.readUnpacked('index', name));
}

/** What an index names that came after the others were loaded gets its number here. */
function numberOf({ index }: Repository, { id, blobs }: IndexedPack): number {
  if (index.numberOf(id) === NO_ROW) for (const blob of blobs) index.add(blob.id, id, blob);
  return index.addPack(id);
}
