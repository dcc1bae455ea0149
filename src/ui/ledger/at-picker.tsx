/** Looking back: the instant stands in the address as `at`. */
import { Button } from '@mantine/core';
import { DateTimePicker } from '@mantine/dates';
import { IconHistory } from '@tabler/icons-react';
import { useSearchParams } from '../kit/address.ts';
import { Status } from '../kit/status.tsx';
import { dayText } from '../kit/days.ts';
import { absoluteText } from '../kit/words.ts';

export function instantOf(search: URLSearchParams): number | undefined {
  const text = search.get('at');
  return text !== null && /^\d{1,16}$/.test(text) ? Number(text) : undefined;
}

/** The calendar wants local time as text. */
function localText(at: number): string {
  return `${dayText(at)} ${new Date(at).toTimeString().slice(0, 8)}`;
}

interface AtPickerProps {
  /** The page itself says that this is the past. */
  readonly isSaid?: boolean;
}

export function AtPicker({ isSaid = false }: AtPickerProps) {
  const [search, setSearch] = useSearchParams();
  const at = instantOf(search);
  const set = (value: number | undefined) =>
    setSearch(
      (before) => {
        if (value === undefined) before.delete('at');
        else before.set('at', String(value));
        return before;
      },
      { replace: true },
    );
  return (
    <>
      {at === undefined || isSaid ? null : <p className="pl-on-paper pl-strong">As it was on {absoluteText(at)}.</p>}
      <div className="pl-row pl-no-print">
        <DateTimePicker
          placeholder="Now. Look back…"
          leftSection={<IconHistory size={16} aria-hidden />}
          value={at === undefined ? null : localText(at)}
          valueFormat="D MMM YYYY HH:mm"
          maxDate={dayText(Date.now())}
          w={230}
          onChange={(value) => set(value === null ? undefined : new Date(value.replace(' ', 'T')).getTime())}
        />
        {at === undefined ? null : (
          <>
            {isSaid ? null : <Status tone="warn">This is the past</Status>}
            <Button size="compact-sm" variant="default" onClick={() => set(undefined)}>
              Back to now
            </Button>
          </>
        )}
      </div>
    </>
  );
}
