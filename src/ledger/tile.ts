/**
 * C2SP tlog-tiles: which tiles a tree of a size has, and what they are called.
 *
 * A full tile is 256 hashes. Level 0 holds leaf hashes; level L+1 holds the root of each *full* tile of level L. A partial
 * tile has 1 to 255 hashes; a tile of width zero does not exist.
 */
import { parseDecimal } from './decimal.ts';
import { HASH_BYTES } from './hash.ts';

export const TILE_WIDTH = 256;
export const TILE_BYTES = TILE_WIDTH * HASH_BYTES;
const LEVEL_MAX = 6; // 256^7 leaves are more than a safe integer can count

export interface Tile {
  readonly level: number;
  readonly index: number;
  /** 256, or fewer for a partial tile. */
  readonly width: number;
}

/** `tile/1/x001/067.p/12`: three digits a group, every group but the last prefixed with `x`. */
export function tilePath(tile: Tile): string {
  return `tile/${tile.level}/${groups(tile.index)}${partial(tile.width)}`;
}

/** The entry bundle beside level-0 tile `index`. */
export function entryBundlePath(index: number, width: number): string {
  return `tile/entries/${groups(index)}${partial(width)}`;
}

function groups(index: number): string {
  const parts = [pad(index % 1000)];
  for (let rest = Math.floor(index / 1000); rest > 0; rest = Math.floor(rest / 1000))
    parts.unshift(`x${pad(rest % 1000)}`);
  return parts.join('/');
}

function pad(part: number): string {
  return String(part).padStart(3, '0');
}

function partial(width: number): string {
  return width === TILE_WIDTH ? '' : `.p/${width}`;
}

export type TilePath =
  | { readonly kind: 'hashes'; readonly tile: Tile }
  | { readonly kind: 'entries'; readonly index: number; readonly width: number };

const PATH = /^tile\/(entries|[0-9]|[1-5][0-9]|6[0-3])\/((?:x\d{3}\/)*\d{3})(?:\.p\/([1-9]\d{0,2}))?$/;

/** The inverse of the two above: one text per tile; `undefined` for anything else. */
export function parseTilePath(path: string): TilePath | undefined {
  const [, what, name, partialWidth] = PATH.exec(path) ?? [];
  if (what === undefined || name === undefined) return undefined;
  const index = parseDecimal(name.replaceAll(/[x/]/g, '').replace(/^0+(?=\d)/, ''));
  const width = partialWidth === undefined ? TILE_WIDTH : Number(partialWidth);
  if (index === undefined || width > TILE_WIDTH || (partialWidth !== undefined && width === TILE_WIDTH))
    return undefined;
  if (groups(index) !== name) return undefined;
  return what === 'entries'
    ? { kind: 'entries', index, width }
    : { kind: 'hashes', tile: { level: Number(what), index, width } };
}

/** How many hashes a level has in a tree of `size`: level 0 the leaves, each level above the full tiles below. */
export function hashesAtLevel(size: number, level: number): number {
  return Math.floor(size / TILE_WIDTH ** level);
}

/** The width of tile `index` at `level` in a tree of `size`; 0 when it does not exist. */
export function widthInTree(size: number, level: number, index: number): number {
  return Math.max(0, Math.min(TILE_WIDTH, hashesAtLevel(size, level) - index * TILE_WIDTH));
}

/** The tiles of a tree of `newSize` that a tree of `oldSize` did not have in that width; level by level, in order. */
export function newTiles(oldSize: number, newSize: number): readonly Tile[] {
  const tiles: Tile[] = [];
  for (let level = 0; level <= LEVEL_MAX && hashesAtLevel(newSize, level) > 0; level += 1) {
    const [had, has] = [hashesAtLevel(oldSize, level), hashesAtLevel(newSize, level)];
    if (had === has) continue;
    for (let index = Math.floor(had / TILE_WIDTH); index * TILE_WIDTH < has; index += 1) {
      tiles.push({ level, index, width: Math.min(TILE_WIDTH, has - index * TILE_WIDTH) });
    }
  }
  return tiles;
}

/** Every tile of a tree of `size`. */
export function allTiles(size: number): readonly Tile[] {
  return newTiles(0, size);
}
