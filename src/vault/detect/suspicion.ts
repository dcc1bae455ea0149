/** Puts marks together: a score, the signs with examples, and which files and folders they are about. */
import { folderOf } from '#vault/detect/file-names.ts';
import { ALARM_SCORE, EXAMPLE_CHARS_MAX, EXAMPLES_MAX, SAYS_CHARS_MAX } from '#vault/detect/mark.ts';
import type { AlarmSign, SignName } from '#vault/detect/mark.ts';
import type { PathMark } from '#vault/detect/tree-marks.ts';
import { fitText } from '#ledger/entry-text.ts';

export interface Suspicion {
  /** 1 and more is an alarm. */
  readonly score: number;
  readonly isAlarm: boolean;
  /** Heaviest first. */
  readonly signs: readonly AlarmSign[];
  /** Marks that an announced change explained. */
  readonly lifted: number;
  /** Files that speak for an attack: to be restored from the last clean snapshot. */
  readonly suspects: readonly string[];
  /** Folders that hold them, fullest first: what a quarantine would close. */
  readonly folders: readonly { readonly folder: string; readonly files: number }[];
}

const SUSPECTS_MAX = 10_000;
const FOLDERS_MAX = 100;

interface Sum {
  weight: number;
  readonly says: string;
  readonly paths: Set<string>;
}

/** `isLifted` says what an announced change explains. */
export function sumUp(marks: Iterable<PathMark>, isLifted: (mark: PathMark) => boolean): Suspicion {
  const suspects = new Set<string>();
  let lifted = 0;
  const sums = new Map<string, Sum & { readonly sign: SignName; readonly cap: number }>();
  for (const marked of marks) {
    if (isLifted(marked)) {
      lifted += 1;
      continue;
    }
    const { path, mark } = marked;
    const { sign, cap = Infinity, says, weight } = mark;
    const key = `${sign} ${cap}`;
    const sum = sums.get(key) ?? { sign, cap, weight: 0, says, paths: new Set() };
    sums.set(key, sum);
    sum.weight = Math.min(cap, sum.weight + weight);
    sum.paths.add(path);
    if (suspects.size < SUSPECTS_MAX) suspects.add(path);
  }
  const heaviest = [...sums.values()].sort((a, b) => b.weight - a.weight);
  const score = heaviest.reduce((sum, { weight }) => sum + weight, 0);
  return {
    score: Math.round(score * 1000) / 1000,
    isAlarm: score >= ALARM_SCORE,
    signs: heaviest.map((sum) => signOf(sum.sign, sum)),
    lifted,
    suspects: [...suspects],
    folders: foldersOf([...suspects]),
  };
}

function signOf(sign: SignName, { says, paths }: Sum): AlarmSign {
  const examples = [...paths].slice(0, EXAMPLES_MAX).map((path) => fitText(path, EXAMPLE_CHARS_MAX));
  return {
    sign,
    says: fitText(`${paths.size} ${paths.size === 1 ? 'file' : 'files'}: ${says}`, SAYS_CHARS_MAX),
    files: paths.size,
    examples,
  };
}

function foldersOf(paths: readonly string[]): Suspicion['folders'] {
  const counts = new Map<string, number>();
  for (const path of paths) counts.set(folderOf(path), (counts.get(folderOf(path)) ?? 0) + 1);
  return [...counts]
    .map(([folder, files]) => ({ folder, files }))
    .sort((a, b) => b.files - a.files)
    .slice(0, FOLDERS_MAX);
}
