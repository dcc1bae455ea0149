/** Which packs a store lists, beside those that the index names: four bytes for each of these, by the index's own number. */
import { IdSet } from '#vault/engine/id-set.ts';
import { NO_ROW } from '#vault/engine/id-slots.ts';
import type { Repository } from '#vault/engine/repository.ts';

export interface ListedPacks {
  /** All that are listed. */
  readonly count: number;
  readonly orphanCount: number;
  /** Of one that the index names; 0 where it is missing. */
  bytesOf(pack: string): number;
  /** Whether one that the index names is there; by its number. */
  has(number: number): boolean;
  all(): Iterable<string>;
  /** Named by the index, and not listed. */
  missing(): Iterable<string>;
  /** Listed, and named by no index. */
  orphans(): IteratorObject<string>;
}

/** Above a length, so that nothing is told from an empty pack. */
const LISTED = 1;
const LENGTH_MAX = 2 ** 32 - 1 - LISTED;

export async function listPacks({ store, index }: Pick<Repository, 'store' | 'index'>): Promise<ListedPacks> {
  const lengths = new Uint32Array(index.packCount);
  const orphans = new IdSet();
  let known = 0;
  for await (const { name, bytes } of store.each('data')) {
    const number = index.numberOf(name);
    if (number === NO_ROW) orphans.add(name);
    else {
      if (lengths[number] === 0) known += 1;
      lengths[number] = Math.min(bytes, LENGTH_MAX) + LISTED;
    }
  }

  function* named(isListed: boolean): Generator<string> {
    for (let number = 0; number < lengths.length; number += 1)
      if ((lengths[number] !== 0) === isListed) yield index.packAt(number);
  }

  function* strange(): Generator<string> {
    for (let row = 0; row < orphans.size; row += 1) yield orphans.idAt(row).toString('hex');
  }

  return {
    count: known + orphans.size,
    orphanCount: orphans.size,
    has: (number) => (lengths[number] ?? 0) !== 0,
    bytesOf: (pack) => Math.max(0, (lengths[index.numberOf(pack)] ?? 0) - LISTED),
    *all() {
      yield* named(true);
      yield* strange();
    },
    missing: () => named(false),
    orphans: strange,
  };
}
