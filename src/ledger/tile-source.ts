/** Subtree hashes out of tiles. */
import { HASH_BYTES, rootOfHashes } from './hash.ts';
import { Invalid } from './invalid.ts';
import type { HashSource, LeafRange } from './proof.ts';
import { completeSubtrees } from './proof.ts';
import type { Tile } from './tile.ts';
import { tilePath, TILE_WIDTH, widthInTree } from './tile.ts';

const LEVELS_PER_TILE = 8;

interface Span {
  readonly level: number;
  readonly tile: number;
  /** First hash within the tile, and how many. */
  readonly first: number;
  readonly count: number;
}

function spanOf(level: number, index: number): Span {
  const within = level % LEVELS_PER_TILE;
  const count = 2 ** within;
  const start = index * count;
  return {
    level: (level - within) / LEVELS_PER_TILE,
    tile: Math.floor(start / TILE_WIDTH),
    first: start % TILE_WIDTH,
    count,
  };
}

/** The tiles (as wide as a tree of `size` has them) that hold everything the ranges need; each once. */
export function tilesForRanges(ranges: readonly LeafRange[], size: number): readonly Tile[] {
  const tiles = new Map<string, Tile>();
  for (const { level, index } of ranges.flatMap(completeSubtrees)) {
    const span = spanOf(level, index);
    const tile = { level: span.level, index: span.tile, width: widthInTree(size, span.level, span.tile) };
    tiles.set(tilePath(tile), tile);
  }
  return [...tiles.values()];
}

/** `read` gives a tile's bytes; wider than asked for is fine. */
export function hashesFromTiles(read: (level: number, index: number) => Uint8Array | undefined): HashSource {
  return (level, index) => {
    const span = spanOf(level, index);
    const bytes = read(span.level, span.tile);
    const [start, end] = [span.first * HASH_BYTES, (span.first + span.count) * HASH_BYTES];
    if (bytes === undefined || bytes.byteLength < end)
      throw new Invalid('tile', `tile ${span.level}/${span.tile} does not reach far enough`);
    return rootOfHashes(bytes.subarray(start, end));
  };
}
