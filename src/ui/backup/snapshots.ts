/** Which snapshot shows a time. Pure. */
import type { BackupView } from '#api/endpoints/backup-views.ts';
import type { BackupId } from '#std/ids.ts';

export interface Shot {
  readonly backup: BackupView;
  /** The tree as it was then. */
  readonly showsAt: number;
}

/** What a restore starts from: a snapshot, and the time that it shows. */
export interface RestoreFrom {
  readonly backup: BackupId;
  readonly showsAt: number;
}

export function fromShot({ backup, showsAt }: Shot): RestoreFrom {
  return { backup: backup.id, showsAt };
}

/** Snapshots that can be restored, oldest first; `clean` leaves out what an alarm is about. */
export function shotsOf(backups: readonly BackupView[], clean: boolean): readonly Shot[] {
  return backups
    .flatMap((backup) =>
      backup.taken === undefined || backup.standing !== 'taken' ? [] : [{ backup, showsAt: backup.taken.startedAt }],
    )
    .filter(({ backup }) => !clean || !backup.suspect)
    .sort((a, b) => a.showsAt - b.showsAt);
}

/** The newest at or before `at`; the oldest when all are later. -1 when there are none. */
export function indexBefore(shots: readonly Shot[], at: number): number {
  const index = shots.findLastIndex(({ showsAt }) => showsAt <= at);
  return index === -1 ? Math.min(0, shots.length - 1) : index;
}
