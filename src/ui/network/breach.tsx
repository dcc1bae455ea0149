/** What would be exposed: one number large, the ways it comes about beside it, and the lists behind them. */
import { Link } from 'react-router';
import type { BreachNumbers, BreachView } from '#api/endpoints/blast-views.ts';
import { ProjectName } from '../kit/person-name.tsx';
import { Status } from '../kit/status.tsx';
import { countText } from '../kit/words.ts';
import { paths } from '../paths.ts';
import { useNetwork } from './network-context.ts';

const HOSTS_SHOWN = 24;

export function shareText(share: number): string {
  const percent = share * 100;
  return percent > 0 && percent < 1 ? '< 1 %' : `${Math.round(percent)} %`;
}

export function Breach({ breach }: { readonly breach: BreachView }) {
  const { numbers, hosts, projects } = breach;
  return (
    <div className="pl-stack nw-breach">
      <Share numbers={numbers} />
      <Ways numbers={numbers} />
      <Content title="Content that is open" projects={projects.exposed} />
      <HostList title="Reached in one step" hosts={hosts.direct} />
      <HostList
        title="Reached through other machines"
        hosts={hosts.pivot.filter((one) => !hosts.direct.some((known) => known.id === one.id))}
      />
      <HostList title="In the same segment, below the gateway" hosts={hosts.neighbours} />
    </div>
  );
}

export function Share({ numbers }: { readonly numbers: BreachNumbers }) {
  const { exposed, rights } = numbers;
  return (
    <div className="nw-share">
      <div className="nw-share-number">{shareText(exposed.share)}</div>
      <div>
        <ShareBar share={exposed.share} />
        <p className="pl-small">
          of the stored content: {countText(exposed.projects, 'project')}
          {rights === 'known'
            ? ', by network, rights and time together'
            : '; nobody’s rights are known here, so what lies within reach counts whole'}
        </p>
      </div>
    </div>
  );
}

export function ShareBar({ share }: { readonly share: number }) {
  const percent = Math.min(100, Math.max(0, share * 100));
  return (
    <svg className="nw-bar" viewBox="0 0 100 6" preserveAspectRatio="none" aria-hidden>
      <rect width="100" height="6" className="nw-bar-all" />
      <rect
        width={percent}
        height="6"
        className={percent >= 90 ? 'nw-bar-all-of-it' : percent >= 50 ? 'nw-bar-much' : 'nw-bar-some'}
      />
    </svg>
  );
}

function Ways({ numbers }: { readonly numbers: BreachNumbers }) {
  const { direct, pivot, anyWay, neighbours, internet } = numbers;
  return (
    <table className="nw-ways">
      <thead>
        <tr>
          <th scope="col">Reaches</th>
          <th scope="col">Hosts</th>
          <th scope="col">Content there</th>
        </tr>
      </thead>
      <tbody>
        {(
          [
            ['in one step through the gateway', direct],
            ['through other machines', pivot],
            ['with its own segment as well', anyWay],
          ] as const
        ).map(([how, reach]) => (
          <tr key={how}>
            <th scope="row">{how}</th>
            <td>{reach.hosts}</td>
            <td>{shareText(reach.share)}</td>
          </tr>
        ))}
        <tr>
          <th scope="row">the internet</th>
          <td colSpan={2}>
            {internet === 'no' ? (
              <Status tone="ok">No</Status>
            ) : (
              <Status tone="warn">{internet === 'direct' ? 'Yes, by itself' : 'Through other machines'}</Status>
            )}
          </td>
        </tr>
        <tr>
          <th scope="row">neighbours in its segment</th>
          <td colSpan={2}>{neighbours}</td>
        </tr>
      </tbody>
    </table>
  );
}

function Content({
  title,
  projects,
}: {
  readonly title: string;
  readonly projects: BreachView['projects']['exposed'];
}) {
  const { hat } = useNetwork();
  if (projects.length === 0) return null;
  return (
    <div>
      <h4>{title}</h4>
      <div className="pl-row" style={{ gap: 6 }}>
        {projects.map((project) => (
          <span key={project.id} className="pl-chip">
            <ProjectName project={project} link={hat === 'facility'} />
          </span>
        ))}
      </div>
    </div>
  );
}

function HostList({ title, hosts }: { readonly title: string; readonly hosts: BreachView['hosts']['direct'] }) {
  const { hat, at } = useNetwork();
  if (hosts.length === 0) return null;
  return (
    <div>
      <h4>
        {title} <span className="pl-dim">({hosts.length})</span>
      </h4>
      <ul className="nw-hosts">
        {hosts.slice(0, HOSTS_SHOWN).map((host) => (
          <li key={host.id}>
            <Link to={paths.network(hat, 'map', { host: host.id, at })}>{host.name}</Link>{' '}
            <small className="pl-dim">{host.zone}</small>
          </li>
        ))}
        {hosts.length > HOSTS_SHOWN ? <li className="pl-dim">and {hosts.length - HOSTS_SHOWN} more</li> : null}
      </ul>
    </div>
  );
}
