/** The answers to "who can" and "what can", as tables. */
import { useQuery } from '@tanstack/react-query';
import { Link } from 'react-router';
import type { AnswerOf } from '#api/endpoints.ts';
import { isId } from '#std/ids.ts';
import type { PersonId } from '#std/ids.ts';
import { isAction } from '#model/actions.ts';
import { call, Denial } from '../data/client.ts';
import { actionSays, actionTitle } from '../kit/action-says.ts';
import { Answer, Empty, Refusal } from '../kit/answer.tsx';
import { Moment } from '../kit/moment.tsx';
import { Section } from '../kit/page.tsx';
import { PersonName, ProjectName } from '../kit/person-name.tsx';
import { Table } from '../kit/table.tsx';
import { absoluteText, countText } from '../kit/words.ts';
import { paths } from '../paths.ts';
import type { Question } from './decision-page.tsx';

interface WhoCanProps {
  readonly question: Question;
  readonly action: string;
  readonly project: string | undefined;
  readonly path: string;
}

export function WhoCan({ question, action, project, path }: WhoCanProps) {
  const { at } = question;
  const body = {
    ...(project === undefined ? {} : { project }),
    ...(project === undefined || path === '' ? {} : { path }),
    ...(at === undefined ? {} : { at }),
  };
  const answer = useQuery({
    queryKey: ['who-can', action, body],
    queryFn: () => {
      if (!isAction(action)) throw new Denial(404, 'unknown-action', `There is no action “${action}”.`);
      return call('who-can', { body: { action, ...body } });
    },
  });
  const where = project === undefined ? 'in the facility' : `on ${project}${path === '' ? '' : `, ${path}`}`;
  return (
    <Answer of={answer}>
      {({ people }) =>
        people.length === 0 ? (
          <Empty title={at === undefined ? 'Nobody can' : 'Nobody could'}>
            {actionTitle(action)} {where}, {whenText(at)}.
          </Empty>
        ) : (
          <>
            <p style={{ marginBottom: 10 }}>
              <span className="pl-strong">{countText(people.length, 'person', 'people')}</span>{' '}
              {at === undefined ? 'can' : 'could'} {actionSays(action)} {where}, {whenText(at)}.
            </p>
            <Table label="Who can" rows={people} keyOf={(row) => row.person.id} columns={whoColumns(question)} />
          </>
        )
      }
    </Answer>
  );
}

function whenText(at: number | undefined): string {
  return at === undefined ? 'as things stand now' : `at ${absoluteText(at)}`;
}

type WhoRow = AnswerOf<'who-can'>['people'][number];

function whoColumns({ hat, at }: Question) {
  return [
    {
      head: 'Who',
      cell: ({ person }: WhoRow) => (
        <PersonName person={person} link={hat === 'facility'} {...(at === undefined ? {} : { at })} />
      ),
    },
    {
      head: 'Because',
      cell: ({ decision }: WhoRow) => decision.because.map((rule) => <div key={rule.rule}>{rule.message}</div>),
    },
    { head: 'Until', cell: ({ decision }: WhoRow) => <Until until={decision.until} /> },
    {
      head: 'More',
      end: true,
      cell: ({ person }: WhoRow) => (
        <Link className="pl-small" to={paths.whatCan(hat, person.id, at)}>
          What else?
        </Link>
      ),
    },
  ];
}

function Until({ until }: { readonly until: number | null }) {
  return until === null ? <span className="pl-dim">no end by the clock</span> : <Moment at={until} as="date" />;
}

export function WhatCan({ question, person }: { readonly question: Question; readonly person: string | undefined }) {
  if (person === undefined) return <Empty title="Choose somebody" />;
  if (!isId('person', person)) return <Refusal error={new Denial(404, 'unknown-person', 'There is no such person.')} />;
  return <WhatPersonCan question={question} person={person} />;
}

function WhatPersonCan({ question, person }: { readonly question: Question; readonly person: PersonId }) {
  const { at, hat } = question;
  const answer = useQuery({
    queryKey: ['what-can', person, at],
    queryFn: () => call('what-can', { body: { person, ...(at === undefined ? {} : { at }) } }),
  });
  return (
    <Answer of={answer}>
      {({ facility, projects }) =>
        facility.length === 0 && projects.length === 0 ? (
          <Empty title={at === undefined ? 'Nothing at all' : 'Nothing at all, then'}>
            No role and no engagement {at === undefined ? 'gives' : 'gave'} this person anything {whenText(at)}.
          </Empty>
        ) : (
          <>
            {projects.map((row) => (
              <Section
                key={row.project.id}
                title={row.project.alias}
                note={countText(row.actions.length, 'action')}
                actions={hat === 'facility' ? <ProjectName project={row.project} link /> : null}
              >
                <ProjectActions row={row} />
              </Section>
            ))}
            {facility.length === 0 ? null : (
              <Section title="Over the facility" note={countText(facility.length, 'action')}>
                <div className="pl-card pl-pad pl-row" style={{ gap: 6 }}>
                  {facility.map((action) => (
                    <span key={action} className="pl-chip" title={action}>
                      {actionSays(action)}
                    </span>
                  ))}
                </div>
              </Section>
            )}
          </>
        )
      }
    </Answer>
  );
}

type ProjectRow = AnswerOf<'what-can'>['projects'][number];

/** Actions with the same reach and the same end are one line: forty lines that differ in nothing hide the one that does. */
function ProjectActions({ row }: { readonly row: ProjectRow }) {
  const groups = Map.groupBy(row.actions, ({ folders, until }) => `${folders?.join(' ') ?? '*'} ${until ?? ''}`);
  return (
    <Table
      label={`Actions on ${row.project.alias}`}
      rows={[...groups.values()]}
      keyOf={(group) => group[0]?.action ?? ''}
      columns={[
        {
          head: 'May',
          cell: (group) => (
            <span className="pl-row" style={{ gap: 4 }}>
              {group.map(({ action }) => (
                <span key={action} className="pl-chip" title={action}>
                  {actionSays(action)}
                </span>
              ))}
            </span>
          ),
        },
        { head: 'In', cell: (group) => group[0]?.folders?.join(', ') ?? 'the whole project' },
        { head: 'Until', cell: (group) => <Until until={group[0]?.until ?? null} /> },
      ]}
    />
  );
}
