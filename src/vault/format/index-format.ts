/** Index objects: which pack holds which blob, where. Each is below 8 MiB of JSON, so that reading one is bounded. */
import type { PackedBlob } from '#vault/format/blob.ts';
import { z } from 'zod';

/** Blobs in one index object, as stock restic has it. */
export const INDEX_BLOBS_MAX = 50_000;

const hexId = z.string().regex(/^[0-9a-f]{64}$/);
const indexFile = z.object({
  supersedes: z.array(hexId).optional(),
  packs: z.array(
    z.object({
      id: hexId,
      blobs: z.array(
        z.object({
          id: hexId,
          type: z.enum(['data', 'tree']),
          offset: z.int().min(0),
          length: z.int().min(0),
          uncompressed_length: z.int().min(0).optional(),
        }),
      ),
    }),
  ),
});

export interface IndexedPack {
  readonly id: string;
  readonly blobs: readonly PackedBlob[];
}

export function encodeIndex(packs: readonly IndexedPack[]): string {
  return JSON.stringify({
    packs: packs.map(({ id, blobs }) => ({
      id,
      blobs: blobs.map(({ id: blob, type, offset, length, plainLength }) => ({
        id: blob,
        type,
        offset,
        length,
        ...(plainLength === undefined ? {} : { uncompressed_length: plainLength }),
      })),
    })),
  });
}

export function decodeIndex(text: string): readonly IndexedPack[] {
  return indexFile.parse(JSON.parse(text)).packs.map(({ id, blobs }) => ({
    id,
    blobs: blobs.map(({ id: blob, type, offset, length, uncompressed_length: plainLength }) =>
      plainLength === undefined || plainLength === 0
        ? { id: blob, type, offset, length }
        : { id: blob, type, offset, length, plainLength },
    ),
  }));
}
