/** Index objects: which pack holds which blob, where. Each is below 8 MiB of JSON, so that reading one is bounded. */
import type { PackedBlob } from '#vault/format/blob.ts';
import { damaged, fieldsOf, hexId, list, parseJson, whole } from '#vault/format/json-fields.ts';
import type { Fields } from '#vault/format/json-fields.ts';

/** Blobs in one index object, as stock restic has it. */
export const INDEX_BLOBS_MAX = 50_000;

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

/** A Fault `object-damaged` for what is no index, whoever wrote it. */
export function decodeIndex(text: string): readonly IndexedPack[] {
  const packs = list(fieldsOf(parseJson(text))['packs'], 'packs');
  return packs.map((pack) => {
    const { id, blobs } = fieldsOf(pack);
    return { id: hexId(id), blobs: readBlobs(list(blobs, 'blobs')) };
  });
}

/** In the list's own place: with a million blobs, what was parsed goes while what it says is kept. */
function readBlobs(blobs: unknown[]): readonly PackedBlob[] {
  for (let at = 0; at < blobs.length; at += 1) blobs[at] = readBlob(fieldsOf(blobs[at]));
  return blobs as PackedBlob[]; // each of them is one now
}

function readBlob(fields: Fields): PackedBlob {
  const { type } = fields;
  if (type !== 'data' && type !== 'tree') throw damaged('a kind of blob that is not known');
  const id = hexId(fields['id']);
  const [offset, length] = [bytesOf(fields, 'offset'), bytesOf(fields, 'length')];
  const plainLength = bytesOf(fields, 'uncompressed_length');
  return plainLength === 0 ? { id, type, offset, length } : { id, type, offset, length, plainLength };
}

/** A pack's header has 32 bits for a length. */
const BYTES_MAX = 2 ** 32 - 1;

function bytesOf(fields: Fields, field: string): number {
  const value = whole(fields, field);
  if (value < 0 || value > BYTES_MAX) throw damaged(`a ${field} that no pack has`);
  return value;
}
