/** A project's backups day by day, in whole weeks from Monday to Sunday. Pure but for the time zone of this machine. */
import type { BackupView, PolicyView } from '#api/endpoints/backup-views.ts';
import { dayEnd, dayStart, dayText } from '../kit/days.ts';
import { countText } from '../kit/words.ts';

export interface CalendarDay {
  readonly day: string;
  readonly isFuture: boolean;
  readonly taken: number;
  readonly failed: number;
  readonly suspect: number;
  /** How many the policies wanted on that day; 0 where none was in force. */
  readonly wanted: number;
  /** A policy has fewer than even its grace allows. */
  readonly isShort: boolean;
  /** A policy has none at all, and should have. */
  readonly isMissed: boolean;
  readonly addedBytes: number;
  /** The newest snapshot of that day. */
  readonly newest?: string;
}

const DAYS_PER_WEEK = 7;

/** What a policy asks of a day; a change of it begins anew. */
export type Wanting = Pick<PolicyView, 'id' | 'setAt' | 'endedAt' | 'everyMs' | 'dueAt' | 'lateAt'>;

export interface CalendarAsk {
  readonly now: number;
  readonly weeks: number;
  readonly policies: readonly Wanting[];
  /** Nothing is said of days before: older backups were not read. */
  readonly knownFrom?: number | undefined;
}

/** `weeks` rows of seven days; the last row holds `now`. */
export function calendarOf(
  backups: readonly BackupView[],
  { now, weeks, policies, knownFrom = 0 }: CalendarAsk,
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
      const asked = policies
        .filter(({ setAt }) => dayEnd(day) > Math.max(setAt, knownFrom))
        .map((policy) => askedOf(policy, backups, Math.max(dayStart(day), knownFrom), Math.min(dayEnd(day), now)));
      return dayOf(day, today, byDay.get(day) ?? [], asked);
    }),
  );
}

type Asked = Pick<CalendarDay, 'wanted' | 'isShort' | 'isMissed'>;

const NOTHING_ASKED: Asked = { wanted: 0, isShort: false, isMissed: false };

/** What one policy wanted between two instants, and whether it got it. A snapshot counts as late only after the policy's own grace. */
function askedOf(policy: Wanting, backups: readonly BackupView[], dayFrom: number, dayUntil: number): Asked {
  const from = Math.max(dayFrom, policy.setAt);
  const until = Math.min(dayUntil, policy.endedAt ?? dayUntil);
  if (until <= from) return NOTHING_ASKED;
  const slowestMs = policy.everyMs + Math.max(0, policy.lateAt - policy.dueAt);
  const times = backups
    .filter((one) => one.policy.id === policy.id && one.taken !== undefined && one.standing !== 'failed')
    .map(({ taken }) => taken?.startedAt ?? 0);
  const countFrom = (start: number) => times.filter((at) => at > start && at <= until).length;
  const here = countFrom(dayFrom - 1);
  return {
    wanted: Math.round((until - from) / policy.everyMs),
    isShort: here < Math.floor((until - from) / slowestMs),
    isMissed: here === 0 && policy.setAt <= until - slowestMs && countFrom(until - slowestMs) === 0,
  };
}

function dayOf(day: string, today: string, backups: readonly BackupView[], asked: readonly Asked[]): CalendarDay {
  const taken = backups.filter((one) => one.taken !== undefined && one.standing !== 'failed');
  const newest = taken.toSorted((a, b) => (b.taken?.startedAt ?? 0) - (a.taken?.startedAt ?? 0))[0];
  return {
    day,
    isFuture: day > today,
    taken: taken.length,
    failed: backups.filter(({ standing }) => standing === 'failed').length,
    suspect: taken.filter(({ suspect }) => suspect).length,
    wanted: asked.reduce((sum, { wanted }) => sum + wanted, 0),
    isShort: asked.some(({ isShort }) => isShort),
    isMissed: asked.some(({ isMissed }) => isMissed),
    addedBytes: taken.reduce((sum, one) => sum + (one.taken?.addedBytes ?? 0), 0),
    ...(newest === undefined ? {} : { newest: newest.id }),
  };
}

/** What a cell says to somebody who can't see its colour. */
export function daySays(day: CalendarDay): string {
  const { taken, failed, suspect, isFuture, isMissed } = day;
  if (isFuture) return `${day.day}: to come`;
  const parts = [
    isFewer(day)
      ? `${taken} of ${countText(day.wanted, 'snapshot')}`
      : taken === 0
        ? 'no snapshot'
        : countText(taken, 'snapshot'),
  ];
  if (isMissed) parts.push('missed');
  if (failed > 0) parts.push(`${failed} failed`);
  if (suspect > 0) parts.push(`${suspect} suspect`);
  return `${day.day}: ${parts.join(', ')}`;
}

/** Whether the number of that day is worth saying beside the number that was wanted. */
export function isFewer({ taken, wanted, isShort, isMissed }: CalendarDay): boolean {
  return (isShort || isMissed) && wanted > taken;
}

/** The worst of a day gives it its look. */
export function lookOf(day: CalendarDay): 'future' | 'suspect' | 'missed' | 'failed' | 'uneven' | 'taken' | 'none' {
  if (day.isFuture) return 'future';
  if (day.suspect > 0) return 'suspect';
  if (day.isMissed) return 'missed';
  if (day.taken === 0) return day.failed > 0 ? 'failed' : 'none';
  return day.isShort || day.failed > 0 ? 'uneven' : 'taken';
}
