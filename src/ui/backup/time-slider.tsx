/** One control for time: the snapshot that is shown, by its date, and along one line of all of them, oldest left. */
import { ActionIcon } from '@mantine/core';
import { DateTimePicker } from '@mantine/dates';
import { IconChevronLeft, IconChevronRight, IconHistory } from '@tabler/icons-react';
import { useState } from 'react';
import { Moment } from '../kit/moment.tsx';
import { absoluteText, bytesText, countText } from '../kit/words.ts';
import { dayText } from '../kit/days.ts';
import { indexBefore } from './snapshots.ts';
import type { Shot } from './snapshots.ts';

interface TimeSliderProps {
  readonly shots: readonly Shot[];
  readonly index: number;
  readonly onChange: (index: number) => void;
  readonly onTime: (at: number) => void;
}

export function TimeSlider({ shots, index, onChange, onTime }: TimeSliderProps) {
  const [asked, setAsked] = useState<number>();
  const shot = shots[index];
  const last = shots.length - 1;
  if (shot === undefined) return null;
  // What was asked for stays in the field for as long as this snapshot answers it: a day and an hour are chosen one after the other.
  const wanted = asked !== undefined && indexBefore(shots, asked) === index ? asked : shot.showsAt;
  const { taken } = shot.backup;
  return (
    <div className="pl-card pl-pad bk-slider">
      <div className="pl-row" style={{ alignItems: 'flex-end', gap: '8px 16px' }}>
        <DateTimePicker
          label="As it was on"
          description="Another time shows the newest snapshot before it."
          leftSection={<IconHistory size={16} aria-hidden />}
          valueFormat="D MMM YYYY HH:mm:ss"
          maxDate={dayText(Date.now())}
          w={330}
          value={new Date(wanted)}
          onChange={(text) => {
            if (text === null) return;
            const at = new Date(text.replace(' ', 'T')).getTime();
            setAsked(at);
            onTime(at);
          }}
        />
        <p className="bk-slider-at">
          Snapshot of <strong>{absoluteText(shot.showsAt)}</strong>
          <br />
          <span className="pl-dim">
            <Moment at={shot.showsAt} />
            {taken === undefined ? '' : `, ${countText(taken.files, 'file')}, ${bytesText(taken.bytes)}`}
          </span>
        </p>
      </div>
      {last === 0 ? (
        <p className="pl-dim pl-small">The only snapshot so far.</p>
      ) : (
        <Line shots={shots} index={index} onChange={onChange} />
      )}
    </div>
  );
}

/** From the oldest on the left to the newest. */
function Line({ shots, index, onChange }: Omit<TimeSliderProps, 'onTime'>) {
  const last = shots.length - 1;
  const showsAt = shots[index]?.showsAt ?? 0;
  return (
    <>
      <div className="bk-slider-line">
        <ActionIcon
          variant="default"
          aria-label="The one before"
          disabled={index === 0}
          onClick={() => onChange(index - 1)}
        >
          <IconChevronLeft size={17} aria-hidden />
        </ActionIcon>
        <div className="bk-slider-track">
          <Ticks shots={shots} index={index} />
          <input
            type="range"
            min={0}
            max={last}
            step={1}
            value={index}
            aria-label="Snapshot"
            aria-valuetext={`${absoluteText(showsAt)}, ${index + 1} of ${shots.length}`}
            onChange={(event) => onChange(Number(event.currentTarget.value))}
          />
        </div>
        <ActionIcon
          variant="default"
          aria-label="The one after"
          disabled={index === last}
          onClick={() => onChange(index + 1)}
        >
          <IconChevronRight size={17} aria-hidden />
        </ActionIcon>
      </div>
      <div className="pl-spread pl-dim pl-small">
        <span>{absoluteText(shots[0]?.showsAt ?? 0)}</span>
        <span>
          {index + 1} of {shots.length}
        </span>
        <span>{absoluteText(shots[last]?.showsAt ?? 0)}</span>
      </div>
    </>
  );
}

/** Above so many there is no room for a tick of its own each. */
const TICKS_MAX = 300;

function Ticks({ shots, index }: { readonly shots: readonly Shot[]; readonly index: number }) {
  const step = Math.max(1, Math.ceil(shots.length / TICKS_MAX));
  const last = Math.max(1, shots.length - 1);
  return (
    <svg className="bk-ticks" viewBox="0 0 1000 14" preserveAspectRatio="none" aria-hidden>
      {shots.map(({ backup }, at) =>
        at % step === 0 || backup.suspect || at === index ? (
          <rect
            key={backup.id}
            x={(at / last) * 997}
            y={backup.suspect ? 0 : 5}
            width={3}
            height={backup.suspect ? 14 : 9}
            className={backup.suspect ? 'bk-tick-suspect' : at === index ? 'bk-tick-here' : 'bk-tick'}
          />
        ) : null,
      )}
    </svg>
  );
}
