/** What was refused lately: sign-ins, acts, files. */
import { Link } from 'react-router';
import type { EntryView } from '#api/endpoints/views.ts';
import { Moment } from '../../kit/moment.tsx';
import { Section } from '../../kit/page.tsx';
import { PersonName } from '../../kit/person-name.tsx';
import { Table } from '../../kit/table.tsx';
import { sentenceOf } from '../../ledger/sentence.ts';
import { paths } from '../../paths.ts';

const SHOWN_MAX = 8;

export function Refused({ entries }: { readonly entries: readonly EntryView[] }) {
  if (entries.length === 0) return null;
  return (
    <Section
      title="Refused"
      note="Sign-ins and acts in the last day"
      actions={<Link to={paths.ledger('facility', { kind: 'signin.refused' })}>In the ledger</Link>}
    >
      <Table
        label="Refused attempts"
        rows={entries.slice(0, SHOWN_MAX)}
        keyOf={(entry) => entry.index}
        columns={[
          { head: 'When', cell: (entry) => <Moment at={entry.at} /> },
          {
            head: 'Who',
            cell: (entry) =>
              entry.person === undefined ? (
                <span className="pl-dim">Nobody we know</span>
              ) : (
                <PersonName person={entry.person} link />
              ),
          },
          {
            head: 'What',
            cell: (entry) => (
              <Link className="pl-main-link" to={paths.entry('facility', entry.index)}>
                {sentenceOf(entry)}
              </Link>
            ),
          },
          { head: 'From', cell: (entry) => <code>{entry.by.from ?? 'unknown'}</code> },
        ]}
      />
    </Section>
  );
}
