/** An item of a menu that, when it cannot be used, stays and says why: in words beneath it, for fingers and for keyboards alike. */
import { Menu } from '@mantine/core';
import type { ReactNode } from 'react';

interface ActItemProps {
  readonly onClick: () => void;
  /** Why it cannot be used now; undefined when it can. */
  readonly unless: string | undefined;
  readonly color?: string;
  readonly children: ReactNode;
}

export function ActItem({ unless, onClick, color, children }: ActItemProps) {
  const isOff = unless !== undefined;
  return (
    <Menu.Item
      {...(color === undefined || isOff ? {} : { color })}
      // The library would pass over an item that it knows to be disabled: the arrows reach this one, so that its reason is read.
      className={isOff ? 'pl-item-off' : undefined}
      aria-disabled={isOff}
      closeMenuOnClick={!isOff}
      onClick={isOff ? undefined : onClick}
    >
      {children}
      {isOff ? <small className="pl-item-why">{unless}</small> : null}
    </Menu.Item>
  );
}
