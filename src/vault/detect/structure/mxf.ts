/** MXF (SMPTE ST 377-1): keys, lengths and values from the header partition on. */
import { bigLength, viewAt } from '#vault/detect/structure/byte-source.ts';
import type { ByteSource } from '#vault/detect/structure/byte-source.ts';
import { broken, short, WALK_STEPS_MAX, whole } from '#vault/detect/structure/structure-look.ts';
import type { StructureLook } from '#vault/detect/structure/structure-look.ts';

const KEY_BYTES = 16;
const HEAD_BYTES = KEY_BYTES + 9;
/** Every key is a SMPTE universal label. */
const LABEL = 0x060e2b34;
/** Bytes 4 to 15 of a key of an essence element begin with these two words, but for the version. */
const ESSENCE_WORD = 0x01020101;
const ESSENCE_ITEM = 0x0d010301;

interface Element {
  readonly label: number;
  readonly isEssence: boolean;
  /** The last word of the key: which track and coding. */
  readonly track: number;
  readonly valueAt: number;
  readonly next: number;
}

export function isMxf(source: ByteSource): boolean {
  return source.size >= HEAD_BYTES && viewAt(source, 0, 4).getUint32(0) === LABEL;
}

/** Compressed pictures begin alike in every element of their track: a sequence or picture start code, a VC-3 frame header. */
export function walkMxf(source: ByteSource): StructureLook {
  const begins = new Map<number, number>();
  let kind = 'mxf';
  for (let [at, step] = [0, 0]; at < source.size; step += 1) {
    if (step >= WALK_STEPS_MAX) return whole(kind);
    if (source.size - at < KEY_BYTES + 1) return short(kind);
    const element = elementAt(source, at);
    if (element === undefined || element.label !== LABEL) return broken(kind, at);
    if (element.next > source.size) return short(kind);
    if (element.isEssence && element.next - element.valueAt >= 4) {
      const word = viewAt(source, element.valueAt, 4).getUint32(0);
      const first = begins.get(element.track) ?? word;
      begins.set(element.track, first);
      if (isCoded(first) && !isAlike(first, word)) return broken(kind, element.valueAt);
      if (kind === 'mxf') kind = kindOf(first);
    }
    at = element.next;
  }
  return whole(kind);
}

function elementAt(source: ByteSource, at: number): Element | undefined {
  const view = viewAt(source, at, Math.min(HEAD_BYTES, source.size - at));
  const first = view.getUint8(KEY_BYTES);
  const extra = first < 0x80 ? 0 : first & 0x7f;
  if (extra > 8 || KEY_BYTES + 1 + extra > view.byteLength) return undefined;
  let length = first < 0x80 ? BigInt(first) : 0n;
  for (let i = 0; i < extra; i += 1) length = (length << 8n) | BigInt(view.getUint8(KEY_BYTES + 1 + i));
  const valueAt = at + KEY_BYTES + 1 + extra;
  return {
    label: view.getUint32(0),
    isEssence:
      (view.getUint32(4) & 0xffffff00) >>> 0 === (ESSENCE_WORD & 0xffffff00) >>> 0 &&
      view.getUint32(8) === ESSENCE_ITEM,
    track: view.getUint32(12),
    valueAt,
    next: valueAt + bigLength(length),
  };
}

function isCoded(word: number): boolean {
  return kindOf(word) !== 'mxf';
}

function isAlike(first: number, word: number): boolean {
  return kindOf(first) === kindOf(word);
}

function kindOf(word: number): string {
  if (word === 0x00000280) return 'vc3.mxf';
  if (word >>> 8 === 1) return 'mpeg2.mxf';
  if (word === 0xff4fff51) return 'j2k.mxf';
  return 'mxf';
}
