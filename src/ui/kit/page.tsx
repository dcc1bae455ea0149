/** The furniture of every page. */
import { useDocumentTitle } from '@mantine/hooks';
import { useEffect, useRef } from 'react';
import type { ReactNode } from 'react';
import { NavLink, useLocation } from 'react-router';

interface PageProps {
  readonly title: string;
  readonly heading?: ReactNode;
  readonly lead?: ReactNode;
  readonly crumbs?: ReactNode;
  readonly actions?: ReactNode;
  readonly children: ReactNode;
}

export function Page({ title, heading, lead, crumbs, actions, children }: PageProps) {
  useDocumentTitle(`${title} · Picturelock`);
  return (
    <>
      {crumbs === undefined ? null : (
        <nav className="pl-crumbs" aria-label="Where this is">
          {crumbs}
        </nav>
      )}
      <div className="pl-head">
        <div>
          <h1>{heading ?? title}</h1>
          {lead === undefined ? null : <p>{lead}</p>}
        </div>
        {actions === undefined ? null : <div className="pl-actions">{actions}</div>}
      </div>
      {children}
    </>
  );
}

interface SectionProps {
  readonly title: string;
  readonly note?: ReactNode;
  readonly actions?: ReactNode;
  readonly children: ReactNode;
}

export function Section({ title, note, actions, children }: SectionProps) {
  return (
    <section className="pl-section" aria-label={title}>
      <header>
        <h2>{title}</h2>
        {note === undefined ? null : <span>{note}</span>}
        {actions === undefined ? null : <div className="pl-actions">{actions}</div>}
      </header>
      {children}
    </section>
  );
}

export function Tabs({
  label,
  tabs,
}: {
  readonly label: string;
  readonly tabs: readonly (readonly [string, string])[];
}) {
  const { pathname } = useLocation();
  const place = useRef<HTMLElement>(null);
  useEffect(() => showCurrent(place.current), [pathname]);
  return (
    <nav ref={place} className="pl-tabs pl-no-print" aria-label={label}>
      {tabs.map(([text, to]) => (
        <NavLink key={to} to={to}>
          {text}
        </NavLink>
      ))}
    </nav>
  );
}

/** Where the tabs are wider than the screen, the one that is open comes to the middle. */
function showCurrent(tabs: HTMLElement | null): void {
  const current = tabs?.querySelector('[aria-current]')?.getBoundingClientRect();
  if (tabs === null || current === undefined) return;
  const frame = tabs.getBoundingClientRect();
  tabs.scrollLeft += current.left + current.width / 2 - (frame.left + frame.width / 2);
}

/** Terms and their values. */
export function Facts({ facts }: { readonly facts: readonly (readonly [string, ReactNode] | undefined)[] }) {
  return (
    <dl className="pl-facts">
      {facts
        .filter((fact) => fact !== undefined)
        .map(([term, value], index) => (
          <div key={`${term} ${index}`} style={{ display: 'contents' }}>
            <dt>{term}</dt>
            <dd>{value}</dd>
          </div>
        ))}
    </dl>
  );
}
