/** Files of chunks: RIFF with its 64-bit forms (WAV), PNG with a checksum behind each chunk, Matroska's elements. */
import { crc32 } from 'node:zlib';
import { bigLength, fourLetters, has, viewAt } from '#vault/detect/structure/byte-source.ts';
import type { ByteSource } from '#vault/detect/structure/byte-source.ts';
import { broken, DEEP_BYTES_MAX, short, WALK_STEPS_MAX, whole } from '#vault/detect/structure/structure-look.ts';
import type { StructureLook } from '#vault/detect/structure/structure-look.ts';

const STEP_BYTES = 1024 * 1024;

export function isRiff(source: ByteSource): boolean {
  return has(source, 0, 'RIFF') || has(source, 0, 'RF64') || has(source, 0, 'BW64');
}

export function walkRiff(source: ByteSource): StructureLook {
  const form = fourLetters(source, 8);
  if (form === undefined) return source.size < 12 ? short('riff') : broken('riff', 8);
  const kind = form === 'WAVE' ? 'wav' : `${form.trim().toLowerCase()}.riff`;
  for (let [at, step] = [12, 0]; at < source.size && step < WALK_STEPS_MAX; step += 1) {
    if (source.size - at < 8) return whole(kind); // a stray byte or some padding at the end is common
    if (fourLetters(source, at) === undefined) return broken(kind, at);
    const length = viewAt(source, at + 4, 4).getUint32(0, true);
    if (length === 0xffffffff) return whole(kind); // its true length stands in the ds64 chunk: to the end, in practice
    if (at + 8 + length > source.size) return short(kind);
    at += 8 + length + (length & 1);
  }
  return whole(kind);
}

const PNG_MAGIC = [0x89, 0x50, 0x4e, 0x47, 13, 10, 26, 10];

export function isPng(source: ByteSource): boolean {
  return has(source, 0, PNG_MAGIC);
}

export function walkPng(source: ByteSource): StructureLook {
  const isDeep = source.size <= DEEP_BYTES_MAX;
  for (let at = 8; at < source.size;) {
    const name = fourLetters(source, at + 4);
    if (name === undefined) return source.size - at < 8 ? short('png') : broken('png', at);
    const length = viewAt(source, at, 4).getUint32(0);
    if (length > 0x7fffffff) return broken('png', at);
    if (at + 12 + length > source.size) return short('png');
    if (isDeep && checksum(source, at + 4, length + 4) !== viewAt(source, at + 8 + length, 4).getUint32(0))
      return broken('png', at);
    if (name === 'IEND') return whole('png', isDeep);
    at += 12 + length;
  }
  return short('png');
}

export function checksum(source: ByteSource, at: number, length: number): number {
  let sum = 0;
  for (let done = 0; done < length; done += STEP_BYTES) {
    sum = crc32(source.read(at + done, Math.min(STEP_BYTES, length - done)), sum);
  }
  return sum;
}

const EBML = 0x1a45dfa3;
const SEGMENT = 0x18538067;
const CLUSTER = 0x1f43b675;
/** What may stand within a segment and within a cluster. */
const KNOWN = new Set([
  0x114d9b74,
  0x1549a966,
  0x1654ae6b,
  0x1c53bb6b,
  0x1254c367,
  0x1941a469,
  0x1043a770,
  CLUSTER,
  0xec,
  0xbf,
  0xe7,
  0xa3,
  0xa0,
  0xab,
  0xa7,
  0x5854,
]);

export function isMatroska(source: ByteSource): boolean {
  return source.size >= 8 && viewAt(source, 0, 4).getUint32(0) === EBML;
}

export function walkMatroska(source: ByteSource): StructureLook {
  for (let [at, step] = [0, 0]; at < source.size && step < WALK_STEPS_MAX; step += 1) {
    const id = numberAt(source, at, false);
    const length = id === undefined ? undefined : numberAt(source, at + id.bytes, true);
    if (id === undefined || length === undefined) return source.size - at < 12 ? short('mkv') : broken('mkv', at);
    const begin = at + id.bytes + length.bytes;
    const isOuter = id.value === SEGMENT || id.value === CLUSTER;
    if (!isOuter && id.value !== EBML && !KNOWN.has(id.value)) return broken('mkv', at);
    if (!isOuter && begin + length.value > source.size) return short('mkv');
    at = isOuter ? begin : begin + length.value;
  }
  return whole('mkv');
}

/** A number of one to eight bytes: its zero bits in front say how many. Without the mark when it is a length. */
function numberAt(source: ByteSource, at: number, isLength: boolean): { value: number; bytes: number } | undefined {
  const read = source.read(at, 8);
  const first = read[0];
  if (first === undefined || first === 0) return undefined;
  const bytes = Math.clz32(first) - 23;
  if (bytes > (isLength ? 8 : 4) || read.length < bytes) return undefined;
  let value = BigInt(isLength ? first & (0xff >> bytes) : first);
  for (let i = 1; i < bytes; i += 1) value = (value << 8n) | BigInt(read[i] ?? 0);
  return { value: bigLength(value), bytes };
}
