/** A state as a shape and a word: the colour only helps. */
import {
  IconAlertTriangle,
  IconCircleCheck,
  IconCircleDashed,
  IconCircleX,
  IconClockPause,
  IconInfoCircle,
} from '@tabler/icons-react';
import type { ReactNode } from 'react';

export type Tone = 'ok' | 'warn' | 'bad' | 'held' | 'quiet' | 'info';

const SHAPES = {
  ok: IconCircleCheck,
  warn: IconAlertTriangle,
  bad: IconCircleX,
  held: IconClockPause,
  quiet: IconCircleDashed,
  info: IconInfoCircle,
} as const;

export function Status({ tone, children }: { readonly tone: Tone; readonly children: ReactNode }) {
  const Shape = SHAPES[tone];
  return (
    <span className={`pl-status pl-tone-${tone}`}>
      <Shape size={15} aria-hidden />
      {children}
    </span>
  );
}

export function Notice({
  tone = 'info',
  children,
}: {
  readonly tone?: 'info' | 'ok' | 'warn' | 'bad';
  readonly children: ReactNode;
}) {
  const Shape = SHAPES[tone];
  return (
    <div className={`pl-notice pl-notice-${tone}`} role={tone === 'bad' ? 'alert' : 'status'}>
      <Shape size={17} aria-hidden />
      <div>{children}</div>
    </div>
  );
}

/** States of the model in words and tones, once for all pages. */
export const TONES: Readonly<Record<string, readonly [Tone, string]>> = {
  coming: ['info', 'Coming'],
  live: ['ok', 'Live'],
  held: ['held', 'On hold'],
  over: ['quiet', 'Over'],
  ended: ['quiet', 'Ended'],
  active: ['ok', 'Active'],
  suspended: ['bad', 'Suspended'],
  dormant: ['held', 'Dormant'],
  erased: ['quiet', 'Erased'],
  wrapped: ['quiet', 'Wrapped'],
  locked: ['bad', 'Locked'],
  open: ['info', 'Open'],
  granted: ['ok', 'Granted'],
  declined: ['bad', 'Declined'],
  withdrawn: ['quiet', 'Withdrawn'],
  used: ['ok', 'Used'],
  expired: ['quiet', 'Expired'],
};

export function StateOf({ state }: { readonly state: string }) {
  const [tone, word] = TONES[state] ?? ['quiet', state];
  return <Status tone={tone}>{word}</Status>;
}
