/** Entries of the ledger as a list, newest first. */
import { Link } from 'react-router';
import type { EntryView } from '#api/endpoints/views.ts';
import { Moment } from '../kit/moment.tsx';
import { PersonName } from '../kit/person-name.tsx';
import { Table } from '../kit/table.tsx';
import { paths } from '../paths.ts';
import type { Hat } from '../paths.ts';
import { actorOf, sentenceOf, subjectOf } from './sentence.ts';

export function EntryTable({ entries, hat }: { readonly entries: readonly EntryView[]; readonly hat: Hat }) {
  return (
    <Table
      label="Ledger entries"
      rows={entries}
      keyOf={(entry) => entry.index}
      columns={[
        {
          head: 'Entry',
          end: true,
          cell: (entry) => (
            <Link to={paths.entry(hat, entry.index)} aria-label={`Entry ${entry.index}`}>
              {entry.index}
            </Link>
          ),
        },
        { head: 'When', cell: (entry) => <Moment at={entry.at} as="full" /> },
        {
          head: 'By',
          cell: (entry) =>
            entry.by.person === undefined ? (
              <span className="pl-dim">{actorOf(entry)}</span>
            ) : (
              <PersonName person={entry.by.person} />
            ),
        },
        { head: 'What', cell: (entry) => <span className="pl-break">{sentenceOf(entry)}</span> },
        {
          head: 'About',
          cell: (entry) => subjectOf(entry) || <span className="pl-dim">–</span>,
        },
        { head: 'Kind', cell: (entry) => <code>{entry.kind}</code> },
      ]}
    />
  );
}
