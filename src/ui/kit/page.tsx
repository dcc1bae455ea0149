/** The furniture of every page. */
import { useDocumentTitle } from '@mantine/hooks';
import type { ReactNode } from 'react';
import { NavLink } from 'react-router';

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
        {actions === undefined ? null : <div className="pl-actions pl-no-print">{actions}</div>}
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
        {actions === undefined ? null : <div className="pl-actions pl-no-print">{actions}</div>}
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
  return (
    <nav className="pl-tabs pl-no-print" aria-label={label}>
      {tabs.map(([text, to]) => (
        <NavLink key={to} to={to}>
          {text}
        </NavLink>
      ))}
    </nav>
  );
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
