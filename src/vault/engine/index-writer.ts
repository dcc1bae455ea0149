/** Names packs in index objects, each written as soon as it is full. */
import type { Repository } from '#vault/engine/repository.ts';
import { encodeIndex, INDEX_BLOBS_MAX } from '#vault/format/index-format.ts';
import type { IndexedPack } from '#vault/format/index-format.ts';

export interface IndexWriter {
  add(pack: IndexedPack): Promise<void>;
  /** Writes what is left; how many index objects were written. */
  finish(): Promise<number>;
}

export function createIndexWriter(repository: Pick<Repository, 'writeUnpacked'>): IndexWriter {
  let [waiting, blobs, written]: [IndexedPack[], number, number] = [[], 0, 0];

  async function write(): Promise<void> {
    await repository.writeUnpacked('index', encodeIndex(waiting));
    [waiting, blobs, written] = [[], 0, written + 1];
  }

  return {
    async add(pack) {
      waiting.push(pack);
      blobs += pack.blobs.length;
      if (blobs >= INDEX_BLOBS_MAX) await write();
    },
    async finish() {
      if (waiting.length > 0) await write();
      return written;
    },
  };
}
