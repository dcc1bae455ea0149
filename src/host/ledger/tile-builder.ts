/** The growing right edge of all tile levels: takes entries, gives every tile and bundle in the moment it is full. */
import { encodeEntryBundle } from '#ledger/entry-bundle.ts';
import type { Frontier } from '#ledger/frontier.ts';
import { createFrontier } from '#ledger/frontier.ts';
import { HASH_BYTES, rootOfHashes } from '#ledger/hash.ts';
import { TILE_BYTES, TILE_WIDTH } from '#ledger/tile.ts';

export interface FullTile {
  readonly level: number;
  readonly index: number;
  readonly hashes: Uint8Array;
  /** The entry bundle, at level 0. */
  readonly bundle?: Uint8Array;
  /** The tree size at which it became full. */
  readonly endsAt: number;
}

export interface TileBuilder {
  readonly frontier: Frontier;
  add(entry: Uint8Array): readonly FullTile[];
}

export function createTileBuilder(): TileBuilder {
  const frontier = createFrontier();
  const levels: { hashes: Buffer; count: number; index: number }[] = [];
  let entries: Uint8Array[] = [];

  function place(level: number): { hashes: Buffer; count: number; index: number } {
    levels[level] ??= { hashes: Buffer.alloc(TILE_BYTES), count: 0, index: 0 };
    return levels[level];
  }

  /** The tile at `level` has one more hash; when that fills it, the level above gets one. */
  function grown(level: number): readonly FullTile[] {
    const tile = place(level);
    tile.count += 1;
    if (tile.count < TILE_WIDTH) return [];
    const hashes = Uint8Array.from(tile.hashes);
    const { index } = tile;
    Object.assign(tile, { count: 0, index: index + 1 });
    const above = place(level + 1);
    above.hashes.set(rootOfHashes(hashes), above.count * HASH_BYTES);
    const full = { level, index, hashes, endsAt: frontier.size };
    return [level === 0 ? { ...full, bundle: takeBundle() } : full, ...grown(level + 1)];
  }

  function takeBundle(): Uint8Array {
    const bundle = encodeEntryBundle(entries);
    entries = [];
    return bundle;
  }

  return {
    frontier,
    add(entry) {
      const tile = place(0);
      frontier.appendEntry(entry, tile.hashes, tile.count * HASH_BYTES);
      entries.push(entry);
      return grown(0);
    },
  };
}
