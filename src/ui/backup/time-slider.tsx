/** Snapshots along one line, oldest left: slide, step with the arrows, or ask for the last one before a time. */
import { ActionIcon } from '@mantine/core';
import { DateTimePicker } from '@mantine/dates';
import { IconChevronLeft, IconChevronRight, IconHistory } from '@tabler/icons-react';
import { Moment } from '../kit/moment.tsx';
import { absoluteText, bytesText, countText } from '../kit/words.ts';
import { dayText } from '../kit/days.ts';
import type { Shot } from './snapshots.ts';

interface TimeSliderProps {
  readonly shots: readonly Shot[];
  readonly index: number;
  readonly onChange: (index: number) => void;
  readonly onTime: (at: number) => void;
}

export function TimeSlider({ shots, index, onChange, onTime }: TimeSliderProps) {
  const shot = shots[index];
  const last = shots.length - 1;
  if (shot === undefined) return null;
  const { taken } = shot.backup;
  return (
    <div className="pl-card pl-pad bk-slider">
      <div className="pl-spread">
        <p className="bk-slider-at">
          As it was on <strong>{absoluteText(shot.showsAt)}</strong>{' '}
          <span className="pl-dim">
            (<Moment at={shot.showsAt} />
            {taken === undefined ? '' : `; ${countText(taken.files, 'file')}, ${bytesText(taken.bytes)}`})
          </span>
        </p>
        <DateTimePicker
          aria-label="The last one before"
          placeholder="The last one before…"
          leftSection={<IconHistory size={16} aria-hidden />}
          valueFormat="D MMM YYYY HH:mm"
          maxDate={dayText(Date.now())}
          w={210}
          value={null}
          onChange={(text) => {
            if (text !== null) onTime(new Date(text.replace(' ', 'T')).getTime());
          }}
        />
      </div>
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
            aria-valuetext={`${absoluteText(shot.showsAt)}, ${index + 1} of ${shots.length}`}
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
    </div>
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
