/** Which piece of which pack goes where: files are gathered, their pieces grouped by pack, so that each pack is read once and in order. */
import type { BlobIndex } from '#vault/engine/blob-index.ts';
import { plainLengthOf } from '#vault/engine/plain-lengths.ts';
import { ZERO_PIECE_BYTES, ZERO_PIECE_ID } from '#vault/engine/zeros.ts';

export interface PieceTarget {
  readonly file: number;
  readonly at: number;
}

export interface PieceJob {
  readonly id: string;
  /** Which of the places that the index knows. */
  readonly nth: number;
  readonly offset: number;
  readonly length: number;
  readonly plainLength: number | undefined;
  readonly targets: PieceTarget[];
}

export interface PackJob {
  readonly pack: string;
  readonly pieces: readonly PieceJob[];
}

export interface PlannedFile {
  readonly file: number;
  readonly content: readonly string[];
}

export interface PackPlan {
  readonly jobs: readonly PackJob[];
  /** Files that cannot be whole, each with its first piece that no index knows. */
  readonly unknown: ReadonlyMap<number, string>;
  /** Nothing is read for them. */
  readonly zeroBytes: number;
}

/** `lengths` are those of pieces of which several are said. */
export function planPacks(
  index: BlobIndex,
  files: readonly PlannedFile[],
  lengths: ReadonlyMap<string, number>,
): PackPlan {
  const pieces = new Map<string, PieceJob>();
  const packs = new Map<string, PieceJob[]>();
  const unknown = new Map<number, string>();
  let zeroBytes = 0;
  for (const { file, content } of files) {
    let at = 0;
    for (const id of content) {
      if (id === ZERO_PIECE_ID) {
        at += ZERO_PIECE_BYTES; // the file's length makes the hole
        zeroBytes += ZERO_PIECE_BYTES;
        continue;
      }
      const piece = pieces.get(id) ?? added(index, pieces, packs, id);
      if (piece === undefined) {
        unknown.set(file, id); // nor where the pieces behind it belong
        break;
      }
      piece.targets.push({ file, at });
      at += lengths.get(id) ?? plainLengthOf(piece);
    }
  }
  const jobs = [...packs].flatMap(([pack, inPack]) =>
    jobsOf(
      pack,
      inPack.sort((a, b) => a.offset - b.offset),
    ),
  );
  return { jobs, unknown, zeroBytes };
}

/** Pieces of one job: what is said to a thread is there several times while it is said. */
const JOB_PIECES = 512;

function jobsOf(pack: string, pieces: readonly PieceJob[]): readonly PackJob[] {
  const jobs: PackJob[] = [];
  for (let at = 0; at < pieces.length; at += JOB_PIECES) jobs.push({ pack, pieces: pieces.slice(at, at + JOB_PIECES) });
  return jobs;
}

function added(
  index: BlobIndex,
  pieces: Map<string, PieceJob>,
  packs: Map<string, PieceJob[]>,
  id: string,
): PieceJob | undefined {
  const place = index.get(id);
  if (place === undefined) return undefined;
  const piece: PieceJob = {
    id,
    nth: 0,
    offset: place.offset,
    length: place.length,
    plainLength: place.plainLength,
    targets: [],
  };
  pieces.set(id, piece);
  const inPack = packs.get(place.pack);
  if (inPack === undefined) packs.set(place.pack, [piece]);
  else inPack.push(piece);
  return piece;
}

/** The next place of a piece that was not what it is named by; undefined when there is none. */
export function planAgain(
  index: BlobIndex,
  { id, nth, targets }: Pick<PieceJob, 'id' | 'nth' | 'targets'>,
): PackJob | undefined {
  const place = index.places(id)[nth + 1];
  if (place === undefined) return undefined;
  const { pack, offset, length, plainLength } = place;
  return { pack, pieces: [{ id, nth: nth + 1, offset, length, plainLength, targets }] };
}

/** Neighbouring pieces are read together, up to this many bytes; a gap of so many is not worth a second read. */
const RUN_BYTES_MAX = 4 * 1024 * 1024;
const GAP_BYTES_MAX = 256 * 1024;

export interface Run {
  readonly offset: number;
  readonly length: number;
  readonly pieces: readonly PieceJob[];
}

/** The reads that one pack takes. A piece longer than a run is a run of its own. */
export function runsOf(pieces: readonly PieceJob[]): readonly Run[] {
  const runs: { offset: number; length: number; pieces: PieceJob[] }[] = [];
  for (const piece of pieces) {
    const last = runs.at(-1);
    const end = last === undefined ? 0 : last.offset + last.length;
    const isNear = last !== undefined && piece.offset >= end && piece.offset - end <= GAP_BYTES_MAX;
    if (last !== undefined && isNear && piece.offset + piece.length - last.offset <= RUN_BYTES_MAX) {
      last.length = piece.offset + piece.length - last.offset;
      last.pieces.push(piece);
    } else runs.push({ offset: piece.offset, length: piece.length, pieces: [piece] });
  }
  return runs;
}
