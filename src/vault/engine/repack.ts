/** Writes pieces that lie in some packs into new ones, each opened, checked and sealed again. Nothing is removed. */
import { createPacker } from '#vault/engine/packer.ts';
import { plainBlob } from '#vault/engine/repository.ts';
import type { Repository } from '#vault/engine/repository.ts';
import type { PackedBlob } from '#vault/format/blob.ts';
import type { IndexedPack } from '#vault/format/index-format.ts';

export interface PieceInPack extends PackedBlob {
  readonly pack: string;
}

/** The new packs, durable, and what each holds; no index names them yet. A piece that lies in several packs is written once. */
export async function repack(
  repository: Repository,
  pieces: readonly PieceInPack[],
  signal?: AbortSignal,
): Promise<readonly IndexedPack[]> {
  const { store, sealer, key } = repository;
  const written: IndexedPack[] = [];
  const packers = { data: packerOf(), tree: packerOf() };
  const done = new Set<string>();

  function packerOf() {
    return createPacker(key, {
      store: async (id, body) => void (await store.put('data', id, body)),
      packed: (id, blobs) => void written.push({ id, blobs: [...blobs] }),
    });
  }

  for (const { pack, id, type, offset, length, plainLength } of pieces) {
    signal?.throwIfAborted();
    if (done.has(id)) continue;
    done.add(id);
    const plain = plainBlob(sealer, await store.get('data', pack, { offset, length }), id, plainLength);
    await packers[type].add(type, id, plain, plainLength !== undefined);
  }
  for (const packer of Object.values(packers)) await packer.flush();
  return written;
}
