/** Daily hours, when access is to be had only in them: days of the week, and from when to when. */
import { Checkbox, Chip } from '@mantine/core';
import { TimeInput } from '@mantine/dates';
import type { Hours } from '#model/entry-shapes.ts';

const DAYS = [
  [1, 'Mon'],
  [2, 'Tue'],
  [3, 'Wed'],
  [4, 'Thu'],
  [5, 'Fri'],
  [6, 'Sat'],
  [0, 'Sun'],
] as const;
const DAY_MINUTES = 24 * 60;
const OFFICE: Hours = { days: [1, 2, 3, 4, 5], from: 9 * 60, until: 19 * 60 };

interface HoursFieldProps {
  readonly value: Hours | undefined;
  readonly onChange: (hours: Hours | undefined) => void;
}

export function HoursField({ value, onChange }: HoursFieldProps) {
  return (
    <div className="pl-stack" style={{ gap: 8 }}>
      <Checkbox
        label="Only at certain hours"
        checked={value !== undefined}
        onChange={(event) => onChange(event.currentTarget.checked ? OFFICE : undefined)}
      />
      {value === undefined ? null : <Days value={value} onChange={onChange} />}
    </div>
  );
}

function Days({ value, onChange }: { readonly value: Hours; readonly onChange: (hours: Hours) => void }) {
  return (
    <fieldset className="pl-hours" aria-label="Hours">
      <Chip.Group
        multiple
        value={value.days.map(String)}
        onChange={(days) => {
          if (days.length > 0) onChange({ ...value, days: days.map(Number) });
        }}
      >
        <div className="pl-row" style={{ gap: 6, flexWrap: 'wrap' }}>
          {DAYS.map(([day, text]) => (
            <Chip key={day} size="xs" value={String(day)}>
              {text}
            </Chip>
          ))}
        </div>
      </Chip.Group>
      <div className="pl-row" style={{ marginTop: 8 }}>
        <TimeInput
          label="From"
          value={clockText(value.from)}
          onChange={(event) => onChange({ ...value, from: minutesOf(event.currentTarget.value) ?? value.from })}
        />
        <TimeInput
          label="Until"
          value={clockText(value.until % DAY_MINUTES)}
          onChange={(event) => {
            const until = minutesOf(event.currentTarget.value);
            // Midnight at the end of a day is its last minute's end.
            if (until !== undefined) onChange({ ...value, until: until === 0 ? DAY_MINUTES : until });
          }}
        />
      </div>
      <p className="pl-dim pl-small" style={{ marginTop: 8 }}>
        In the facility’s time zone. Sessions end when the hours do.
      </p>
    </fieldset>
  );
}

function clockText(minutes: number): string {
  const two = (number: number): string => String(number).padStart(2, '0');
  return `${two(Math.floor(minutes / 60))}:${two(minutes % 60)}`;
}

/** Undefined while it is being typed. */
function minutesOf(text: string): number | undefined {
  const [, hours, minutes] = /^(\d\d):(\d\d)/.exec(text) ?? [];
  return hours === undefined ? undefined : Number(hours) * 60 + Number(minutes);
}
