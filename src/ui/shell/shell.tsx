/** The frame around every signed-in page: who I am, where I can go, whether the page is live. */
import { Button, Menu } from '@mantine/core';
import { IconLogout, IconMoon, IconSearch, IconSun, IconUserCircle } from '@tabler/icons-react';
import { useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { Link, Navigate, NavLink, Outlet, useLocation } from 'react-router';
import { Denial } from '../data/client.ts';
import { useAct, useAnswer } from '../data/query.ts';
import { useStream } from '../data/stream.ts';
import { useViewer, ViewerContext } from '../data/viewer.ts';
import { Refusal, Waiting } from '../kit/answer.tsx';
import { Brand } from '../kit/brand.tsx';
import { Palette } from '../kit/palette.tsx';
import { paths } from '../paths.ts';
import type { Hat } from '../paths.ts';
import { useGoals } from './goals.ts';
import { IdleBanner } from './idle-banner.tsx';
import { HATS, NAVIGATION } from './navigation.ts';
import type { NavigationItem } from './navigation.ts';
import { StepUpDialog } from './step-up-dialog.tsx';
import { useScheme } from './scheme.ts';
import { TabBar } from './tab-bar.tsx';

const ME_EVERY_MS = 60_000;

export function Shell({ hat }: { readonly hat: Hat }) {
  const me = useAnswer('me', {}, { everyMs: ME_EVERY_MS });
  const location = useLocation();
  if (me.error instanceof Denial && me.error.status === 401)
    return <Navigate to={paths.signIn(location.pathname + location.search)} replace />;
  if (me.data === undefined) {
    return (
      <main className="pl-door">
        <div className="pl-door-card">
          {me.error === null ? <Waiting rows={4} /> : <Refusal error={me.error} again={() => void me.refetch()} />}
        </div>
      </main>
    );
  }
  const first = me.data.hats[0] ?? 'studio';
  if (!me.data.hats.includes(hat)) return <Navigate to={paths.home(first)} replace />;
  return (
    <ViewerContext value={me.data}>
      <Frame hat={hat} />
    </ViewerContext>
  );
}

function Frame({ hat }: { readonly hat: Hat }) {
  const [finding, setFinding] = useState(false);
  const goals = useGoals(hat);
  const stream = useStream(useQueryClient());
  const { pathname } = useLocation();
  const items = useItems(hat);
  return (
    <>
      <a className="pl-skip" href="#main">
        Skip to the page
      </a>
      <div className="pl-banners">
        {stream === 'lost' ? (
          <div className="pl-banner" role="status">
            Not live: the connection to the server was lost. Trying again.
          </div>
        ) : null}
        <IdleBanner />
      </div>
      <header className="pl-topbar">
        <Mark hat={hat} />
        <button type="button" className="pl-icon-button" aria-label="Go to" onClick={() => setFinding(true)}>
          <IconSearch size={18} aria-hidden />
        </button>
        <Account hat={hat} />
      </header>
      <div className="pl-shell">
        <aside className="pl-side" aria-label="Picturelock">
          <Mark hat={hat} />
          <button type="button" className="pl-find" onClick={() => setFinding(true)}>
            <IconSearch size={15} aria-hidden />
            Go to…<kbd>Ctrl K</kbd>
          </button>
          <nav aria-label="Pages">
            <NavItems items={items} />
          </nav>
          <div className="pl-side-foot">
            <Account hat={hat} />
          </div>
        </aside>
        <main className="pl-main" id="main" tabIndex={-1} key={pathname.split('/').slice(0, 4).join('/')}>
          <Outlet />
        </main>
      </div>
      <TabBar items={items} />
      <Palette goals={goals} opened={finding} setOpened={setFinding} />
      <StepUpDialog />
    </>
  );
}

function Mark({ hat }: { readonly hat: Hat }) {
  return (
    <Link className="pl-brand" to={paths.home(hat)}>
      <Brand />
      <span>
        Picturelock<small>{useViewer().facility}</small>
      </span>
    </Link>
  );
}

function useItems(hat: Hat): readonly NavigationItem[] {
  const { may } = useViewer();
  return NAVIGATION[hat].filter(({ needs }) => needs === undefined || may.includes(needs));
}

function NavItems({ items }: { readonly items: readonly NavigationItem[] }) {
  return items.map(({ text, to, end, Icon }) => (
    <NavLink key={to} className="pl-nav" to={to} end={end}>
      <Icon size={18} stroke={1.7} aria-hidden />
      {text}
    </NavLink>
  ));
}

function Account({ hat }: { readonly hat: Hat }) {
  const viewer = useViewer();
  const scheme = useScheme();
  const signOut = useAct('sign-out');
  return (
    <Menu position="top-start" width={230} withinPortal>
      <Menu.Target>
        <Button
          variant="subtle"
          color="gray"
          justify="flex-start"
          px={8}
          leftSection={<IconUserCircle size={18} aria-hidden />}
          className="pl-account"
        >
          {viewer.person.name ?? 'You'}
        </Button>
      </Menu.Target>
      <Menu.Dropdown>
        {viewer.hats.length > 1 ? <Menu.Label>Look as</Menu.Label> : null}
        {viewer.hats.length > 1
          ? viewer.hats.map((other) => (
              <Menu.Item key={other} component={Link} to={paths.home(other)} disabled={other === hat}>
                {HATS[other]}
                {other === hat ? ' (here)' : ''}
              </Menu.Item>
            ))
          : null}
        <Menu.Divider />
        <Menu.Item component={Link} to={paths.keys(hat)}>
          My sessions and keys
        </Menu.Item>
        <Menu.Item leftSection={scheme.dark ? <IconSun size={15} /> : <IconMoon size={15} />} onClick={scheme.toggle}>
          {scheme.dark ? 'Light' : 'Dark'} pages
        </Menu.Item>
        <Menu.Item
          leftSection={<IconLogout size={15} />}
          onClick={() => signOut.mutate({}, { onSettled: () => window.location.assign(paths.signIn()) })}
        >
          Sign out
        </Menu.Item>
      </Menu.Dropdown>
    </Menu>
  );
}
