/** Writes pieces that were opened and checked into new packs, each sealed again. Nothing is removed. */
import { createPacker } from '#vault/engine/packer.ts';
import type { Repository } from '#vault/engine/repository.ts';
import type { BlobType } from '#vault/format/blob.ts';
import type { IndexedPack } from '#vault/format/index-format.ts';

export interface PlainPiece {
  readonly type: BlobType;
  readonly id: string;
  readonly plain: Buffer;
  /** Whether it was stored compressed. */
  readonly isFolded: boolean;
}

/** Each new pack once it is durable, and what it holds; no index names it yet. */
export async function* repack(
  repository: Repository,
  pieces: AsyncIterable<PlainPiece>,
  signal?: AbortSignal,
): AsyncIterable<IndexedPack> {
  const { store, key } = repository;
  const written: IndexedPack[] = [];
  const packers = { data: packerOf(), tree: packerOf() };

  function packerOf() {
    return createPacker(key, {
      store: async (id, body) => void (await store.put('data', id, body)),
      packed: (id, blobs) => void written.push({ id, blobs: [...blobs] }),
    });
  }

  for await (const { type, id, plain, isFolded } of pieces) {
    signal?.throwIfAborted();
    await packers[type].add(type, id, plain, isFolded);
    yield* written.splice(0);
  }
  for (const packer of Object.values(packers)) {
    await packer.flush();
    yield* written.splice(0);
  }
}
