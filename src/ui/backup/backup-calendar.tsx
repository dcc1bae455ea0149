/** Six weeks of a project's backups: one cell for each day, with a sign and a number beside the colour. */
import { VisuallyHidden } from '@mantine/core';
import { Link } from 'react-router';
import type { BackupView } from '#api/endpoints/backup-views.ts';
import { dayStart } from '../kit/days.ts';
import { bytesText } from '../kit/words.ts';
import { paths } from '../paths.ts';
import { useBackups } from './backup-context.ts';
import { calendarOf, daySays, isFewer, lookOf } from './calendar.ts';
import type { CalendarDay } from './calendar.ts';

const WEEKS = 6;
const WEEKDAYS = ['Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat', 'Sun'] as const;

interface BackupCalendarProps {
  readonly alias: string;
  readonly backups: readonly BackupView[];
  /** Older ones that the answer left out. */
  readonly more: number;
}

export function BackupCalendar({ alias, backups, more }: BackupCalendarProps) {
  const { now, policies } = useBackups().backups;
  const oldest = Math.min(...backups.map(({ taken, begunAt }) => taken?.startedAt ?? begunAt));
  const weeks = calendarOf(backups, {
    now,
    weeks: WEEKS,
    policies: policies.filter(({ project }) => project.alias === alias),
    knownFrom: more > 0 ? oldest : undefined,
  });
  return (
    <div className="pl-card bk-calendar" role="region" aria-label={`Backups of ${alias} by day`} tabIndex={0}>
      <table>
        <thead>
          <tr>
            {WEEKDAYS.map((name) => (
              <th key={name} scope="col">
                {name}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {weeks.map((week) => (
            <tr key={week[0]?.day}>
              {week.map((day) => (
                <td key={day.day}>
                  <Cell alias={alias} day={day} />
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
      <p className="pl-dim pl-small bk-legend">
        <span className="bk-key bk-taken" /> taken <span className="bk-key bk-uneven" /> fewer than wanted, or ✕ a try
        failed <span className="bk-key bk-missed" /> missed <span className="bk-key bk-suspect" /> ! an alarm is about
        it <span className="bk-key" /> none wanted
      </p>
    </div>
  );
}

function Cell({ alias, day }: { readonly alias: string; readonly day: CalendarDay }) {
  const { hat } = useBackups();
  const date = new Intl.DateTimeFormat('en-GB', { day: 'numeric', month: 'short' }).format(dayStart(day.day));
  const inner = (
    <>
      <span className="bk-date">{date}</span>
      <span className="bk-count" aria-hidden>
        {isFewer(day) ? `${day.taken} of ${day.wanted}` : day.taken === 0 ? '' : day.taken}
        {day.failed > 0 ? ' ✕' : ''}
        {day.suspect > 0 ? ' !' : ''}
      </span>
      <VisuallyHidden>{daySays(day)}</VisuallyHidden>
      {day.isMissed ? (
        <strong className="bk-added pl-tone-bad" aria-hidden>
          missed
        </strong>
      ) : null}
      {day.addedBytes === 0 ? null : <span className="bk-added">+{bytesText(day.addedBytes)}</span>}
    </>
  );
  if (day.newest === undefined) return <div className={`bk-cell bk-${lookOf(day)}`}>{inner}</div>;
  return (
    <Link
      className={`bk-cell bk-${lookOf(day)}`}
      to={paths.backups(hat, 'restore', { project: alias, backup: day.newest })}
    >
      {inner}
    </Link>
  );
}
