/** A button that, when it cannot be used, stays and says why. */
import { actionSays } from './action-says.ts';
import { Button, Tooltip } from '@mantine/core';
import type { ButtonProps } from '@mantine/core';
import type { ReactNode } from 'react';

interface ActButtonProps extends ButtonProps {
  readonly onClick: () => void;
  /** Why it cannot be used now; undefined when it can. */
  readonly unless?: string | undefined;
  readonly children: ReactNode;
}

export function ActButton({ unless, onClick, children, ...rest }: ActButtonProps) {
  if (unless === undefined)
    return (
      <Button type="button" onClick={onClick} {...rest}>
        {children}
      </Button>
    );
  // `data-disabled` keeps the focus, so that the reason can be read by keyboard too.
  return (
    <Tooltip label={unless} multiline maw={320}>
      <Button {...rest} data-disabled aria-disabled onClick={(event) => event.preventDefault()}>
        {children}
      </Button>
    </Tooltip>
  );
}

/** The reason of a missing right, for `unless`. */
export function lacking(may: readonly string[], action: string): string | undefined {
  return may.includes(action)
    ? undefined
    : `Your roles do not let you ${actionSays(action)}. Ask the security lead or the owner.`;
}
