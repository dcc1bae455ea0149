/** What somebody did to files since a time, out of entries of the ledger; and which snapshot shows each file as it was before. */
import type { Placed } from '#model/events.ts';
import type { State } from '#model/state.ts';
import { chooseSnapshot } from '#plan/backup/choose-snapshot.ts';
import type { Pick } from '#plan/backup/newest-clean.ts';
import type { ProjectId } from '#std/ids.ts';

export const TOUCHED_ENTRIES_MAX = 20_000;

/** Kinds of entries that say that a file became different; all begin with `file.`. */
const ACTS = { 'file.accepted': 'written', 'file.moved': 'moved', 'file.binned': 'binned' } as const;

export const TOUCHING_KINDS: readonly string[] = Object.keys(ACTS);

export interface Touched {
  /** Beneath the workspace. */
  readonly path: string;
  readonly firstAt: number;
  readonly lastAt: number;
  /** What was done last. */
  readonly act: 'written' | 'moved' | 'binned';
  readonly times: number;
}

/** By path. Where a file was moved to is touched, too: it may lie on what was there. */
export function touchedIn(entries: readonly Placed[]): readonly Touched[] {
  const found = new Map<string, Touched>();
  for (const { entry } of [...entries].sort((a, b) => a.index - b.index)) {
    const act = ACTS[entry.kind as keyof typeof ACTS]; // undefined for every other kind
    const { path } = entry.about;
    if (act === undefined || path === undefined) continue;
    const paths = entry.kind === 'file.moved' ? [path, entry.data.to] : [path];
    for (const one of paths) {
      const { firstAt = entry.at, times = 0 } = found.get(one) ?? {};
      found.set(one, { path: one, firstAt, lastAt: entry.at, act, times: times + 1 });
    }
  }
  return [...found.values()].sort((a, b) => (a.path < b.path ? -1 : 1));
}

/** Each file in the newest snapshot that was begun before it was first touched. */
export function picksBefore(
  state: State,
  project: ProjectId,
  touched: readonly Touched[],
): { readonly picks: readonly Pick[]; readonly leftOut: readonly { readonly path: string; readonly why: string }[] } {
  const picks: Pick[] = [];
  const leftOut: { path: string; why: string }[] = [];
  for (const { path, firstAt } of touched) {
    const snapshot = chooseSnapshot(state, { project, at: firstAt - 1 })?.taken?.snapshot;
    if (snapshot === undefined) leftOut.push({ path, why: 'no snapshot is from before that' });
    else picks.push({ path, snapshot });
  }
  return { picks, leftOut };
}
