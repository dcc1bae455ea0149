/**
 * Fills a repository with as many pieces as one of many terabytes has: each of a few bytes, 16 to a pack, named by index objects and whole. Run by itself it
 * is the program that does it.
 */
import { execFileSync } from 'node:child_process';
import { hash } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { createPacker } from '#vault/engine/packer.ts';
import { openRepository } from '#vault/engine/repository.ts';
import { encodeIndex } from '#vault/format/index-format.ts';
import type { IndexedPack } from '#vault/format/index-format.ts';
import { objectPath, openFolderStore } from '#vault/store/folder-store.ts';

export interface StoredPieces {
  /** A folder. */
  readonly repository: string;
  readonly password: string;
  readonly count: number;
}

const PIECES_IN_PACK = 16;
const PACKS_IN_INDEX = 2000;

/** In a process of its own: whoever measures holds nothing of it. */
export function storePieces({ repository, password, count }: StoredPieces): void {
  execFileSync(process.execPath, [import.meta.filename, repository, String(count)], {
    env: { ...process.env, RESTIC_PASSWORD: password },
    stdio: ['ignore', 'ignore', 'inherit'],
  });
}

async function store(folder: string, count: number): Promise<void> {
  const places = openFolderStore(folder);
  const repository = await openRepository({ store: places, password: process.env['RESTIC_PASSWORD'] ?? '' });
  let packs: IndexedPack[] = [];
  const packer = createPacker(repository.key, {
    store: async (id, body) => {
      const path = objectPath(folder, 'data', id);
      mkdirSync(dirname(path), { recursive: true });
      await writeFile(path, body);
    },
    packed: (id, blobs) => void packs.push({ id, blobs: [...blobs] }),
  });
  for (let n = 0; n < count; n += 1) {
    const piece = Buffer.from(`piece ${n}`);
    await packer.add('data', hash('sha256', piece, 'hex'), piece, false);
    if (n % PIECES_IN_PACK === PIECES_IN_PACK - 1 || n === count - 1) await packer.flush();
    if (packs.length < PACKS_IN_INDEX && n < count - 1) continue;
    await repository.writeUnpacked('index', encodeIndex(packs));
    packs = [];
  }
}

const [folder, count] = process.argv.slice(2);
if (import.meta.main) await store(folder ?? '', Number(count));
