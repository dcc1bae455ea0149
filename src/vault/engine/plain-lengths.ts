/**
 * How long a piece is when it is opened. An index that lies may say another length than one that does not, and whoever puts the pieces of a file one behind
 * the other, or says in a manifest how long each is, has to know which is true: then the piece is read.
 */
import type { BlobIndex } from '#vault/engine/blob-index.ts';
import { asDamage } from '#vault/engine/repository.ts';
import type { Repository } from '#vault/engine/repository.ts';
import { SEAL_BYTES } from '#vault/format/sealing.ts';

export function plainLengthOf({
  length,
  plainLength,
}: {
  readonly length: number;
  readonly plainLength?: number | undefined;
}): number {
  return plainLength ?? length - SEAL_BYTES;
}

/** Whether what is said of it differs in how long it is. */
export function isDisputed(index: BlobIndex, id: string): boolean {
  return index.hasSeveral && new Set(index.places(id).map(plainLengthOf)).size > 1;
}

/** Of those that are disputed, as they are. One that cannot be read has the length that was heard of first: its files are named anyway. */
export async function disputedLengths(
  repository: Repository,
  files: readonly { readonly content: readonly string[] }[],
): Promise<ReadonlyMap<string, number>> {
  const lengths = new Map<string, number>();
  if (!repository.index.hasSeveral) return lengths;
  for (const id of new Set(files.flatMap(({ content }) => content))) {
    if (!isDisputed(repository.index, id)) continue;
    try {
      lengths.set(id, (await repository.readBlob('data', id)).length);
    } catch (cause) {
      asDamage(id, cause);
    }
  }
  return lengths;
}
