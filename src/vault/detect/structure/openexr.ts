/** OpenEXR: the header's attributes, and every block where the offset table says. Zip blocks are unfolded, a share of them. */
import { inflateSync } from 'node:zlib';
import { bigLength, has, viewAt } from '#vault/detect/structure/byte-source.ts';
import type { ByteSource } from '#vault/detect/structure/byte-source.ts';
import { broken, short, unchecked, whole } from '#vault/detect/structure/structure-look.ts';
import type { StructureLook } from '#vault/detect/structure/structure-look.ts';

const MAGIC = [0x76, 0x2f, 0x31, 0x01];
const HEADER_BYTES_MAX = 64 * 1024;
const BLOCKS_MAX = 65_536;
/** Lines in a block, by the number of the compression. */
const LINES: readonly number[] = [1, 1, 1, 16, 32, 16, 32, 32, 32, 256];
const NAMES: readonly string[] = ['raw', 'rle', 'zips', 'zip', 'piz', 'pxr24', 'b44', 'b44a', 'dwaa', 'dwab'];
const ZIPPED = new Set(['zips', 'zip']);
const UNFOLDED_MAX = 16;
const UNFOLDED_BYTES_MAX = 16 * 1024 * 1024;

interface Header {
  readonly end: number;
  readonly compression: number;
  readonly top: number;
  readonly bottom: number;
}

export function isExr(source: ByteSource): boolean {
  return has(source, 0, MAGIC);
}

export function walkExr(source: ByteSource): StructureLook {
  if (source.size < 12) return short('exr');
  const flags = viewAt(source, 4, 4).getUint32(0, true);
  const header = parseHeader(source.read(0, HEADER_BYTES_MAX));
  if (header === undefined) return broken('exr', 8);
  const compression = NAMES[header.compression];
  if (compression === undefined) return broken('exr', 8);
  const kind = `${compression}.exr`;
  // Tiles, deep pictures and several parts have tables of their own shape.
  if ((flags & 0x1a00) !== 0) return unchecked(kind);
  const lines = LINES[header.compression] ?? 1;
  const count = Math.ceil((header.bottom - header.top + 1) / lines);
  if (count < 1 || count > BLOCKS_MAX) return broken(kind, header.end);
  return walkBlocks(source, header, kind, count);
}

function walkBlocks(source: ByteSource, header: Header, kind: string, count: number): StructureLook {
  if (header.end + count * 8 > source.size) return short(kind);
  const view = viewAt(source, header.end, count * 8);
  const every = Math.ceil(count / UNFOLDED_MAX);
  const isZipped = ZIPPED.has(kind.slice(0, -4));
  for (let i = 0; i < count; i += 1) {
    const at = bigLength(view.getBigUint64(i * 8, true));
    if (at < header.end + count * 8) return broken(kind, header.end + i * 8);
    if (at + 8 > source.size) return at > source.size * 4 ? broken(kind, header.end + i * 8) : short(kind);
    const block = viewAt(source, at, 8);
    const [line, length] = [block.getInt32(0, true), block.getUint32(4, true)];
    if (line < header.top || line > header.bottom) return broken(kind, at);
    if (at + 8 + length > source.size) return short(kind);
    if (isZipped && i % every === 0 && !unfolds(source, at + 8, length)) return broken(kind, at + 8);
  }
  return whole(kind);
}

/** A block that compression would lengthen is stored as it is; a zlib stream tells itself by its first two bytes. */
function unfolds(source: ByteSource, at: number, length: number): boolean {
  if (length > UNFOLDED_BYTES_MAX) return true;
  const bytes = source.read(at, length);
  const first = bytes[0];
  if (first !== 0x78 || (first * 256 + (bytes[1] ?? 0)) % 31 !== 0) return true;
  try {
    inflateSync(bytes, { maxOutputLength: UNFOLDED_BYTES_MAX });
    return true;
  } catch {
    return false;
  }
}

/** Attributes: name, type, length, value, until an empty name. */
function parseHeader(bytes: Uint8Array): Header | undefined {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let compression: number | undefined;
  let box: readonly [number, number] | undefined;
  for (let at = 8; at < bytes.length;) {
    if (bytes[at] === 0) {
      return compression === undefined || box === undefined
        ? undefined
        : { end: at + 1, compression, top: box[0], bottom: box[1] };
    }
    const nameEnd = bytes.indexOf(0, at);
    const typeEnd = bytes.indexOf(0, nameEnd + 1);
    if (nameEnd < 0 || typeEnd < 0 || nameEnd - at > 255 || typeEnd + 5 > bytes.length) return undefined;
    const name = String.fromCharCode(...bytes.subarray(at, nameEnd));
    const [length, value] = [view.getUint32(typeEnd + 1, true), typeEnd + 5];
    if (value + length > bytes.length) return undefined;
    if (name === 'compression') compression = bytes[value];
    if (name === 'dataWindow' && length === 16) box = [view.getInt32(value + 4, true), view.getInt32(value + 12, true)];
    at = value + length;
  }
  return undefined;
}
