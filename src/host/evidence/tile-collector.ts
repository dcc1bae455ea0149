/**
 * Tiles of a ledger that is read from its beginning. Level-0 tiles are kept only where somebody asked for one of their entries (and at
 * the right edge); the levels above cost a 256th.
 */
import { Buffer } from 'node:buffer';
import { HASH_BYTES, rootOfHashes } from '#ledger/hash.ts';
import { TILE_BYTES } from '#ledger/tile.ts';
import { Fault } from '#std/refused.ts';

export interface TileCollector {
  /** The next leaf hash in ledger order. */
  add(leaf: Uint8Array, keep: boolean): void;
  /** As wide as it is by now. */
  tile(level: number, index: number): Uint8Array;
  root(): Uint8Array;
}

interface Level {
  /** Full tiles by index. */
  readonly full: Map<number, Buffer>;
  count: number;
  open: Buffer;
  openBytes: number;
}

export function createTileCollector(): TileCollector {
  const levels: Level[] = [];
  let keepOpen = false;

  function levelAt(level: number): Level {
    return (levels[level] ??= { full: new Map(), count: 0, open: Buffer.alloc(TILE_BYTES), openBytes: 0 });
  }

  function put(at: number, hash: Uint8Array): void {
    const level = levelAt(at);
    level.open.set(hash, level.openBytes);
    level.openBytes += HASH_BYTES;
    if (level.openBytes < TILE_BYTES) return;
    const above = rootOfHashes(level.open);
    if (at > 0 || keepOpen) level.full.set(level.count, level.open);
    level.count += 1;
    level.open = at > 0 || keepOpen ? Buffer.alloc(TILE_BYTES) : level.open;
    level.openBytes = 0;
    if (at === 0) keepOpen = false;
    put(at + 1, above);
  }

  return {
    add(leaf, keep) {
      keepOpen ||= keep;
      put(0, leaf);
    },
    tile(at, index) {
      const level = levelAt(at);
      const bytes = index === level.count ? level.open.subarray(0, level.openBytes) : level.full.get(index);
      if (bytes === undefined) throw new Fault('tile-not-kept', `Tile ${at}/${index} was not collected.`);
      return bytes;
    },
    root() {
      let edge: Uint8Array | undefined;
      for (const { open, openBytes } of levels) {
        if (openBytes === 0) continue;
        const hashes = open.subarray(0, openBytes);
        edge = rootOfHashes(edge === undefined ? hashes : Buffer.concat([hashes, edge]));
      }
      return edge ?? rootOfHashes(new Uint8Array(0));
    },
  };
}
