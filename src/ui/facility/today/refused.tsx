/** What was refused lately: sign-ins, acts, files. */
import { Link } from 'react-router';
import type { EntryView } from '#api/endpoints/views.ts';
import { Moment } from '../../kit/moment.tsx';
import { Section } from '../../kit/page.tsx';
import { PersonName } from '../../kit/person-name.tsx';
import { Table } from '../../kit/table.tsx';
import { paths } from '../../paths.ts';
import { kindsOf, refusalsOf } from './refusals.ts';

const SHOWN_MAX = 8;

export function Refused({ entries }: { readonly entries: readonly EntryView[] }) {
  if (entries.length === 0) return null;
  return (
    <Section
      title="Refused"
      note="In the last day"
      actions={
        <>
          <span className="pl-dim">In the ledger:</span>
          {kindsOf(entries).map(([kind, title]) => (
            <Link key={kind} to={paths.ledger('facility', { kind })}>
              {title}
            </Link>
          ))}
        </>
      }
    >
      <Table
        label="Refused attempts"
        rows={refusalsOf(entries).slice(0, SHOWN_MAX)}
        keyOf={({ newest }) => newest.index}
        columns={[
          { head: 'When', cell: ({ newest }) => <Moment at={newest.at} /> },
          {
            head: 'Who',
            cell: ({ newest }) =>
              newest.person === undefined ? (
                <span className="pl-dim">Nobody we know</span>
              ) : (
                <PersonName person={newest.person} link />
              ),
          },
          {
            head: 'What',
            cell: ({ newest, says, times }) => (
              <>
                <Link className="pl-main-link" to={paths.entry('facility', newest.index)}>
                  {says}
                </Link>
                {times === 1 ? null : <div className="pl-dim pl-small">{times} times, most lately then</div>}
              </>
            ),
          },
          { head: 'From', cell: ({ newest }) => <code>{newest.by.from ?? 'unknown'}</code> },
        ]}
      />
    </Section>
  );
}
