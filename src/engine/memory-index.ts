/** A search that reads the whole ledger, newest first. Right by construction and slow: for tests and small things. */
import { matches } from '#engine/matches.ts';
import { entryFrom } from '#engine/stamp.ts';
import type { EntryIndex } from '#ports/entry-index.ts';
import type { LedgerStore } from '#ports/ledger-store.ts';

export function createMemoryIndex(store: LedgerStore): EntryIndex {
  return {
    follow: () => undefined,
    async find(query) {
      const indexes: number[] = [];
      const searchedTo = store.size;
      for (let index = Math.min(query.before ?? searchedTo, searchedTo) - 1; index >= 0; index -= 1) {
        if (!matches(query, entryFrom(await store.readOne(index)))) continue;
        if (indexes.length === query.limit) return { indexes, next: indexes.at(-1) ?? 0, searchedTo };
        indexes.push(index);
      }
      return { indexes, searchedTo };
    },
    close: async () => undefined,
  };
}
