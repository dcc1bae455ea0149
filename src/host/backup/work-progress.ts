/** How far running work is, for other processes to read: rewritten once a second at most; what has ended is gone from it. */
import { noteProgress } from './notes.ts';
import type { JobProgress } from './job.ts';
import type { WorkProgress } from '#ports/backups.ts';
import type { Clock } from '#ports/clock.ts';

const WRITE_EVERY_MS = 1000;

export interface ShownProgress {
  follow(id: string, work: WorkProgress['work'], ofBytes: number | undefined): (now: JobProgress) => void;
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
    follow(id, work, ofBytes) {
      const startedAt = clock.now();
      return ({ files, doneBytes, ms }) => {
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
