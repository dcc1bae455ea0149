/** Writes pieces that lie in some packs into new ones, each opened, checked and sealed again. Nothing is removed. */
import { createPacker } from '#vault/engine/packer.ts';
import { plainBlob } from '#vault/engine/repository.ts';
import type { Repository } from '#vault/engine/repository.ts';
import type { PackedBlob } from '#vault/format/blob.ts';
import type { IndexedPack } from '#vault/format/index-format.ts';

export interface PieceInPack extends PackedBlob {
  readonly pack: string;
}

/** Each new pack once it is durable, and what it holds; no index names it yet. */
export async function* repack(
  repository: Repository,
  pieces: AsyncIterable<PieceInPack>,
  signal?: AbortSignal,
): AsyncIterable<IndexedPack> {
  const { store, sealer, key } = repository;
  const written: IndexedPack[] = [];
  const packers = { data: packerOf(), tree: packerOf() };

  function packerOf() {
    return createPacker(key, {
      store: async (id, body) => void (await store.put('data', id, body)),
      packed: (id, blobs) => void written.push({ id, blobs: [...blobs] }),
    });
  }

  for await (const { pack, id, type, offset, length, plainLength } of pieces) {
    signal?.throwIfAborted();
    const plain = plainBlob(sealer, await store.get('data', pack, { offset, length }), id, plainLength);
    await packers[type].add(type, id, plain, plainLength !== undefined);
    yield* written.splice(0);
  }
  for (const packer of Object.values(packers)) {
    await packer.flush();
    yield* written.splice(0);
  }
}
