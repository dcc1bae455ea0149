/** Where the samples of a QuickTime movie lie: the tables of its tracks, put together. */
export interface Sample {
  readonly at: number;
  readonly length: number;
}

export interface SampleTrack {
  /** As the sample description names it: `apch`, `avc1`. */
  readonly codec: string;
  readonly samples: readonly Sample[];
}

/** A movie of more samples is checked in its first part. */
const SAMPLES_MAX = 500_000;
const TRACKS_MAX = 64;
/** Samples of one size below this are sound. */
const SOUND_BYTES = 256;
const PARENTS = new Set(['trak', 'mdia', 'minf', 'stbl']);

interface Tables {
  codec?: string;
  sizes?: DataView;
  offsets?: DataView;
  longOffsets?: DataView;
  chunks?: DataView;
}

/** Content of the `moov` box. Throws a RangeError for tables that are cut off. */
export function parseMovie(movie: Uint8Array): readonly SampleTrack[] {
  const tracks: Tables[] = [];
  readBoxes(movie, 0, movie.length, tracks, 0);
  return tracks.flatMap((tables) => trackOf(tables));
}

function readBoxes(movie: Uint8Array, begin: number, end: number, tracks: Tables[], depth: number): void {
  const view = new DataView(movie.buffer, movie.byteOffset, movie.byteLength);
  for (let at = begin; at + 8 <= end;) {
    const length = view.getUint32(at);
    if (length < 8 || at + length > end) return;
    const name = String.fromCharCode(...movie.subarray(at + 4, at + 8));
    if (name === 'trak' && tracks.length < TRACKS_MAX) tracks.push({});
    const body = new DataView(movie.buffer, movie.byteOffset + at + 8, length - 8);
    if (PARENTS.has(name) && depth < 8) readBoxes(movie, at + 8, at + length, tracks, depth + 1);
    else keep(tracks.at(-1), name, body);
    at += length;
  }
}

function keep(tables: Tables | undefined, name: string, body: DataView): void {
  if (tables === undefined) return;
  if (name === 'stsd' && body.byteLength >= 16) {
    tables.codec = String.fromCharCode(...[12, 13, 14, 15].map((i) => body.getUint8(i)));
  }
  if (name === 'stsz') tables.sizes = body;
  if (name === 'stco') tables.offsets = body;
  if (name === 'co64') tables.longOffsets = body;
  if (name === 'stsc') tables.chunks = body;
}

/** Samples of one size, as sound has them, are left out: there is nothing in them to check. */
function trackOf({ codec, sizes, offsets, longOffsets, chunks }: Tables): readonly SampleTrack[] {
  const table = offsets ?? longOffsets;
  if (codec === undefined || sizes === undefined || table === undefined || chunks === undefined) return [];
  const fixed = sizes.getUint32(4);
  if (fixed > 0 && fixed < SOUND_BYTES) return [{ codec, samples: [] }];
  const count = Math.min(sizes.getUint32(8), SAMPLES_MAX);
  const perChunk = runsOf(chunks);
  const samples: Sample[] = [];
  for (let chunk = 0; chunk < table.getUint32(4) && samples.length < count; chunk += 1) {
    let at = longOffsets === undefined ? table.getUint32(8 + chunk * 4) : Number(table.getBigUint64(8 + chunk * 8));
    for (let n = perChunk(chunk + 1); n > 0 && samples.length < count; n -= 1) {
      const length = fixed > 0 ? fixed : sizes.getUint32(12 + samples.length * 4);
      samples.push({ at, length });
      at += length;
    }
  }
  return [{ codec, samples }];
}

/** How many samples a chunk has; chunks are asked for in order, from 1. */
function runsOf(chunks: DataView): (chunk: number) => number {
  const runs = chunks.getUint32(4);
  let run = 0;
  return (chunk) => {
    while (run + 1 < runs && chunks.getUint32(8 + (run + 1) * 12) <= chunk) run += 1;
    return runs === 0 ? 0 : chunks.getUint32(8 + run * 12 + 4);
  };
}
