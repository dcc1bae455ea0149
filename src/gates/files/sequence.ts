/**
 * Folding of image sequences: `name.####.ext` and `name_####.ext` become one line with first, last and missing frames.
 * Only frame-like endings fold, and only runs of at least `SEQUENCE_MIN` frames: `act_01.mov … act_05.mov` are five reels.
 */
import type { FileEntry } from '#ports/files.ts';

export const SEQUENCE_MIN = 3;
export const MISSING_SHOWN_MAX = 1000;
/** Frames apart by more than this are no one sequence worth counting gaps in. */
const GAP_MAX = 1_000_000;

const FRAME = /^(.*[._])(-?\d{2,9})\.(exr|dpx|cin|tiff?|png|jpe?g|tga|hdr|dng|ari|arx|j2c|j2k|psd|vdb|ass|bgeo)$/i;

interface Frame {
  readonly entry: FileEntry;
  readonly number: number;
}
interface Run {
  readonly prefix: string;
  readonly digits: number;
  readonly ending: string;
  readonly frames: Frame[];
}

/** Entries of one folder; files that belong to a sequence are replaced by one entry of type `sequence`, in the place of the first. */
export function foldSequences(entries: readonly FileEntry[]): readonly FileEntry[] {
  const runs = new Map<string, Run>();
  const runOf = new Map<FileEntry, Run>();
  for (const entry of entries) {
    const run = entry.type === 'file' ? join(runs, entry) : undefined;
    if (run !== undefined) runOf.set(entry, run);
  }
  const folded: FileEntry[] = [];
  for (const entry of entries) {
    const run = runOf.get(entry);
    if (run === undefined || run.frames.length < SEQUENCE_MIN) folded.push(entry);
    else if (run.frames[0]?.entry === entry) folded.push(fold(run));
  }
  return folded;
}

function join(runs: Map<string, Run>, entry: FileEntry): Run | undefined {
  const [, prefix, number, ending] = FRAME.exec(entry.name) ?? [];
  if (prefix === undefined || number === undefined || ending === undefined) return undefined;
  // Unpadded numbers grow in width (99, 100); padded ones do not.
  const digits = number.replace('-', '').startsWith('0') ? number.replace('-', '').length : 0;
  const key = [prefix, ending, paddedAs(runs, prefix, ending, number, digits)].join('\0');
  const run = runs.get(key) ?? { prefix, digits: digits === 0 ? number.length : digits, ending, frames: [] };
  run.frames.push({ entry, number: Number(number) });
  runs.set(key, run);
  return run;
}

/** Frame 1000 belongs to the sequence of 0999: an unpadded number joins the padded run of its own width when there is one. */
function paddedAs(
  runs: ReadonlyMap<string, Run>,
  prefix: string,
  ending: string,
  number: string,
  digits: number,
): number {
  if (digits > 0) return digits;
  return runs.has([prefix, ending, number.length].join('\0')) ? number.length : 0;
}

function fold(run: Run): FileEntry {
  const frames = [...run.frames].sort((a, b) => a.number - b.number);
  const [first, last] = [frames[0], frames.at(-1)];
  const { entry } = run.frames[0] ?? {};
  if (first === undefined || last === undefined || entry === undefined) throw new RangeError('a run has frames');
  const pattern = `${run.prefix}${'#'.repeat(run.digits)}.${run.ending}`;
  return {
    name: pattern,
    path: `${entry.path.slice(0, entry.path.length - entry.name.length)}${pattern}`,
    type: 'sequence',
    sizeBytes: frames.reduce((sum, frame) => sum + frame.entry.sizeBytes, 0),
    modifiedAt: frames.reduce((newest, frame) => Math.max(newest, frame.entry.modifiedAt), 0),
    sequence: { first: first.number, last: last.number, count: frames.length, missing: missing(frames), pattern },
  };
}

function missing(frames: readonly Frame[]): readonly number[] {
  const gaps: number[] = [];
  for (let i = 1; i < frames.length && gaps.length < MISSING_SHOWN_MAX; i += 1) {
    const [before, after] = [frames[i - 1]?.number ?? 0, frames[i]?.number ?? 0];
    if (after - before > GAP_MAX) continue;
    for (let n = before + 1; n < after && gaps.length < MISSING_SHOWN_MAX; n += 1) gaps.push(n);
  }
  return gaps;
}
