/** One person: access, credentials, sessions, history, and the one button that ends it all. */
import { Button } from '@mantine/core';
import { Link, useParams } from 'react-router';
import { useSearchParams } from '../kit/address.ts';
import type { AnswerOf } from '#api/endpoints.ts';
import type { CredentialView } from '#api/endpoints/views.ts';
import { isId } from '#std/ids.ts';
import type { PersonId } from '#std/ids.ts';
import { Denial } from '../data/client.ts';
import { useAct, useAnswer } from '../data/query.ts';
import { ActButton, lacking } from '../kit/act-button.tsx';
import { Answer, Empty, Refusal } from '../kit/answer.tsx';
import { useConfirm } from '../kit/confirm.tsx';
import { Moment } from '../kit/moment.tsx';
import { Facts, Page, Section, Tabs } from '../kit/page.tsx';
import { ProjectName } from '../kit/person-name.tsx';
import { Notice, StateOf, Status } from '../kit/status.tsx';
import { Table } from '../kit/table.tsx';
import { absoluteText } from '../kit/words.ts';
import { AtPicker, instantOf } from '../ledger/at-picker.tsx';
import { History } from '../ledger/history.tsx';
import { paths } from '../paths.ts';
import { CredentialTable } from './credential-table.tsx';
import { ExtendButtons, useEndEngagement } from './engagement-acts.tsx';
import { InviteButton, PersonActs, WithdrawInvitation } from './person-acts.tsx';
import { PersonStanding } from './person-standing.tsx';
import { CutLine } from './receipts.tsx';
import { SessionTable } from './session-table.tsx';

type Seen = AnswerOf<'see-person'>;

const INVITATIONS_SHOWN = 3;

export function PersonPage() {
  const { person, tab = 'access' } = useParams();
  if (!isId('person', person)) return <Refusal error={new Denial(404, 'unknown-person', 'There is no such person.')} />;
  return <Person id={person} tab={tab} />;
}

function Person({ id, tab }: { readonly id: PersonId; readonly tab: string }) {
  const [search] = useSearchParams();
  const at = instantOf(search);
  const answer = useAnswer('see-person', { params: { person: id }, query: { at } }, { keep: true });
  const then = at === undefined ? {} : { at };
  const isBefore = at !== undefined && answer.error instanceof Denial && answer.error.code === 'unknown-person';
  // By the name of today, where there was none yet.
  const today = useAnswer('see-person', { params: { person: id }, query: {} }, { enabled: isBefore });
  const view = isBefore ? undefined : answer.data?.person;
  const known = view ?? today.data?.person;
  const name = known === undefined ? 'Person' : (known.name ?? 'Sealed name');
  return (
    <Page
      title={name}
      crumbs={
        <>
          <Link to={paths.people()}>People</Link>
          <span>/</span>
        </>
      }
      heading={
        <>
          {name}
          {view === undefined ? null : <PersonStanding person={view} />}
        </>
      }
      lead={
        view === undefined ? undefined : (
          <>
            {view.mail ?? (view.nature === 'service' ? 'A service' : 'No mail address')} ·{' '}
            {view.lastSessionAt === undefined ? (
              'never signed in'
            ) : (
              <>
                last seen <Moment at={view.lastSessionAt} />
              </>
            )}
          </>
        )
      }
      actions={answer.data === undefined || at !== undefined ? undefined : <PersonActs seen={answer.data} />}
    >
      <Tabs
        label="Person"
        tabs={[
          ['Access', paths.person(id, 'access', then)],
          ['Credentials', paths.person(id, 'credentials', then)],
          ['Sessions', paths.person(id, 'sessions', then)],
          ['History', paths.person(id, 'history', then)],
        ]}
      />
      {tab === 'history' ? null : (
        <div className="pl-row pl-no-print" style={{ marginBottom: 12 }}>
          <AtPicker isSaid />
          <Link className="pl-small" to={paths.whatCan('facility', id, at)}>
            Everything {name} {at === undefined ? 'may do' : 'could do then'}
          </Link>
        </div>
      )}
      {at === undefined || tab === 'history' ? null : (
        <div style={{ marginBottom: 12 }}>
          <Notice tone="warn">As it was on {absoluteText(at)}. Nothing can be changed there.</Notice>
        </div>
      )}
      {isBefore ? (
        <Empty title={`${known === undefined ? 'This person' : name} was not known here yet`}>
          {known === undefined ? null : (
            <>
              Added on <Moment at={known.addedAt} as="full" />.
            </>
          )}
        </Empty>
      ) : (
        <Answer of={answer}>{(seen) => <PersonTabBody tab={tab} seen={seen} past={at !== undefined} />}</Answer>
      )}
    </Page>
  );
}

interface TabProps {
  readonly seen: Seen;
  /** The page looks back: everything is shown, nothing can be done. */
  readonly past: boolean;
}

