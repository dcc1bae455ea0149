/**
 * The sealed ledger as anybody may read it, in any process: the newest checkpoint, tiles and bundles by their C2SP names, entries by
 * index. Full tiles are files; partial ones are made when asked for, at any width the checkpoint reaches.
 */
import { readCheckpoint } from '#host/ledger/checkpoint-store.ts';
import type { LedgerFolders } from '#host/ledger/ledger-folders.ts';
import { createLedgerReader } from '#host/ledger/ledger-reader.ts';
import { createNodeDisk } from '#host/ledger/node-disk.ts';
import { readTileFile } from '#host/ledger/tile-files.ts';
import { encodeEntryBundle } from '#ledger/entry-bundle.ts';
import { HASH_BYTES, leafHash, rootOfHashes } from '#ledger/hash.ts';
import { entryBundlePath, parseTilePath, TILE_WIDTH, tilePath, widthInTree } from '#ledger/tile.ts';
import type { LedgerFiles } from '#ports/ledger-files.ts';
import { concat } from '#std/bytes.ts';
import { Fault } from '#std/refused.ts';

export function openLedgerFiles(folders: LedgerFolders): LedgerFiles {
  const reader = createLedgerReader(createNodeDisk(folders.log, { readOnly: true }));

  async function entries(from: number, to: number): Promise<readonly Uint8Array[]> {
    const all: Uint8Array[] = [];
    for await (const { bytes } of reader.read(from, to)) all.push(Uint8Array.from(bytes));
    return all;
  }

  async function hashes(level: number, index: number, width: number): Promise<Uint8Array> {
    const start = index * TILE_WIDTH;
    if (level === 0) return concat(...(await entries(start, start + width)).map(leafHash));
    const roots: Uint8Array[] = [];
    for (let child = start; child < start + width; child += 1)
      roots.push(rootOfHashes(await fullTile(level - 1, child)));
    return concat(...roots);
  }

  async function fullTile(level: number, index: number): Promise<Uint8Array> {
    const held = await readTileFile(folders.tiles, tilePath({ level, index, width: TILE_WIDTH }));
    return held?.byteLength === TILE_WIDTH * HASH_BYTES ? held : hashes(level, index, TILE_WIDTH);
  }

  async function bundle(index: number, width: number): Promise<Uint8Array> {
    const held = width === TILE_WIDTH ? await readTileFile(folders.tiles, entryBundlePath(index, width)) : undefined;
    return held ?? encodeEntryBundle(await entries(index * TILE_WIDTH, index * TILE_WIDTH + width));
  }

  return {
    sealed: async () => readCheckpoint(folders.checkpoints),
    async *read(from, to) {
      const size = readCheckpoint(folders.checkpoints)?.size ?? 0;
      if (to > size)
        throw new Fault('not-sealed', `entries from ${size} on are not under a checkpoint yet`, { retry: true });
      yield* reader.read(from, to);
    },
    async file(path) {
      const asked = parseTilePath(path);
      const size = readCheckpoint(folders.checkpoints)?.size ?? 0;
      if (asked === undefined) return undefined;
      if (asked.kind === 'entries')
        return asked.width <= widthInTree(size, 0, asked.index) ? bundle(asked.index, asked.width) : undefined;
      const { level, index, width } = asked.tile;
      if (width > widthInTree(size, level, index)) return undefined;
      return width === TILE_WIDTH ? fullTile(level, index) : hashes(level, index, width);
    },
    close: () => reader.close(),
  };
}
