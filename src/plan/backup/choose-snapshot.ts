/** Which snapshot answers a question about the past: "what did it look like before Tuesday 14:00". */
import type { Backup } from '#model/backup-state.ts';
import type { State } from '#model/state.ts';
import type { ProjectId } from '#std/ids.ts';

export interface SnapshotWish {
  readonly project: ProjectId;
  /** The nearest one that was begun at or before this; the newest of all when left out. */
  readonly at?: number;
  /** Passes over those that an open or genuine alarm is about. */
  readonly clean?: boolean;
}

/** A snapshot that was taken and is not gone, newest first by the time it was begun as this ledger has it, never by what the snapshot says of itself. */
export function snapshotsOf(state: State, { project, at, clean = false }: SnapshotWish): readonly Backup[] {
  return [...state.backups.taken.values()]
    .filter((backup) => backup.project === project && backup.standing === 'taken')
    .filter((backup) => at === undefined || takenAt(backup) <= at)
    .filter((backup) => !clean || !backup.suspect)
    .sort((a, b) => takenAt(b) - takenAt(a));
}

export function chooseSnapshot(state: State, wish: SnapshotWish): Backup | undefined {
  return snapshotsOf(state, wish)[0];
}

/** What a snapshot shows is the tree as it was when reading began. */
export function takenAt({ taken, begunAt }: Backup): number {
  return taken?.startedAt ?? begunAt;
}

/** The one before a snapshot in the same policy: what it is compared with when nobody says with what. */
export function snapshotBefore(state: State, backup: Backup): Backup | undefined {
  return snapshotsOf(state, { project: backup.project }).find(
    (one) => one.policy === backup.policy && takenAt(one) < takenAt(backup),
  );
}
