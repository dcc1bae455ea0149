/** DPX (SMPTE ST 268) and TIFF: headers, directories, and where they say that pictures lie. The pictures themselves are plain samples. */
import { has, viewAt } from '#vault/detect/structure/byte-source.ts';
import type { ByteSource } from '#vault/detect/structure/byte-source.ts';
import { broken, short, whole } from '#vault/detect/structure/structure-look.ts';
import type { StructureLook } from '#vault/detect/structure/structure-look.ts';

const DPX_HEADER_BYTES = 2048;
const DIRECTORIES_MAX = 64;
const ENTRIES_MAX = 4096;
const [STRIP_OFFSETS, STRIP_LENGTHS] = [273, 279];

export function isDpx(source: ByteSource): boolean {
  return has(source, 0, 'SDPX') || has(source, 0, 'XPDS');
}

export function walkDpx(source: ByteSource): StructureLook {
  if (source.size < DPX_HEADER_BYTES) return short('dpx');
  const isLittle = has(source, 0, 'XPDS');
  const view = viewAt(source, 0, DPX_HEADER_BYTES);
  if (!has(source, 8, 'V1.0') && !has(source, 8, 'V2.0')) return broken('dpx', 8);
  const [picture, length] = [view.getUint32(4, isLittle), view.getUint32(16, isLittle)];
  const [elements, width, height] = [
    view.getUint16(770, isLittle),
    view.getUint32(772, isLittle),
    view.getUint32(776, isLittle),
  ];
  if (picture < 768 || elements < 1 || elements > 8) return broken('dpx', 4);
  if (width < 1 || width > 65_536 || height < 1 || height > 65_536) return broken('dpx', 772);
  if (picture > source.size || (length !== 0xffffffff && length > source.size)) return short('dpx');
  return whole('dpx');
}

export function isTiff(source: ByteSource): boolean {
  return has(source, 0, [0x49, 0x49, 42, 0]) || has(source, 0, [0x4d, 0x4d, 0, 42]);
}

export function walkTiff(source: ByteSource): StructureLook {
  const isLittle = has(source, 0, 'II');
  let at = viewAt(source, 4, 4).getUint32(0, isLittle);
  for (let n = 0; at !== 0; n += 1) {
    if (n >= DIRECTORIES_MAX || at < 8) return broken('tiff', at);
    if (at + 2 > source.size) return n === 0 && at > source.size * 4 ? broken('tiff', 4) : short('tiff');
    const count = viewAt(source, at, 2).getUint16(0, isLittle);
    if (count === 0 || count > ENTRIES_MAX) return broken('tiff', at);
    if (at + 6 + count * 12 > source.size) return short('tiff');
    const entries = viewAt(source, at + 2, count * 12 + 4);
    if (!areEntries(entries, count, isLittle)) return broken('tiff', at);
    const end = lastStripEnd(source, entries, count, isLittle);
    if (end > source.size) return short('tiff');
    at = viewAt(source, at + 2 + count * 12, 4).getUint32(0, isLittle);
  }
  return whole('tiff');
}

/** Tags rise, types are known. */
function areEntries(entries: DataView, count: number, isLittle: boolean): boolean {
  let last = 0;
  for (let i = 0; i < count; i += 1) {
    const [tag, type] = [entries.getUint16(i * 12, isLittle), entries.getUint16(i * 12 + 2, isLittle)];
    if (tag < last || type < 1 || type > 18) return false;
    last = tag;
  }
  return true;
}

function lastStripEnd(source: ByteSource, entries: DataView, count: number, isLittle: boolean): number {
  const offset = lastValue(source, entries, count, isLittle, STRIP_OFFSETS);
  const length = lastValue(source, entries, count, isLittle, STRIP_LENGTHS);
  return offset === undefined || length === undefined ? 0 : offset + length;
}

/** The last number of an entry; several lie elsewhere in the file. */
function lastValue(
  source: ByteSource,
  entries: DataView,
  count: number,
  isLittle: boolean,
  tag: number,
): number | undefined {
  for (let i = 0; i < count; i += 1) {
    if (entries.getUint16(i * 12, isLittle) !== tag) continue;
    const isShort = entries.getUint16(i * 12 + 2, isLittle) === 3;
    const values = entries.getUint32(i * 12 + 4, isLittle);
    const bytes = isShort ? 2 : 4;
    if (values * bytes <= 4)
      return isShort ? entries.getUint16(i * 12 + 8, isLittle) : entries.getUint32(i * 12 + 8, isLittle);
    const at = entries.getUint32(i * 12 + 8, isLittle) + (values - 1) * bytes;
    if (at + bytes > source.size) return undefined;
    const view = viewAt(source, at, bytes);
    return isShort ? view.getUint16(0, isLittle) : view.getUint32(0, isLittle);
  }
  return undefined;
}
