/** Six weeks of a project's backups: one cell for each day, with a sign and a number beside the colour. */
import { VisuallyHidden } from '@mantine/core';
import { Link } from 'react-router';
import type { BackupView } from '#api/endpoints/backup-views.ts';
import { dayStart } from '../kit/days.ts';
import { bytesText } from '../kit/words.ts';
import { paths } from '../paths.ts';
import { useBackups } from './backup-context.ts';
import { calendarOf, daySays } from './calendar.ts';
import type { CalendarDay } from './calendar.ts';

const WEEKS = 6;
const WEEKDAYS = ['Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat', 'Sun'] as const;

export function BackupCalendar({
  alias,
  backups,
}: {
  readonly alias: string;
  readonly backups: readonly BackupView[];
}) {
  const shown = useBackups();
  const weeks = calendarOf(backups, shown.backups.now, WEEKS);
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
        <span className="bk-key bk-taken" /> taken <span className="bk-key bk-failed" /> ✕ a try failed{' '}
        <span className="bk-key bk-suspect" /> ! an alarm is about it <span className="bk-key" /> none
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
        {day.taken === 0 ? '' : day.taken}
        {day.failed > 0 ? ' ✕' : ''}
        {day.suspect > 0 ? ' !' : ''}
      </span>
      <VisuallyHidden>{daySays(day)}</VisuallyHidden>
      {day.addedBytes === 0 ? null : <span className="bk-added">+{bytesText(day.addedBytes)}</span>}
    </>
  );
  if (day.newest === undefined) return <div className={classOf(day)}>{inner}</div>;
  return (
    <Link className={classOf(day)} to={paths.backups(hat, 'restore', { project: alias, backup: day.newest })}>
      {inner}
    </Link>
  );
}

function classOf({ isFuture, taken, failed, suspect }: CalendarDay): string {
  if (isFuture) return 'bk-cell bk-future';
  if (suspect > 0) return 'bk-cell bk-suspect';
  if (taken > 0) return 'bk-cell bk-taken';
  return failed > 0 ? 'bk-cell bk-failed' : 'bk-cell';
}
