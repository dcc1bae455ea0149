/**
 * Of every file the newest version from before the first alarm that touched it. Snapshots are seen oldest first, each as what became different since
 * the snapshot before it of the same policy; what a snapshot that an alarm is about shows changed, is touched from then on. A touched file is trusted
 * again when a snapshot that no alarm is about shows the version from before: somebody brought it back. Memory grows with the number of files.
 */
import type { Backup } from '#model/backup-state.ts';
import type { State } from '#model/state.ts';
import { snapshotsOf } from '#plan/backup/choose-snapshot.ts';
import type { SnapshotWish } from '#plan/backup/choose-snapshot.ts';

/** More are not read for one restore: then older ones between alarms are passed over. */
export const MIXED_SNAPSHOTS_MAX = 400;

export interface MixedSnapshot {
  readonly snapshot: string;
  readonly policy: string;
  readonly suspect: boolean;
  /** Top folders that the policy copies; all when absent. */
  readonly folders?: readonly string[];
}

export interface Change {
  /** Beneath the workspace. */
  readonly path: string;
  /** What it is: the same key, the same bytes. Undefined: it is gone. */
  readonly key: string | undefined;
}

export interface Pick {
  readonly path: string;
  readonly snapshot: string;
}

export interface CleanPicks {
  readonly picks: readonly Pick[];
  /** Touched by an alarm, and never seen before it. */
  readonly leftOut: readonly string[];
  /** How many of the picks an alarm touched. */
  readonly touched: number;
}

/** Which snapshots decide, oldest first: of each policy the newest from before the first suspicion, and all after it; without one, its newest. */
export function snapshotsToMix(state: State, wish: Omit<SnapshotWish, 'clean'>): readonly Backup[] {
  const all = snapshotsOf(state, wish).toReversed();
  const first = all.findIndex(({ suspect }) => suspect);
  const before = first === -1 ? all : all.slice(0, first);
  const bases = new Map(before.map((backup) => [backup.policy, backup]));
  const later = first === -1 ? [] : all.slice(first);
  const kept = later.length <= MIXED_SNAPSHOTS_MAX ? later : thinned(later);
  return all.filter((backup) => bases.get(backup.policy) === backup || kept.includes(backup));
}

/** Every suspect one and the one before it; then the newest. */
function thinned(later: readonly Backup[]): readonly Backup[] {
  const needed = new Set(
    later.filter((backup, index) => backup.suspect || later[index + 1]?.suspect === true).slice(-MIXED_SNAPSHOTS_MAX),
  );
  for (const backup of later.toReversed()) if (needed.size < MIXED_SNAPSHOTS_MAX) needed.add(backup);
  return later.filter((backup) => needed.has(backup));
}

interface Line {
  now: string | undefined;
  /** The newest version that no alarm touched; undefined: it was not there. */
  clean: string | undefined;
  /** Of the snapshot that showed the clean version first. */
  policy: string;
  /** Where the clean version lies; undefined: in the newest snapshot of its policy that no alarm is about. */
  pinned: string | undefined;
  isTouched: boolean;
}

export interface CleanFold {
  /** Takes each change of the next snapshot; `end` before the one after it begins. */
  begin(snapshot: MixedSnapshot): { take(change: Change): void; end(): void };
  picks(): CleanPicks;
}

export function createCleanFold(): CleanFold {
  const lines = new Map<string, Line>();
  /** Of each policy, the newest snapshot so far that no alarm is about. */
  const newest = new Map<string, string>();

  function one(seen: MixedSnapshot, { path, key }: Change, before: string | undefined): void {
    const line = lines.get(path) ?? newLine(seen.policy);
    if (key === undefined && !covers(seen, path)) {
      // The policy stopped copying this folder; that says nothing about the file.
      if (line.policy === seen.policy) line.pinned ??= before;
      return;
    }
    lines.set(path, line);
    if (line.now === key) return;
    line.now = key;
    if (seen.suspect) touch(line, newest.get(line.policy));
    else if (!line.isTouched || key === line.clean) trust(line, seen.policy);
  }

  return {
    begin(seen) {
      const before = newest.get(seen.policy);
      return {
        take: (change) => one(seen, change, before),
        end() {
          if (!seen.suspect) newest.set(seen.policy, seen.snapshot);
        },
      };
    },
    picks: () => picksOf(lines, newest),
  };
}

function newLine(policy: string): Line {
  return { now: undefined, clean: undefined, policy, pinned: undefined, isTouched: false };
}

function touch(line: Line, newestClean: string | undefined): void {
  if (!line.isTouched) line.pinned ??= newestClean;
  line.isTouched = true;
}

function trust(line: Line, policy: string): void {
  line.clean = line.now;
  line.policy = policy;
  line.pinned = undefined;
  line.isTouched = false;
}

function covers({ folders }: MixedSnapshot, path: string): boolean {
  return folders === undefined || folders.includes(path.split('/')[0] ?? '');
}

function picksOf(lines: ReadonlyMap<string, Line>, newest: ReadonlyMap<string, string>): CleanPicks {
  const picks: Pick[] = [];
  const leftOut: string[] = [];
  let touched = 0;
  for (const [path, { now, clean, policy, pinned, isTouched }] of lines) {
    const snapshot = pinned ?? newest.get(policy);
    if (clean !== undefined && snapshot !== undefined) {
      picks.push({ path, snapshot });
      if (isTouched) touched += 1;
    } else if (isTouched && now !== undefined) leftOut.push(path);
  }
  return { picks, leftOut, touched };
}
