/**
 * What a drill restores when its scratch place has not room for all that it drew: files in the order of the same draw, each that still fits. Files that are
 * larger than what is left are passed over, so such a sample says nothing about them, and no share of bad files follows from it.
 */
import { drawOrder } from './sample.ts';
import type { ManifestRow } from '#vault/engine/manifest.ts';

/** What a file takes beside its bytes: the rest of its last block, and its entry. */
const FILE_OVERHEAD_BYTES = 8192;

export interface BoundedDraw {
  readonly rows: readonly ManifestRow[];
  /** True when all that was wanted fits. */
  readonly isAll: boolean;
  /** What all of it would take. */
  readonly wantedBytes: number;
}

/** `again` are the rows of `wanted` that a second tool restores, too: they take their room twice. */
export function drawWithin(
  wanted: readonly ManifestRow[],
  again: readonly ManifestRow[],
  seed: string,
  roomBytes: number,
): BoundedDraw {
  const wantedBytes = roomOf(wanted) + roomOf(again);
  if (wantedBytes <= roomBytes) return { rows: wanted, isAll: true, wantedBytes };
  const byPath = new Map(wanted.map((row) => [row.path, row]));
  const chosen = new Set<string>();
  let left = roomBytes;
  for (const path of drawOrder([...byPath.keys()], seed)) {
    const row = byPath.get(path);
    // Any of them may be drawn for the second tool.
    const takes = row === undefined ? Infinity : 2 * roomOf([row]);
    if (takes > left) continue;
    left -= takes;
    chosen.add(path);
  }
  return { rows: wanted.filter(({ path }) => chosen.has(path)), isAll: false, wantedBytes };
}

function roomOf(rows: readonly ManifestRow[]): number {
  return rows.reduce((sum, { size }) => sum + size + FILE_OVERHEAD_BYTES, 0);
}
