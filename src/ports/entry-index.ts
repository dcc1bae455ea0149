/**
 * Finds entries; evidence is always re-read from the ledger. The index follows the ledger, may lag behind it, can be thrown
 * away at any time and is then rebuilt.
 */
import type { EntryQuery } from '#ports/engine.ts';

export interface Found {
  /** Newest first. */
  readonly indexes: readonly number[];
  /** Pass as `before` for the next page; undefined at the end. */
  readonly next?: number;
  readonly searchedTo: number;
}

export interface EntryIndex {
  /** Tells that entries below `size` are durable; returns at once. */
  follow(size: number): void;
  find(query: EntryQuery): Promise<Found>;
  close(): Promise<void>;
}
