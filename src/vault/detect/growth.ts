/** How much is new in a snapshot, beside what is usual for this policy: files that were written over again, or a flood that is to fill the vault. */
import type { FileFacts } from '#vault/detect/judge-file.ts';
import { liftable } from '#vault/detect/mark.ts';
import type { PathMark } from '#vault/detect/tree-marks.ts';
import type { PastLooks } from '#vault/detect/past-looks.ts';

/** What earlier snapshots added; with fewer of them nothing is usual yet. */
const HISTORY_MIN = 5;
const TIMES_USUAL = 8;
const SHARE_OF_ALL = 0.25;
const BYTES_MIN = 64 * 1024 * 1024;
/** Not an alarm by itself: a big card that nobody announced is work. */
const WEIGHT = 0.5;

export interface Growth {
  /** Bytes that each of the newest snapshots added. */
  readonly usual: readonly number[];
  readonly addedBytes: number;
}

/** `files`: those that were read and are not announced. */
export function growthMarks(
  { usual, addedBytes }: Growth,
  files: Iterable<FileFacts>,
  past: PastLooks,
): readonly PathMark[] {
  let all = 0;
  for (const [, { size }] of past) all += size;
  const isFlood = addedBytes >= BYTES_MIN && addedBytes >= all * SHARE_OF_ALL;
  if (usual.length < HISTORY_MIN || !isFlood || addedBytes < Math.max(...usual) * TIMES_USUAL) return [];
  let largest: FileFacts | undefined;
  for (const file of files) if (largest === undefined || file.look.size > largest.look.size) largest = file;
  if (largest === undefined) return [];
  const says = `${Math.round(addedBytes / 2 ** 20)} MiB are new, ${TIMES_USUAL} times as much as any snapshot before and more`;
  return [{ path: largest.path, mark: liftable('growth', says, WEIGHT) }];
}
