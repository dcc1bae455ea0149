/** What goes by a plan, in the order of a list: packs by their numbers, a bit each, sorted by their names as often as somebody goes through them. */
import { tmpdir } from 'node:os';
import type { BlobIndex } from '#vault/engine/blob-index.ts';
import type { NumberSet } from '#vault/engine/number-set.ts';
import { createSortedLines } from '#vault/engine/sorted-lines.ts';

/** `type/name`, sorted. */
export interface RemovalObjects extends Iterable<string> {
  readonly count: number;
}

export interface Going {
  readonly packs: NumberSet;
  readonly indexes: readonly string[];
  readonly snapshots: readonly string[];
}

/** As long as the index is there. */
export function removalObjects(index: BlobIndex, { packs, indexes, snapshots }: Going): RemovalObjects {
  function* sortedPacks(): Iterable<string> {
    const lines = createSortedLines({ scratch: tmpdir() });
    try {
      for (const number of packs) lines.add(Buffer.from(index.packAt(number), 'hex'), []);
      for (const id of lines.keys()) yield id.toString('hex');
    } finally {
      lines.close();
    }
  }

  return {
    count: packs.size + indexes.length + snapshots.length,
    *[Symbol.iterator]() {
      for (const name of sortedPacks()) yield `data/${name}`;
      for (const name of indexes.toSorted()) yield `index/${name}`;
      for (const name of snapshots.toSorted()) yield `snapshots/${name}`;
    },
  };
}
