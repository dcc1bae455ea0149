/** How far running work is, for other processes to read: rewritten once a second at most; what has ended is gone from it. */
import { noteProgress } from './notes.ts';
import type { JobProgress } from './job.ts';
import type { State } from '#model/state.ts';
import type { WorkProgress } from '#ports/backups.ts';
import type { Clock } from '#ports/clock.ts';

const WRITE_EVERY_MS = 1000;

export interface ShownProgress {
  /** `expected`: bytes of all of it, until the work itself knows. */
  follow(id: string, work: WorkProgress['work'], expected: number | undefined): (now: JobProgress) => void;
  end(id: string): void;
}

export function showProgress(data: string, clock: Clock): ShownProgress {
  const rows = new Map<string, WorkProgress>();
  let writtenAt = Number.NEGATIVE_INFINITY;

  function write(): void {
    writtenAt = clock.monotonic();
    noteProgress(data, [...rows.values()]);
  }

  return {
    follow(id, work, expected) {
      const startedAt = clock.now();
      return ({ files, doneBytes, ofBytes = expected, ms }) => {
        const bytesPerSecond = ms === 0 ? 0 : Math.round((doneBytes / ms) * 1000);
        const left = ofBytes === undefined || bytesPerSecond === 0 ? undefined : (ofBytes - doneBytes) / bytesPerSecond;
        rows.set(id, {
          id,
          work,
          startedAt,
          files,
          doneBytes,
          bytesPerSecond,
          ...(ofBytes === undefined ? {} : { ofBytes }),
          ...(left === undefined || left < 0 ? {} : { leftMs: Math.round(left * 1000) }),
        });
        if (clock.monotonic() - writtenAt >= WRITE_EVERY_MS) write();
      };
    },
    end(id) {
      if (rows.delete(id)) write();
    },
  };
}

/** What it will be about, for the time left: a backup, by the snapshot before; a restore of all of a snapshot, by what was taken. */
export function expectedBytes({ backups }: Pick<State, 'backups'>, id: string): number | undefined {
  const restore = [...backups.restores.values()].find((one) => one.id === id);
  const isWhole = restore?.path === '' && !restore.newestClean && restore.touched === undefined;
  if (restore !== undefined) return isWhole ? backups.taken.get(restore.backup)?.taken?.bytes : undefined;
  const backup = [...backups.taken.values()].find((one) => one.id === id);
  const last = backup === undefined ? undefined : backups.policies.get(backup.policy)?.lastBackup;
  return last === undefined ? undefined : backups.taken.get(last)?.taken?.bytes;
}
