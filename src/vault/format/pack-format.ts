/**
 * A pack: sealed blobs one after another, then the sealed header, then the header's sealed length as four bytes, least first. A header entry is the blob's
 * kind (0 data, 1 tree, 2 and 3 the same compressed), its sealed length, for compressed ones its plain length, and its id.
 */
import { SEAL_BYTES } from '#vault/format/sealing.ts';
import { ID_BYTES } from '#vault/format/blob.ts';
import type { BlobType, PackedBlob } from '#vault/format/blob.ts';
import { Fault } from '#std/refused.ts';

export const PACK_TAIL_BYTES = 4;
const ENTRY_BYTES = 1 + 4 + ID_BYTES;
const COMPRESSED_ENTRY_BYTES = ENTRY_BYTES + 4;
/** As stock restic: a longer header is no header. */
const HEADER_BYTES_MAX = 16 * 1024 * 1024;

/** The plain header of a pack that holds these blobs in this order. */
export function encodePackHeader(blobs: readonly PackedBlob[]): Buffer {
  const sizes = blobs.map(({ plainLength }) => (plainLength === undefined ? ENTRY_BYTES : COMPRESSED_ENTRY_BYTES));
  const header = Buffer.allocUnsafe(sizes.reduce((sum, size) => sum + size, 0));
  let at = 0;
  for (const { type, length, plainLength, id } of blobs) {
    header[at] = (type === 'tree' ? 1 : 0) | (plainLength === undefined ? 0 : 2);
    header.writeUInt32LE(length, at + 1);
    at += 5;
    if (plainLength !== undefined) {
      header.writeUInt32LE(plainLength, at);
      at += 4;
    }
    header.write(id, at, 'hex');
    at += ID_BYTES;
  }
  return header;
}

/** The blobs of a plain header, in their order, with their offsets. */
export function decodePackHeader(header: Uint8Array): readonly PackedBlob[] {
  const bytes = Buffer.from(header.buffer, header.byteOffset, header.byteLength);
  const blobs: PackedBlob[] = [];
  let [at, offset] = [0, 0];
  while (at < bytes.length) {
    const kind = bytes[at] ?? 0;
    const size = (kind & 2) === 0 ? ENTRY_BYTES : COMPRESSED_ENTRY_BYTES;
    if (kind > 3 || at + size > bytes.length) throw badPack('its header is not understood');
    const type: BlobType = (kind & 1) === 0 ? 'data' : 'tree';
    const length = bytes.readUInt32LE(at + 1);
    const id = bytes.toString('hex', at + size - ID_BYTES, at + size);
    const place = { id, type, offset, length };
    blobs.push((kind & 2) === 0 ? place : { ...place, plainLength: bytes.readUInt32LE(at + 5) });
    offset += length;
    at += size;
  }
  return blobs;
}

/** From the last bytes of a pack of `packBytes` bytes: the length of its sealed header. */
export function headerLength(tail: Uint8Array, packBytes: number): number {
  if (tail.length < PACK_TAIL_BYTES) throw badPack('it is too short');
  const length = Buffer.from(tail.subarray(tail.length - PACK_TAIL_BYTES)).readUInt32LE();
  const isPossible = length > SEAL_BYTES && length <= HEADER_BYTES_MAX && length + PACK_TAIL_BYTES <= packBytes;
  if (!isPossible) throw badPack('the length of its header is not possible');
  return length;
}

export function packTail(sealedHeaderBytes: number): Buffer {
  const tail = Buffer.allocUnsafe(PACK_TAIL_BYTES);
  tail.writeUInt32LE(sealedHeaderBytes);
  return tail;
}

function badPack(how: string): Fault {
  return new Fault('pack-broken', `a pack cannot be read: ${how}`);
}
