/** gzip by unfolding it whole; zip by its directory, each entry's own header, and a share of the entries unfolded. */
import { crc32, gunzipSync, inflateRawSync } from 'node:zlib';
import { has, viewAt } from '#vault/detect/structure/byte-source.ts';
import type { ByteSource } from '#vault/detect/structure/byte-source.ts';
import { broken, short, unchecked, WALK_STEPS_MAX, whole } from '#vault/detect/structure/structure-look.ts';
import type { StructureLook } from '#vault/detect/structure/structure-look.ts';

const GZIP_BYTES_MAX = 4 * 1024 * 1024;
const UNFOLDED_BYTES_MAX = 32 * 1024 * 1024;
const TRAILER_BYTES = 22;
const TRAILER_SEARCH_BYTES = 65_535 + TRAILER_BYTES;
const [ENTRY, DIRECTORY, TRAILER] = [0x04034b50, 0x02014b50, 0x06054b50];
const UNFOLDED_ENTRIES = 16;
const ENTRY_BYTES_MAX = 4 * 1024 * 1024;
const DIRECTORY_BYTES_MAX = 16 * 1024 * 1024;

export function isGzip(source: ByteSource): boolean {
  return has(source, 0, [0x1f, 0x8b, 8]);
}

export function walkGzip(source: ByteSource): StructureLook {
  if (source.size > GZIP_BYTES_MAX) return unchecked('gzip');
  try {
    gunzipSync(source.read(0, source.size), { maxOutputLength: UNFOLDED_BYTES_MAX });
    return whole('gzip', true);
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException; // zlib gives errors with a code
    if (code === 'Z_BUF_ERROR') return short('gzip');
    return code === 'ERR_BUFFER_TOO_LARGE' ? unchecked('gzip') : broken('gzip', 0);
  }
}

export function isZip(source: ByteSource): boolean {
  return has(source, 0, [0x50, 0x4b, 3, 4]) || has(source, 0, [0x50, 0x4b, 5, 6]);
}

export function walkZip(source: ByteSource): StructureLook {
  const trailer = trailerAt(source);
  if (trailer === undefined) return short('zip');
  const end = viewAt(source, trailer, TRAILER_BYTES);
  const [count, length, begin] = [end.getUint16(10, true), end.getUint32(12, true), end.getUint32(16, true)];
  if (begin === 0xffffffff || count === 0xffff) return unchecked('zip'); // 64-bit forms
  if (begin + length > trailer || length > DIRECTORY_BYTES_MAX) return broken('zip', trailer);
  return walkDirectory(source, viewAt(source, begin, length), count, begin);
}

function trailerAt(source: ByteSource): number | undefined {
  const from = Math.max(0, source.size - TRAILER_SEARCH_BYTES);
  const bytes = source.read(from, source.size - from);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  for (let i = bytes.length - TRAILER_BYTES; i >= 0; i -= 1) {
    if (bytes[i] === 0x50 && view.getUint32(i, true) === TRAILER) return from + i;
  }
  return undefined;
}

function walkDirectory(source: ByteSource, view: DataView, count: number, begin: number): StructureLook {
  const every = Math.max(1, Math.ceil(count / UNFOLDED_ENTRIES));
  for (let [at, i] = [0, 0]; i < count && i < WALK_STEPS_MAX; i += 1) {
    if (view.getUint32(at, true) !== DIRECTORY) return broken('zip', begin + at);
    const entry = view.getUint32(at + 42, true);
    if (viewAt(source, entry, 30).getUint32(0, true) !== ENTRY) return broken('zip', entry);
    const isPlain = (view.getUint16(at + 8, true) & 1) === 0;
    if (isPlain && i % every === 0 && !entryHolds(source, view, at, entry)) return broken('zip', entry);
    at += 46 + view.getUint16(at + 28, true) + view.getUint16(at + 30, true) + view.getUint16(at + 32, true);
  }
  return whole('zip');
}

/** Unfolds an entry that is small enough and checks its sum. */
function entryHolds(source: ByteSource, view: DataView, at: number, entry: number): boolean {
  const [method, sum, packed, plain] = [10, 16, 20, 24].map((field) =>
    field === 10 ? view.getUint16(at + field, true) : view.getUint32(at + field, true),
  ) as [number, number, number, number]; // four fields, four numbers
  if ((method !== 0 && method !== 8) || packed > ENTRY_BYTES_MAX || plain > ENTRY_BYTES_MAX * 8) return true;
  const local = viewAt(source, entry, 30);
  const body = source.read(entry + 30 + local.getUint16(26, true) + local.getUint16(28, true), packed);
  try {
    const bytes = method === 0 ? body : inflateRawSync(body, { maxOutputLength: plain });
    return bytes.length === plain && crc32(bytes) === sum;
  } catch {
    return false;
  }
}
