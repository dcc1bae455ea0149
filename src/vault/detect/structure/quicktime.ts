/** QuickTime and MP4 (ISO 14496-12): boxes to the end of the file, and samples where the tables say that they begin. */
import { bigLength, fourLetters, viewAt } from '#vault/detect/structure/byte-source.ts';
import type { ByteSource } from '#vault/detect/structure/byte-source.ts';
import { parseMovie } from '#vault/detect/structure/sample-table.ts';
import type { SampleTrack } from '#vault/detect/structure/sample-table.ts';
import { broken, short, WALK_STEPS_MAX, whole } from '#vault/detect/structure/structure-look.ts';
import type { StructureLook } from '#vault/detect/structure/structure-look.ts';

const FIRST = new Set(['ftyp', 'moov', 'mdat', 'wide', 'free', 'skip', 'pnot']);
const MOVIE_BYTES_MAX = 32 * 1024 * 1024;
/** Units of one coded picture that are walked at most. */
const UNITS_MAX = 1024;

export function isQuicktime(source: ByteSource): boolean {
  return source.size >= 8 && FIRST.has(fourLetters(source, 4) ?? '');
}

export function walkQuicktime(source: ByteSource): StructureLook {
  let movie: Uint8Array | undefined;
  for (let [at, step] = [0, 0]; at < source.size; step += 1) {
    if (step >= WALK_STEPS_MAX) break;
    const name = fourLetters(source, at + 4);
    if (name === undefined) return source.size - at < 8 ? short('mov') : broken('mov', at);
    const length = boxLength(source, at);
    if (length < 8) return broken('mov', at);
    if (at + length > source.size) return short('mov');
    if (name === 'moov' && length <= MOVIE_BYTES_MAX) movie = source.read(at + 8, length - 8);
    at += length;
  }
  if (movie === undefined) return short('mov');
  return walkSamples(source, parseMovie(movie));
}

function boxLength(source: ByteSource, at: number): number {
  const length = viewAt(source, at, 4).getUint32(0);
  if (length === 0) return source.size - at;
  return length === 1 ? bigLength(viewAt(source, at + 8, 8).getBigUint64(0)) : length;
}

function walkSamples(source: ByteSource, tracks: readonly SampleTrack[]): StructureLook {
  if (tracks.length === 0 || tracks.some(({ codec }) => !/^[\w\- .]{4}$/.test(codec))) return broken('mov', 0);
  const kind = `${kindOf(tracks)}.mov`;
  for (const track of tracks) {
    const every = Math.max(1, Math.ceil(track.samples.length / WALK_STEPS_MAX));
    for (let i = 0; i < track.samples.length; i += every) {
      const sample = track.samples[i];
      if (sample === undefined) continue;
      if (sample.at + sample.length > source.size) return broken(kind, sample.at);
      const wrong = wrongAt(source, track.codec, sample.at, sample.length);
      if (wrong !== undefined) return broken(kind, wrong);
    }
  }
  return whole(kind);
}

/** One name for a family of codecs: quality may change in a new render. */
function kindOf(tracks: readonly SampleTrack[]): string {
  const codec = tracks.map((track) => track.codec).find((name) => FAMILY[name] !== undefined);
  return (codec === undefined ? tracks[0]?.codec : FAMILY[codec])?.trim() ?? 'empty';
}

const FAMILY: Readonly<Record<string, string>> = {
  apcn: 'prores',
  apch: 'prores',
  apcs: 'prores',
  apco: 'prores',
  ap4h: 'prores',
  ap4x: 'prores',
  avc1: 'h264',
  avc3: 'h264',
  hvc1: 'h265',
  hev1: 'h265',
  AVdn: 'vc3',
  AVdh: 'vc3',
  jpeg: 'jpeg',
  mjp2: 'j2k',
  v210: 'v210',
};

/** Where a sample stops being of its codec; undefined when nothing speaks against it. */
function wrongAt(source: ByteSource, codec: string, at: number, length: number): number | undefined {
  switch (FAMILY[codec]) {
    case 'prores':
      return length >= 8 &&
        viewAt(source, at, 8).getUint32(4) === 0x69637066 &&
        viewAt(source, at, 4).getUint32(0) === length
        ? undefined
        : at;
    case 'vc3':
      return length >= 4 && viewAt(source, at, 4).getUint32(0) >>> 8 === 2 ? undefined : at;
    case 'jpeg':
      return length >= 2 && viewAt(source, at, 2).getUint16(0) === 0xffd8 ? undefined : at;
    case 'h264':
    case 'h265':
      return wrongUnit(source, at, length);
    default:
      return undefined;
  }
}

/** Network abstraction layer units fill a sample exactly, each behind its length in four bytes, with a zero bit first. */
function wrongUnit(source: ByteSource, begin: number, length: number): number | undefined {
  const end = begin + length;
  for (let [at, units] = [begin, 0]; at < end && units < UNITS_MAX; units += 1) {
    if (end - at < 5) return at;
    const view = viewAt(source, at, 5);
    const unit = view.getUint32(0);
    if (unit === 0 || at + 4 + unit > end || view.getUint8(4) >= 0x80) return at;
    at += 4 + unit;
  }
  return undefined;
}
