/** When something ends: a date, or one of the usual lengths. The end is the last instant of that day here. */
import { Button } from '@mantine/core';
import { DatePickerInput } from '@mantine/dates';
import { dayEnd, dayText } from './days.ts';

const LENGTHS: readonly (readonly [string, number])[] = [
  ['1 week', 7],
  ['2 weeks', 14],
  ['1 month', 30],
  ['3 months', 91],
];

interface UntilFieldProps {
  readonly label: string;
  readonly value: number;
  readonly from: number;
  readonly onChange: (until: number) => void;
}

export function UntilField({ label, value, from, onChange }: UntilFieldProps) {
  return (
    <div>
      <DatePickerInput
        label={label}
        value={dayText(value)}
        minDate={dayText(from)}
        valueFormat="ddd D MMM YYYY"
        popoverProps={{ withinPortal: true }}
        onChange={(day) => {
          if (day !== null) onChange(dayEnd(day));
        }}
      />
      <div className="pl-row" style={{ marginTop: 6 }}>
        {LENGTHS.map(([text, days]) => (
          <Button key={text} size="compact-sm" variant="default" onClick={() => onChange(dayEnd(dayText(from, days)))}>
            {text}
          </Button>
        ))}
      </div>
    </div>
  );
}
