/**
 * Frame sequences with holes. Frames of one sequence lie in one folder and differ by the last number of their names alone: `shot.1001.exr`. A hole in
 * what was backed up is no fault of the copy; whoever delivers from it wants to know.
 */
const FRAME = /^(.*?)(\d+)(\.(?:dpx|exr))$/i;
/** Fewer frames are no sequence. */
const FRAMES_MIN = 3;
const GAPS_MAX = 100;

export interface SequenceGap {
  /** `media/shot.####.exr` */
  readonly sequence: string;
  readonly frames: number;
  readonly missing: number;
  /** The number of the first frame that is not there. */
  readonly first: number;
}

/** The first hundred, by path. Where more frames are missing than there are, the numbers were not meant to be one sequence. */
export function sequenceGaps(paths: Iterable<string>): readonly SequenceGap[] {
  const sequences = new Map<string, number[]>();
  for (const path of paths) {
    const [, head, digits, tail] = FRAME.exec(path) ?? [];
    if (head === undefined || digits === undefined || tail === undefined) continue;
    const name = `${head}${'#'.repeat(digits.length)}${tail}`;
    const numbers = sequences.get(name);
    if (numbers === undefined) sequences.set(name, [Number(digits)]);
    else numbers.push(Number(digits));
  }
  return [...sequences].flatMap(([name, numbers]) => gapIn(name, numbers) ?? []).slice(0, GAPS_MAX);
}

function gapIn(sequence: string, numbers: readonly number[]): SequenceGap | undefined {
  const sorted = numbers.toSorted((a, b) => a - b);
  const [from = 0, to = 0] = [sorted[0], sorted.at(-1)];
  const missing = to - from + 1 - sorted.length;
  if (sorted.length < FRAMES_MIN || missing <= 0 || missing > sorted.length) return undefined;
  const first = sorted.findIndex((number, index) => number !== from + index) + from;
  return { sequence, frames: sorted.length, missing, first };
}
