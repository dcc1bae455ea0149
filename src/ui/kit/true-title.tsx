/** The true title of a project, for those who may read it: shown when it is asked for, and not to whoever passes by the screen. */
import { Button } from '@mantine/core';
import { useState } from 'react';

export function TrueTitle({ title }: { readonly title: string | null }) {
  const [isShown, setShown] = useState(false);
  if (title === null) return <span className="pl-dim">sealed from you</span>;
  return (
    <span className="pl-row" style={{ gap: 6, display: 'inline-flex' }}>
      {isShown ? <span>{title}</span> : null}
      <Button size="compact-xs" variant="subtle" aria-expanded={isShown} onClick={() => setShown(!isShown)}>
        {isShown ? 'Hide' : 'Show the true title'}
      </Button>
    </span>
  );
}
