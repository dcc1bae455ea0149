/** A project's backups day by day, in whole weeks from Monday to Sunday. Pure but for the time zone of this machine. */
import type { BackupView } from '#api/endpoints/backup-views.ts';
import { dayStart, dayText } from '../kit/days.ts';

export interface CalendarDay {
  readonly day: string;
  readonly isFuture: boolean;
  readonly taken: number;
  readonly failed: number;
  readonly suspect: number;
  readonly addedBytes: number;
  /** The newest snapshot of that day. */
  readonly newest?: string;
}

const DAYS_PER_WEEK = 7;

/** `weeks` rows of seven days; the last row holds `now`. */
export function calendarOf(
  backups: readonly BackupView[],
  now: number,
  weeks: number,
): readonly (readonly CalendarDay[])[] {
  const byDay = new Map<string, BackupView[]>();
  for (const backup of backups) {
    const day = dayText(backup.taken?.startedAt ?? backup.begunAt);
    byDay.set(day, [...(byDay.get(day) ?? []), backup]);
  }
  const today = dayText(now);
  const sinceMonday = (new Date(dayStart(today)).getDay() + 6) % DAYS_PER_WEEK;
  const first = -sinceMonday - (weeks - 1) * DAYS_PER_WEEK;
  return Array.from({ length: weeks }, (_, week) =>
    Array.from({ length: DAYS_PER_WEEK }, (_unused, weekday) => {
      const day = dayText(dayStart(today), first + week * DAYS_PER_WEEK + weekday);
      return dayOf(day, today, byDay.get(day) ?? []);
    }),
  );
}

function dayOf(day: string, today: string, backups: readonly BackupView[]): CalendarDay {
  const taken = backups.filter((one) => one.taken !== undefined && one.standing !== 'failed');
  const newest = taken.toSorted((a, b) => (b.taken?.startedAt ?? 0) - (a.taken?.startedAt ?? 0))[0];
  return {
    day,
    isFuture: day > today,
    taken: taken.length,
    failed: backups.filter(({ standing }) => standing === 'failed').length,
    suspect: taken.filter(({ suspect }) => suspect).length,
    addedBytes: taken.reduce((sum, one) => sum + (one.taken?.addedBytes ?? 0), 0),
    ...(newest === undefined ? {} : { newest: newest.id }),
  };
}

/** What a cell says to somebody who can't see its colour. */
export function daySays({ day, taken, failed, suspect, isFuture }: CalendarDay): string {
  if (isFuture) return `${day}: to come`;
  const parts = [taken === 0 ? 'no snapshot' : taken === 1 ? '1 snapshot' : `${taken} snapshots`];
  if (failed > 0) parts.push(`${failed} failed`);
  if (suspect > 0) parts.push(`${suspect} suspect`);
  return `${day}: ${parts.join(', ')}`;
}
