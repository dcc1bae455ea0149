/** An instant: near in words, exact on hover and on paper. */
import { Tooltip } from '@mantine/core';
import { useNow } from '../data/now.ts';
import { absoluteText, dateText, relativeText } from './words.ts';

interface MomentProps {
  readonly at: number;
  /** `relative` (the default), the date, or everything. */
  readonly as?: 'relative' | 'date' | 'full';
}

export function Moment({ at, as = 'relative' }: MomentProps) {
  const now = useNow();
  const exact = absoluteText(at);
  const text = as === 'relative' ? relativeText(at, now) : as === 'date' ? dateText(at) : exact;
  return (
    <Tooltip label={as === 'relative' ? exact : `${exact} (${relativeText(at, now)})`}>
      <time
        className="pl-moment"
        dateTime={new Date(at).toISOString()}
        data-on-paper={as === 'relative' ? exact : undefined}
      >
        {text}
      </time>
    </Tooltip>
  );
}
