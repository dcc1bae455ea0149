/** The pages at a phone's thumb: five of them, and the rest behind a sixth. */
import { Menu } from '@mantine/core';
import { IconDots } from '@tabler/icons-react';
import { Link, NavLink, useLocation } from 'react-router';
import type { NavigationItem } from './navigation.ts';

/** Six that stand side by side can still be read and hit on a phone. */
const PLACES = 6;

export function TabBar({ items }: { readonly items: readonly NavigationItem[] }) {
  const isAll = items.length <= PLACES;
  return (
    <nav className="pl-tabbar" aria-label="Pages, below">
      {(isAll ? items : items.slice(0, PLACES - 1)).map(({ text, to, end, Icon }) => (
        <NavLink key={to} to={to} end={end}>
          <Icon size={18} stroke={1.7} aria-hidden />
          {text}
        </NavLink>
      ))}
      {isAll ? null : <More items={items.slice(PLACES - 1)} />}
    </nav>
  );
}

function More({ items }: { readonly items: readonly NavigationItem[] }) {
  const { pathname } = useLocation();
  const isHere = (to: string) => pathname === to || pathname.startsWith(`${to}/`);
  return (
    <Menu position="top-end" width={210} withinPortal>
      <Menu.Target>
        <button type="button" data-here={items.some(({ to }) => isHere(to)) ? 'yes' : undefined}>
          <IconDots size={18} stroke={1.7} aria-hidden />
          More
        </button>
      </Menu.Target>
      <Menu.Dropdown>
        {items.map(({ text, to, Icon }) => (
          <Menu.Item
            key={to}
            component={Link}
            to={to}
            aria-current={isHere(to) ? 'page' : undefined}
            leftSection={<Icon size={17} stroke={1.7} aria-hidden />}
          >
            {text}
          </Menu.Item>
        ))}
      </Menu.Dropdown>
    </Menu>
  );
}
