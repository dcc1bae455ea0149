/**
 * Full tiles and entry bundles as files, named as C2SP tlog-tiles names them. They are derived: the commit log can always write
 * them again, so they are synced in the background, and a mark says up to which tree size that has been done. A start writes
 * again whatever lies above the mark.
 */
import { closeSync, fsyncSync, mkdirSync, openSync, readFileSync, renameSync, writeSync } from 'node:fs';
import { open, readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { diskFault, syncFolder } from '#host/ledger/node-disk.ts';
import type { FullTile } from '#host/ledger/tile-builder.ts';
import { decodeEntryBundle } from '#ledger/entry-bundle.ts';
import { HASH_BYTES, leafHashInto } from '#ledger/hash.ts';
import { entryBundlePath, TILE_BYTES, tilePath, TILE_WIDTH } from '#ledger/tile.ts';
import { isEqual } from '#std/bytes.ts';
import { Fault } from '#std/refused.ts';

const MARK_NAME = 'tiles-synced';
const FILE_MODE = 0o444;

export interface TileFiles {
  /** Tree size up to which every full tile is synced. */
  readonly syncedTo: number;
  /** Writes, reads back and hashes again; throws when what is read isn't what was hashed. */
  write(tile: FullTile): void;
  /** Syncs what was written since, while nothing else waits for it. */
  sync(): Promise<void>;
}

export function openTileFiles(folder: string): TileFiles {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const known = new Set<string>();
  let syncedTo = readMark(folder);
  let written: { readonly paths: readonly string[]; readonly endsAt: number }[] = [];

  function put(path: string, bytes: Uint8Array): void {
    const full = join(folder, path);
    if (!known.has(dirname(full))) mkdirSync(dirname(full), { recursive: true, mode: 0o700 });
    known.add(dirname(full));
    const fd = openSync(`${full}.tmp`, 'w', FILE_MODE);
    try {
      for (let done = 0; done < bytes.byteLength;) done += writeSync(fd, bytes, done);
    } finally {
      closeSync(fd);
    }
    renameSync(`${full}.tmp`, full);
  }

  function write(tile: FullTile): void {
    const path = tilePath({ level: tile.level, index: tile.index, width: TILE_WIDTH });
    const paths = [path];
    put(path, tile.hashes);
    if (!isEqual(readFileSync(join(folder, path)), tile.hashes)) throw notAsWritten(path);
    if (tile.bundle !== undefined) {
      const bundlePath = entryBundlePath(tile.index, TILE_WIDTH);
      put(bundlePath, tile.bundle);
      if (!isEqual(leafHashesOf(readFileSync(join(folder, bundlePath))), tile.hashes)) throw notAsWritten(bundlePath);
      paths.push(bundlePath);
    }
    written.push({ paths, endsAt: tile.endsAt });
  }

  return {
    get syncedTo() {
      return syncedTo;
    },
    write(tile) {
      try {
        write(tile);
      } catch (cause) {
        throw cause instanceof Fault ? cause : diskFault(cause);
      }
    },
    async sync() {
      const batch = written;
      const last = batch.at(-1);
      if (last === undefined) return;
      written = [];
      const paths = batch.flatMap((tile) => tile.paths.map((path) => join(folder, path)));
      for (const path of paths) await syncFile(path);
      for (const path of new Set(paths.flatMap((full) => parents(full, folder)))) await syncFolder(path);
      await writeMark(folder, last.endsAt);
      syncedTo = last.endsAt;
    },
  };
}

function leafHashesOf(bundle: Uint8Array): Uint8Array {
  const hashes = Buffer.alloc(TILE_BYTES);
  decodeEntryBundle(bundle, TILE_WIDTH).forEach((entry, index) => leafHashInto(entry, hashes, index * HASH_BYTES));
  return hashes;
}

function notAsWritten(path: string): Fault {
  return new Fault('tile-not-as-written', `${path} reads back as something else than was hashed: nothing is signed`);
}

function parents(path: string, root: string): readonly string[] {
  const up = dirname(path);
  return up.length <= root.length ? [root] : [up, ...parents(up, root)];
}

async function syncFile(path: string): Promise<void> {
  const file = await open(path, 'r');
  try {
    await file.sync();
  } catch (cause) {
    throw diskFault(cause);
  } finally {
    await file.close();
  }
}

function readMark(folder: string): number {
  try {
    const size = Number(readFileSync(join(folder, MARK_NAME), 'utf8'));
    return Number.isSafeInteger(size) && size >= 0 ? size : 0;
  } catch {
    return 0; // no mark: everything is written again
  }
}

async function writeMark(folder: string, size: number): Promise<void> {
  const path = join(folder, MARK_NAME);
  const fd = openSync(`${path}.tmp`, 'w', 0o600);
  try {
    writeSync(fd, String(size));
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
  renameSync(`${path}.tmp`, path);
  await syncFolder(folder);
}

/** A full tile or bundle; undefined when it is not there. */
export async function readTileFile(folder: string, path: string): Promise<Uint8Array | undefined> {
  try {
    return await readFile(join(folder, path));
  } catch (cause) {
    if (cause instanceof Error && 'code' in cause && cause.code === 'ENOENT') return undefined;
    throw diskFault(cause);
  }
}