function PersonTabBody({ tab, seen, past }: TabProps & { readonly tab: string }) {
  if (tab === 'credentials') return <Credentials seen={seen} past={past} />;
  if (tab === 'sessions')
    return seen.sessions.length === 0 ? (
      <Empty title={past ? 'Was not connected anywhere' : 'Not connected anywhere'} />
    ) : (
      <SessionTable sessions={seen.sessions} label="Live sessions" past={past} />
    );
  if (tab === 'history') return <History name="person-history" params={{ person: seen.person.id }} hat="facility" />;
  return <Access seen={seen} past={past} />;
}

function Access({ seen, past }: TabProps) {
  const end = useEndEngagement();
  const { person } = seen;
  const onboarding = (['nda', 'training', 'screening'] as const).map(
    (item) => [item, person.onboarding[item]] as const,
  );
  return (
    <div className="pl-two">
      <div>
        {seen.engagements.length === 0 ? (
          <Empty
            title="On no project"
            actions={
              past ? undefined : (
                <Button variant="default" component={Link} to={paths.projects()}>
                  Choose a project
                </Button>
              )
            }
          >
            Access starts on a project: add {person.name ?? 'this person'} there, with a role and an end.
          </Empty>
        ) : (
          <Table
            label="Engagements"
            rows={seen.engagements}
            keyOf={(one) => one.id}
            columns={[
              { head: 'Project', cell: (one) => <ProjectName project={one.project} link /> },
              { head: 'Role', cell: (one) => one.role.title },
              { head: 'State', cell: (one) => <StateOf state={one.state} /> },
              { head: 'Ends', cell: (one) => <Moment at={one.ended?.at ?? one.until} /> },
              {
                head: 'Actions',
                end: true,
                cell: (one) =>
                  past || one.state === 'ended' || one.state === 'over' ? null : (
                    <span className="pl-row" style={{ justifyContent: 'flex-end', flexWrap: 'nowrap' }}>
                      <ExtendButtons engagement={one} />
                      <ActButton
                        size="compact-sm"
                        variant="default"
                        onClick={() => end(one)}
                        unless={one.may.includes('engagement.end') ? undefined : 'You may not end this.'}
                      >
                        End…
                      </ActButton>
                    </span>
                  ),
              },
            ]}
          />
        )}
        {seen.cuts.length === 0 ? null : (
          <Section title="Access ended">
            <div className="pl-card">
              {seen.cuts.map((cut) => (
                <CutLine key={cut.id} cut={cut} />
              ))}
            </div>
          </Section>
        )}
      </div>
      <div className="pl-card pl-pad">
        <Facts
          facts={[
            [
              'Facility roles',
              person.roles.length === 0 ? (
                'none'
              ) : (
                <>
                  {person.roles.map((one) => (
                    <div key={one.role.id}>
                      {one.role.title}, until <Moment at={one.until} as="date" />
                    </div>
                  ))}
                </>
              ),
            ],
            ['Added', <Moment at={person.addedAt} as="date" />],
            ...onboarding.map(
              ([item, until]) =>
                [
                  { nda: 'NDA', training: 'Training', screening: 'Screening' }[item],
                  until === undefined ? (
                    <span className="pl-dim">not on record</span>
                  ) : (
                    <>
                      until <Moment at={until} as="date" />
                    </>
                  ),
                ] as const,
            ),
            person.dormancyWarnedAt === undefined ? undefined : ['Dormancy', <Status tone="warn">Warned</Status>],
            ...seen.invitations
              .toSorted((a, b) => b.expiresAt - a.expiresAt)
              .slice(0, INVITATIONS_SHOWN)
              .map(
                (one) =>
                  [
                    one.purpose === 'recover' ? 'Recovery link' : 'Invitation',
                    <span className="pl-row" style={{ gap: 6 }}>
                      <StateOf state={one.state} />
                      <span>
                        until <Moment at={one.expiresAt} />
                      </span>
                      {past ? null : <WithdrawInvitation invitation={one} person={person} />}
                    </span>,
                  ] as const,
              ),
          ]}
        />
      </div>
    </div>
  );
}

function Credentials({ seen, past }: TabProps) {
  const revoke = useAct('revoke-credential');
  const confirm = useConfirm();
  if (seen.credentials.length === 0)
    return (
      <Empty
        title="No way to sign in yet"
        actions={past || seen.person.nature === 'service' ? undefined : <InviteButton person={seen.person} />}
      >
        An invitation link lets {seen.person.name ?? 'this person'} choose one. You hand it over yourself.
      </Empty>
    );
  const ask = (credential: CredentialView) =>
    confirm({
      title: `Revoke “${credential.label}”?`,
      body: 'Sessions that it opened are cut.',
      verb: 'Revoke',
      danger: true,
      reason: 'optional',
      act: (reason) =>
        revoke.mutateAsync({ params: { credential: credential.id }, body: reason === undefined ? {} : { reason } }),
    });
  return (
    <CredentialTable
      credentials={seen.credentials}
      revoke={ask}
      unless={past ? 'This is the past.' : lacking(seen.person.may, 'credential.revoke')}
    />
  );
}
