/** Live sessions, wherever they are listed. */
import type { SessionView } from '#api/endpoints/views.ts';
import { useAct } from '../data/query.ts';
import { ActButton } from '../kit/act-button.tsx';
import { useConfirm } from '../kit/confirm.tsx';
import { GATES } from '../kit/gates.ts';
import { Moment } from '../kit/moment.tsx';
import { PersonName, ProjectName } from '../kit/person-name.tsx';
import { Table } from '../kit/table.tsx';
import { bytesText } from '../kit/words.ts';

interface SessionTableProps {
  readonly sessions: readonly SessionView[];
  readonly label: string;
  readonly own?: boolean;
  /** Sessions as they were at an earlier instant. */
  readonly past?: boolean;
}

export function SessionTable({ sessions, label, own = false, past = false }: SessionTableProps) {
  const confirm = useConfirm();
  const end = useAct('end-session');
  const endOwn = useAct('end-my-session');
  const ask = (session: SessionView) =>
    confirm({
      title: 'End this session?',
      body: (
        <>
          {GATES[session.gate]} session of {session.person.name ?? 'a person'}. What it transfers now stops; the person
          may connect anew while access lasts.
        </>
      ),
      verb: 'End session',
      danger: true,
      act: () => (own ? endOwn : end).mutateAsync({ params: { session: session.id } }),
    });
  const unless = (session: SessionView) =>
    past
      ? 'This is the past.'
      : own || session.may.includes('session.end')
        ? undefined
        : 'You may not end this session (session.end).';
  return (
    <Table
      label={label}
      rows={sessions}
      keyOf={(session) => session.id}
      columns={[
        ...(own ? [] : [{ head: 'Who', cell: (session: SessionView) => <PersonName person={session.person} link /> }]),
        {
          head: 'Through',
          cell: (session) => (
            <>
              {GATES[session.gate]}
              {session.current ? (
                <span className="pl-chip" style={{ marginLeft: 6 }}>
                  this one
                </span>
              ) : null}
              {session.paths === undefined ? null : <StorageOf paths={session.paths} />}
            </>
          ),
        },
        {
          head: 'Project',
          cell: (session) =>
            session.project === undefined ? (
              <span className="pl-dim">–</span>
            ) : (
              <ProjectName project={session.project} link={!own} />
            ),
        },
        {
          head: 'From',
          cell: (session) => (
            <>
              <code>{session.from ?? 'unknown'}</code>
              <div className="pl-dim pl-small">{session.client === undefined ? '' : clientText(session.client)}</div>
            </>
          ),
        },
        { head: 'Since', cell: (session) => <Moment at={session.openedAt} /> },
        { head: 'At most until', cell: (session) => <Moment at={session.until} /> },
        {
          head: 'Moved',
          end: true,
          cell: (session) => movedText(session) ?? <span className="pl-dim">–</span>,
        },
        {
          head: 'Actions',
          end: true,
          cell: (session) => (
            <ActButton size="compact-sm" variant="default" onClick={() => ask(session)} unless={unless(session)}>
              End…
            </ActButton>
          ),
        },
      ]}
    />
  );
}

function movedText({ traffic, passed }: SessionView): string | undefined {
  if (passed !== undefined) return `${bytesText(passed.bytes)} both ways`;
  return traffic === undefined ? undefined : `${bytesText(traffic.bytesIn)} in, ${bytesText(traffic.bytesOut)} out`;
}

/** `to nas-1, tcp 445`: what a share holds open, each storage and port once. */
function StorageOf({ paths }: { readonly paths: NonNullable<SessionView['paths']> }) {
  const ways = [...new Set(paths.map(({ host, protocol, port }) => `${host.name}, ${protocol} ${port}`))];
  return <div className="pl-dim pl-small">{ways.length === 0 ? 'no path open' : `to ${ways.join('; ')}`}</div>;
}

/** `Chrome on Linux` out of a browser's long name; other clients as they call themselves. */
export function clientText(client: string): string {
  const browser = /(Edg|Firefox|HeadlessChrome|Chrome|Safari)\//.exec(client)?.[1];
  const system = /(Windows|Mac OS X|Android|iPhone|iPad|Linux)/.exec(client)?.[1];
  const name = browser === 'Edg' ? 'Edge' : browser === 'HeadlessChrome' ? 'Chrome' : browser;
  return name === undefined ? client.slice(0, 40) : `${name}${system === undefined ? '' : ` on ${system}`}`;
}
