/** More time in two clicks: the length, then done. */
import { Button } from '@mantine/core';
import { useState } from 'react';
import { ActButton } from '../kit/act-button.tsx';
import { dayEnd, dayText } from '../kit/days.ts';
import { say, sayRefused } from '../kit/say.ts';
import { dateText } from '../kit/words.ts';

interface LaterProps {
  /** The end so far. */
  readonly from: number;
  readonly lengths: readonly (readonly [text: string, days: number])[];
  readonly extend: (until: number) => Promise<unknown>;
  /** What is said afterwards, of the new end. */
  readonly done: (until: string) => string;
  /** Why it cannot be done; undefined when it can. */
  readonly unless: string | undefined;
}

export function LaterButtons({ from, lengths, extend, done, unless }: LaterProps) {
  const [open, setOpen] = useState(false);
  const [running, setRunning] = useState(false);
  if (!open)
    return (
      <ActButton size="compact-sm" variant="default" onClick={() => setOpen(true)} unless={unless}>
        Extend…
      </ActButton>
    );
  const to = (days: number) => dayEnd(dayText(from, days));
  const run = async (days: number) => {
    setRunning(true);
    try {
      await extend(to(days));
      say(done(dateText(to(days))));
      setOpen(false);
    } catch (error) {
      sayRefused(error as Error); // an act rejects with what the server said
    } finally {
      setRunning(false);
    }
  };
  return (
    <span className="pl-row" role="group" aria-label="Extend by">
      {lengths.map(([text, days]) => (
        <Button
          key={days}
          size="compact-sm"
          variant="default"
          loading={running}
          title={`Until ${dateText(to(days))}`}
          onClick={() => void run(days)}
        >
          + {text}
        </Button>
      ))}
      <Button size="compact-sm" variant="subtle" color="gray" onClick={() => setOpen(false)}>
        Not now
      </Button>
    </span>
  );
}
