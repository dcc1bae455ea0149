/** Who and what would hurt most: machines, people and credentials by what they would expose, and where a wall would help most. */
import { SegmentedControl } from '@mantine/core';
import { Link } from 'react-router';
import { useSearchParams } from '../kit/address.ts';
import type { BlastView, RadiusView } from '#api/endpoints/blast-views.ts';
import { useAnswer } from '../data/query.ts';
import { Answer, Empty } from '../kit/answer.tsx';
import { Moment } from '../kit/moment.tsx';
import { Section } from '../kit/page.tsx';
import { Notice } from '../kit/status.tsx';
import { Table } from '../kit/table.tsx';
import { countText } from '../kit/words.ts';
import { paths } from '../paths.ts';
import { ShareBar, shareText } from './breach.tsx';
import { dialogQuery } from './dialog-address.ts';
import { useNetwork } from './network-context.ts';
import { StartHere } from './start-here.tsx';
import { WhatIf } from './what-if.tsx';

const ROWS_SHOWN = 50;
const LISTS = ['worst', 'hosts', 'people', 'credentials'] as const;
type List = (typeof LISTS)[number];

export function BlastTab() {
  const { net, at } = useNetwork();
  const blast = useAnswer('network-blast', { query: { at } }, { keep: true });
  if (net.zones.length === 0) return <StartHere />;
  return (
    <>
      <Section title="What if this were compromised?" note="One or several, by the same hand">
        <WhatIf />
      </Section>
      <Answer of={blast} rows={12}>
        {(found) => <BlastBody blast={found} />}
      </Answer>
    </>
  );
}

function BlastBody({ blast }: { readonly blast: BlastView }) {
  const [search, setSearch] = useSearchParams();
  const list = LISTS.find((one) => one === search.get('list')) ?? 'worst';
  const rows = blast[list];
  const all = list === 'worst' ? rows.length : blast.counts[list];
  const choose = (value: string) =>
    setSearch(
      (before) => {
        before.set('list', value);
        return before;
      },
      { replace: true },
    );
  return (
    <>
      <Section
        title="Ranked"
        note={`Shares of ${countText(blast.projects, 'stored project')}, by ${blast.basis === 'bytes' ? 'bytes' : 'number'}`}
        actions={
          <SegmentedControl
            size="xs"
            aria-label="Which"
            value={list}
            onChange={choose}
            data={[
              { value: 'worst', label: 'Worst ten' },
              { value: 'hosts', label: `Hosts (${blast.counts.hosts})` },
              { value: 'people', label: `People (${blast.counts.people})` },
              { value: 'credentials', label: `Credentials (${blast.counts.credentials})` },
            ]}
          />
        }
      >
        {rows.length === 0 ? (
          <Empty title={list === 'worst' ? 'Nobody and nothing exposes any content' : 'None here'}>
            Content counts from where it is kept: say on the hosts which projects lie on them.
          </Empty>
        ) : (
          <RadiusTable rows={rows} list={list} all={all} />
        )}
        {blast.complete ? null : (
          <div style={{ marginTop: 8 }}>
            <Notice tone="warn">
              There are more changes ahead than were looked at: a worse instant than these may come.
            </Notice>
          </div>
        )}
      </Section>
      <ChokePoints blast={blast} />
    </>
  );
}

interface RadiusTableProps {
  readonly rows: readonly RadiusView[];
  readonly list: List;
  /** Those included that are not among the rows. */
  readonly all: number;
}

function RadiusTable({ rows, list, all }: RadiusTableProps) {
  return (
    <>
      <Table
        label="Blast radius"
        rows={rows.slice(0, ROWS_SHOWN)}
        keyOf={(row) => row.subject.id}
        columns={[
          { head: list === 'worst' ? 'What' : 'Which', cell: (row) => <Subject row={row} /> },
          { head: 'Exposed now', cell: (row) => <ShareCell share={row.now.exposed.share} /> },
          { head: 'Worse later', cell: (row) => <Worst row={row} /> },
          { head: 'Hosts, one step', end: true, cell: (row) => row.now.direct.hosts },
          { head: 'Hosts, any steps', end: true, cell: (row) => row.now.anyWay.hosts },
          {
            head: 'Internet',
            cell: (row) =>
              row.now.internet === 'no' ? (
                <span className="pl-dim">no</span>
              ) : row.now.internet === 'direct' ? (
                'direct'
              ) : (
                'indirect'
              ),
          },
        ]}
      />
      {all > ROWS_SHOWN ? (
        <p className="pl-dim pl-small" style={{ marginTop: 6 }}>
          {all - ROWS_SHOWN} more expose less, or as much.
        </p>
      ) : null}
    </>
  );
}

const KINDS = { host: 'Host', person: 'Person', credential: 'Credential' } as const;

function Subject({ row: { subject } }: { readonly row: RadiusView }) {
  const { net, hat, at } = useNetwork();
  const keeps =
    subject.kind === 'host' && net.hosts.some(({ id, projects }) => id === subject.id && projects.length > 0);
  const name = subject.name ?? 'sealed name';
  const to =
    subject.kind === 'host'
      ? paths.network(hat, 'map', { host: subject.id, at })
      : paths.network(hat, 'blast', { what: `${subject.kind}:${subject.id}`, at });
  return (
    <span>
      <Link className="pl-main-link" to={to}>
        {name}
      </Link>
      <div className="pl-dim pl-small">
        {[KINDS[subject.kind], subject.detail, keeps ? 'keeps content itself' : undefined].filter(Boolean).join(', ')}
      </div>
    </span>
  );
}

function ShareCell({ share }: { readonly share: number }) {
  return (
    <span className="nw-share-cell">
      <span>{shareText(share)}</span>
      <ShareBar share={share} />
    </span>
  );
}

function Worst({ row: { now, worst } }: { readonly row: RadiusView }) {
  if (worst.exposed.share <= now.exposed.share) return <span className="pl-dim">–</span>;
  return (
    <span className="pl-row" style={{ gap: 8, flexWrap: 'nowrap' }}>
      <ShareCell share={worst.exposed.share} />
      <span className="pl-small">
        from <Moment at={worst.at} />
      </span>
    </span>
  );
}

function ChokePoints({ blast }: { readonly blast: BlastView }) {
  const { hat, at } = useNetwork();
  if (blast.chokePoints.length === 0) return null;
  return (
    <Section
      title="Choke points"
      note="Every way from these many machines to content passes here: guard them, or take them away"
    >
      <Table
        label="Choke points"
        rows={blast.chokePoints}
        keyOf={(point) => point.id}
        columns={[
          {
            head: 'Through',
            cell: (point) => (
              <Link
                className="pl-main-link"
                to={
                  point.kind === 'host'
                    ? paths.network(hat, 'map', { host: point.id, at })
                    : paths.network(hat, 'rules', { ...dialogQuery('flow', point.id), at })
                }
              >
                {point.name}
              </Link>
            ),
          },
          { head: 'Kind', cell: (point) => (point.kind === 'host' ? 'Host' : 'Rule') },
          { head: 'Machines that depend on it', end: true, cell: (point) => point.hosts },
          { head: 'Exposure it alone carries', cell: (point) => <ShareCell share={point.share} /> },
        ]}
      />
    </Section>
  );
}
