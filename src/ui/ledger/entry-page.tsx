/** One entry: what it says, its proof, and the world as it was then. */
import { Button, Code } from '@mantine/core';
import { IconDownload } from '@tabler/icons-react';
import type { ReactNode } from 'react';
import { Link, useParams } from 'react-router';
import type { AnswerOf } from '#api/endpoints.ts';
import { Denial } from '../data/client.ts';
import { save } from '../data/save.ts';
import { useAnswer } from '../data/query.ts';
import { Answer, Empty, Refusal } from '../kit/answer.tsx';
import { Digest } from '../kit/digest.tsx';
import { Moment } from '../kit/moment.tsx';
import { Facts, Page, Section } from '../kit/page.tsx';
import { StateOf, Status } from '../kit/status.tsx';
import { Table } from '../kit/table.tsx';
import { countText, dateText } from '../kit/words.ts';
import { paths } from '../paths.ts';
import type { Hat } from '../paths.ts';
import { heldBy } from './held-by.ts';
import { actorOf, sentenceOf, subjectOf } from './sentence.ts';

type Seen = AnswerOf<'see-entry'>;

export function EntryPage({ hat }: { readonly hat: Hat }) {
  const { index = '' } = useParams();
  if (!/^\d{1,15}$/.test(index)) return <Refusal error={new Denial(404, 'unknown-entry', 'There is no such entry.')} />;
  return <Entry index={Number(index)} hat={hat} />;
}

function Entry({ index, hat }: { readonly index: number; readonly hat: Hat }) {
  const answer = useAnswer('see-entry', { params: { index } });
  return (
    <Page
      title={`Entry ${index}`}
      crumbs={
        <>
          <Link to={paths.ledger(hat)}>Ledger</Link>
          <span>/</span>
        </>
      }
      lead={answer.data === undefined ? undefined : leadOf(answer.data.entry)}
    >
      <Answer of={answer} rows={9}>
        {(seen) => <EntryBody seen={seen} hat={hat} />}
      </Answer>
    </Page>
  );
}

function leadOf(entry: Seen['entry']): string {
  const subject = subjectOf(entry);
  return `${actorOf(entry)}: ${sentenceOf(entry)}${subject === '' ? '' : `. About ${subject}`}`;
}

function EntryBody({ seen, hat }: { readonly seen: Seen; readonly hat: Hat }) {
  const { entry } = seen;
  return (
    <div className="pl-two">
      <div>
        <div className="pl-card pl-pad">
          <Facts
            facts={[
              ['When', <Moment at={entry.at} as="full" />],
              ['Kind', <code>{entry.kind}</code>],
              ['By', actorOf(entry)],
              entry.by.from === undefined ? undefined : ['From', <code>{entry.by.from}</code>],
              entry.person === undefined
                ? undefined
                : [
                    'Person',
                    <Link to={paths.ledger(hat, { person: entry.person.id })}>
                      {entry.person.name ?? 'sealed name'}
                    </Link>,
                  ],
              entry.project === undefined
                ? undefined
                : [
                    'Project',
                    <Link to={paths.ledger(hat, { project: entry.project.alias })}>{entry.project.alias}</Link>,
                  ],
              entry.about.path === undefined
                ? undefined
                : ['Path', <Link to={paths.ledger(hat, { path: entry.about.path })}>{entry.about.path}</Link>],
              entry.by.session === undefined
                ? undefined
                : ['Session', <Link to={paths.ledger(hat, { session: entry.by.session })}>Everything in it</Link>],
              [
                'Stream',
                <>
                  number {entry.n} of {streamText(entry)}
                </>,
              ],
            ]}
          />
        </div>
        <Section title="What it holds">
          <div className="pl-card pl-pad">
            {heldBy(entry.data).length === 0 ? (
              <p className="pl-dim">Nothing beyond what is said above.</p>
            ) : (
              <Facts facts={heldBy(entry.data)} />
            )}
          </div>
        </Section>
        <details className="pl-section">
          <summary>The bytes in the ledger: canonical JSON; sealed fields stay sealed</summary>
          <Code block style={{ whiteSpace: 'pre-wrap', overflowWrap: 'anywhere', marginTop: 8 }}>
            {seen.bytes}
          </Code>
        </details>
      </div>
      <div className="pl-stack">
        <Proof seen={seen} />
        <Then seen={seen} hat={hat} />
      </div>
    </div>
  );
}

function streamText({ stream, project }: Seen['entry']): ReactNode {
  if (stream === 'facility') return 'the facility';
  if (stream === 'ledger') return 'the ledger itself';
  return stream === project?.id ? project.alias : <code>{stream}</code>;
}

function Proof({ seen }: { readonly seen: Seen }) {
  const { proof } = seen;
  return (
    <section className="pl-card pl-pad pl-stack" aria-label="Proof">
      <div className="pl-spread">
        <h2 style={{ fontSize: 14 }}>Proof</h2>
        {proof === undefined ? <Status tone="warn">Not sealed yet</Status> : <Status tone="ok">Sealed</Status>}
      </div>
      <Facts
        facts={[
          ['Index', seen.entry.index],
          ['Leaf hash', <Digest value={seen.leafHash} what="the leaf hash" />],
        ]}
      />
      <details>
        <summary className="pl-small">The checkpoint that covers it</summary>
        <Code block style={{ whiteSpace: 'pre-wrap', overflowWrap: 'anywhere', marginTop: 8 }}>
          {seen.checkpoint}
        </Code>
      </details>
      {proof === undefined ? (
        <p className="pl-dim pl-small">A checkpoint is signed within a second; this page follows.</p>
      ) : (
        <Button
          variant="default"
          leftSection={<IconDownload size={16} aria-hidden />}
          onClick={() => save(new Blob([proof], { type: 'text/plain' }), `entry-${seen.entry.index}.tlog-proof`)}
        >
          Download the .tlog-proof
        </Button>
      )}
      <p className="pl-dim pl-small">
        A C2SP tlog-proof: it shows with any standard tool, and without this server, that the entry stands in the signed
        log.
      </p>
    </section>
  );
}

function Then({ seen, hat }: { readonly seen: Seen; readonly hat: Hat }) {
  const { world: then, entry } = seen;
  return (
    <section className="pl-card pl-pad pl-stack" aria-label="The world as it was then">
      <h2 style={{ fontSize: 14 }}>The world as it was then</h2>
      <Facts
        facts={[
          ['After', countText(then.size, 'entry', 'entries')],
          ['Live sessions', then.sessionCount],
          then.projectStanding === undefined ? undefined : ['Project', <StateOf state={then.projectStanding} />],
          then.personRoles.length === 0
            ? undefined
            : ['Facility roles', then.personRoles.map((one) => one.role.title).join(', ')],
        ]}
      />
      {then.engagements.length === 0 ? (
        entry.project === undefined ? null : (
          <Empty title="Nobody was on the project" />
        )
      ) : (
        <Table
          label="Who was on the project"
          rows={then.engagements}
          keyOf={(one) => one.id}
          columns={[
            { head: 'Who', cell: (one) => one.person.name ?? 'sealed name' },
            { head: 'As', cell: (one) => one.role.title },
            { head: 'Until', cell: (one) => <span className="pl-nowrap">{dateText(one.until)}</span> },
          ]}
        />
      )}
      {entry.project === undefined ? null : (
        <Link
          to={
            hat === 'assess'
              ? paths.whoHadAccess(entry.project.alias, then.at)
              : paths.project(entry.project.alias, 'people', { at: then.at })
          }
        >
          The whole timeline at that instant
        </Link>
      )}
    </section>
  );
}
