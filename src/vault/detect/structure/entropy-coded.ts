/**
 * JPEG and JPEG 2000: markers, and the coded data between them. Both keep a byte of 0xff from being followed by what would look like a
 * marker, so that other bytes in the coded data give themselves away within a few kilobytes.
 */
import { fourLetters, has, viewAt } from '#vault/detect/structure/byte-source.ts';
import type { ByteSource } from '#vault/detect/structure/byte-source.ts';
import { broken, DEEP_BYTES_MAX, short, WALK_STEPS_MAX, whole } from '#vault/detect/structure/structure-look.ts';
import type { StructureLook } from '#vault/detect/structure/structure-look.ts';

const STEP_BYTES = 256 * 1024;

export function isJpeg(source: ByteSource): boolean {
  return has(source, 0, [0xff, 0xd8, 0xff]);
}

export function walkJpeg(source: ByteSource): StructureLook {
  const isDeep = source.size <= DEEP_BYTES_MAX;
  for (let [at, step] = [2, 0]; step < WALK_STEPS_MAX; step += 1) {
    if (at + 2 > source.size) return short('jpeg');
    const marker = viewAt(source, at, 2).getUint16(0);
    if (marker === 0xffd9) return whole('jpeg', isDeep);
    if (marker < 0xff01 || marker === 0xff00) return broken('jpeg', at);
    if (at + 4 > source.size) return short('jpeg');
    const length = viewAt(source, at + 2, 2).getUint16(0);
    if (length < 2) return broken('jpeg', at);
    at += 2 + length;
    if (marker !== 0xffda) continue;
    const next = nextMarker(
      source,
      at,
      isDeep ? source.size : at + STEP_BYTES,
      (byte) => byte === 0 || (byte >= 0xd0 && byte <= 0xd7),
    );
    if (next === undefined) return isDeep ? short('jpeg') : whole('jpeg');
    at = next;
  }
  return broken('jpeg', source.size);
}

/** Where 0xff is followed by what does not belong into coded data; undefined when there is nothing of the kind before `end`. */
function nextMarker(
  source: ByteSource,
  begin: number,
  end: number,
  belongs: (byte: number) => boolean,
): number | undefined {
  for (let at = begin; at < end; at += STEP_BYTES) {
    const bytes = source.read(at, Math.min(STEP_BYTES + 1, end - at));
    for (let i = bytes.indexOf(0xff); i >= 0 && i + 1 < bytes.length; i = bytes.indexOf(0xff, i + 1)) {
      if (!belongs(bytes[i + 1] ?? 0)) return at + i;
    }
  }
  return undefined;
}

const BOX_MAGIC = [0, 0, 0, 12, 0x6a, 0x50, 0x20, 0x20, 13, 10, 0x87, 10];
const STREAM_MAGIC = [0xff, 0x4f, 0xff, 0x51];

export function isJpeg2000(source: ByteSource): boolean {
  return has(source, 0, BOX_MAGIC) || has(source, 0, STREAM_MAGIC);
}

export function walkJpeg2000(source: ByteSource): StructureLook {
  if (has(source, 0, STREAM_MAGIC)) return walkStream(source, 0);
  for (let [at, step] = [0, 0]; at < source.size && step < WALK_STEPS_MAX; step += 1) {
    const name = fourLetters(source, at + 4);
    if (name === undefined) return source.size - at < 8 ? short('j2k') : broken('j2k', at);
    const length = viewAt(source, at, 4).getUint32(0);
    if (name === 'jp2c') return walkStream(source, at + (length === 1 ? 16 : 8));
    if (length < 8) return broken('j2k', at);
    at += length;
  }
  return short('j2k');
}

/** Main header, then tile parts that say how long they are, then the end. */
function walkStream(source: ByteSource, begin: number): StructureLook {
  const isDeep = source.size <= DEEP_BYTES_MAX;
  for (let [at, step] = [begin + 2, 0]; step < WALK_STEPS_MAX; step += 1) {
    if (at + 2 > source.size) return short('j2k');
    const marker = viewAt(source, at, 2).getUint16(0);
    if (marker === 0xffd9) return whole('j2k', isDeep);
    if (at + 4 > source.size) return short('j2k');
    if (marker < 0xff4f) return broken('j2k', at);
    const length = viewAt(source, at + 2, 2).getUint16(0);
    if (marker !== 0xff90) {
      at += 2 + length;
      continue;
    }
    if (length !== 10) return broken('j2k', at);
    const end = partEnd(source, at);
    if (end > source.size) return short('j2k');
    const wrong = isDeep ? wrongInPart(source, at + 12, end) : undefined;
    if (wrong !== undefined) return broken('j2k', wrong);
    at = end;
  }
  return broken('j2k', source.size);
}

/** A tile part says how long it is; nothing means to the end. */
function partEnd(source: ByteSource, at: number): number {
  const length = viewAt(source, at + 6, 4).getUint32(0);
  return length === 0 ? source.size - 2 : at + Math.max(length, 14);
}

/** A tile part's own markers, its start of data, and then packets, where nothing above 0x8f follows 0xff; packets may be marked (0x91, 0x92). */
function wrongInPart(source: ByteSource, begin: number, end: number): number | undefined {
  let at = begin;
  for (let step = 0; step < WALK_STEPS_MAX; step += 1) {
    const marker = viewAt(source, at, 2).getUint16(0);
    if (marker === 0xff93)
      return nextMarker(source, at + 2, end, (byte) => byte <= 0x8f || byte === 0x91 || byte === 0x92);
    if (marker < 0xff4f) return at;
    at += 2 + viewAt(source, at + 2, 2).getUint16(0);
    if (at + 2 > end) return at;
  }
  return at;
}
