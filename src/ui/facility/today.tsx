/** What needs a person now. */
import { Button } from '@mantine/core';
import { Link } from 'react-router';
import type { AnswerOf } from '#api/endpoints.ts';
import type { EngagementView, EntryView, PersonView, RequestView } from '#api/endpoints/views.ts';
import { useAct, useAnswer } from '../data/query.ts';
import { useViewer } from '../data/viewer.ts';
import { ActButton, lacking } from '../kit/act-button.tsx';
import { Answer, Empty } from '../kit/answer.tsx';
import { useConfirm } from '../kit/confirm.tsx';
import { Moment } from '../kit/moment.tsx';
import { Page, Section } from '../kit/page.tsx';
import { PersonName, ProjectName } from '../kit/person-name.tsx';
import { say, sayRefused } from '../kit/say.ts';
import { Notice, StateOf, Status } from '../kit/status.tsx';
import { Table } from '../kit/table.tsx';
import { countText, dateText } from '../kit/words.ts';
import { sentenceOf } from '../ledger/sentence.ts';
import { paths } from '../paths.ts';
import { CutLine } from './receipts.tsx';
import { ExtendButtons, useEndEngagement } from './engagement-acts.tsx';
import { SessionTable } from './session-table.tsx';

const SHOWN_MAX = 8;

export function Today() {
  const viewer = useViewer();
  const today = useAnswer('today', {});
  return (
    <Page title="Today" lead={`${dateText(today.data?.now ?? Date.now())} at ${viewer.facility}`}>
      <Answer of={today} rows={8}>
        {(found) => <TodayBody found={found} />}
      </Answer>
    </Page>
  );
}

function TodayBody({ found }: { readonly found: AnswerOf<'today'> }) {
  const quiet = [
    found.expiring,
    found.requests,
    found.recoveries,
    found.refused,
    found.sessions,
    found.dormant,
    found.locked,
    found.cuts,
    found.notices,
  ].every((list) => list.length === 0);
  if (quiet)
    return <Empty title="Nothing needs you">No access ends soon, nobody asks for anything, nothing was refused.</Empty>;
  return (
    <>
      {found.notices.length === 0 ? null : (
        <div className="pl-stack">
          {found.notices.map((notice) => (
            <Notice key={notice.code + notice.message} tone="warn">
              {notice.message}
            </Notice>
          ))}
        </div>
      )}
      <Requests requests={found.requests} />
      <Recoveries recoveries={found.recoveries} />
      <Expiring engagements={found.expiring} />
      <Stopped people={[...found.locked, ...found.dormant]} />
      <Section
        title="Live now"
        note={countText(found.sessions.length, 'session')}
        actions={<Link to={paths.sessions()}>All sessions</Link>}
      >
        {found.sessions.length === 0 ? (
          <Empty title="Nobody is connected" />
        ) : (
          <SessionTable sessions={found.sessions.slice(0, SHOWN_MAX)} label="Live sessions" />
        )}
      </Section>
      <Refused entries={found.refused} />
      {found.cuts.length === 0 ? null : (
        <Section title="Access ended in the last day">
          <div className="pl-card">
            {found.cuts.slice(0, SHOWN_MAX).map((cut) => (
              <CutLine key={cut.id} cut={cut} />
            ))}
          </div>
        </Section>
      )}
    </>
  );
}

function Requests({ requests }: { readonly requests: readonly RequestView[] }) {
  const decide = useAct('decide-request');
  const confirm = useConfirm();
  if (requests.length === 0) return null;
  const grant = (request: RequestView) =>
    decide.mutate(
      { params: { request: request.id }, body: { granted: true } },
      { onSuccess: () => say('Granted.'), onError: sayRefused },
    );
  const decline = (request: RequestView) =>
    confirm({
      title: 'Decline this request?',
      body: <>{request.person.name ?? 'The person'} will see your reason.</>,
      verb: 'Decline',
      reason: 'required',
      danger: true,
      act: (reason) =>
        decide.mutateAsync({
          params: { request: request.id },
          body: { granted: false, ...(reason === undefined ? {} : { reason }) },
        }),
    });
  const unless = (request: RequestView) =>
    request.may.includes('request.decide')
      ? undefined
      : 'Somebody else decides this one; nobody decides their own request.';
  return (
    <Section title="To decide" note={countText(requests.length, 'request')}>
      <Table
        label="Requests to decide"
        rows={requests}
        keyOf={(request) => request.id}
        columns={[
          { head: 'Who', cell: (request) => <PersonName person={request.person} link /> },
          {
            head: 'Asks for',
            cell: (request) => (
              <>
                {request.ask === 'access' ? `${request.role?.title ?? 'access'} on ` : 'more time on '}
                <ProjectName project={request.project} link />
              </>
            ),
          },
          { head: 'Until', cell: (request) => <Moment at={request.until} as="date" /> },
          { head: 'Why', cell: (request) => request.reason },
          {
            head: 'Decision',
            end: true,
            cell: (request) => (
              <span className="pl-row" style={{ justifyContent: 'flex-end', flexWrap: 'nowrap' }}>
                <ActButton size="compact-sm" onClick={() => grant(request)} unless={unless(request)}>
                  Grant
                </ActButton>
                <ActButton
                  size="compact-sm"
                  variant="default"
                  onClick={() => decline(request)}
                  unless={unless(request)}
                >
                  Decline…
                </ActButton>
              </span>
            ),
          },
        ]}
      />
    </Section>
  );
}

function Recoveries({ recoveries }: { readonly recoveries: AnswerOf<'today'>['recoveries'] }) {
  const approve = useAct('approve-recovery');
  const confirm = useConfirm();
  if (recoveries.length === 0) return null;
  return (
    <Section title="Recoveries to approve" note="Two administrators, neither the person herself.">
      <Table
        label="Recoveries"
        rows={recoveries}
        keyOf={(recovery) => recovery.id}
        columns={[
          { head: 'Who', cell: (recovery) => <PersonName person={recovery.person} link /> },
          { head: 'Asked', cell: (recovery) => <Moment at={recovery.askedAt} /> },
          { head: 'Why', cell: (recovery) => recovery.reason },
          { head: 'Approved', cell: (recovery) => `${recovery.approvals.length} of ${recovery.needed}` },
          {
            head: 'Decision',
            end: true,
            cell: (recovery) => (
              <Button
                size="compact-sm"
                variant="default"
                onClick={() =>
                  approve.mutate(
                    { params: { recovery: recovery.id } },
                    {
                      onError: sayRefused,
                      onSuccess: ({ link }) => {
                        if (link !== undefined)
                          confirm({
                            title: 'Hand this link over',
                            body: <code className="pl-break">{link}</code>,
                            verb: 'Done',
                            act: () => Promise.resolve(),
                          });
                      },
                    },
                  )
                }
              >
                Approve
              </Button>
            ),
          },
        ]}
      />
    </Section>
  );
}

function Expiring({ engagements }: { readonly engagements: readonly EngagementView[] }) {
  const end = useEndEngagement();
  return (
    <Section title="Ending soon" note="Access that stops by itself within 14 days">
      {engagements.length === 0 ? (
        <Empty title="No access ends in the next 14 days" />
      ) : (
        <Table
          label="Ending soon"
          rows={engagements}
          keyOf={(one) => one.id}
          columns={[
            { head: 'Who', cell: (one) => <PersonName person={one.person} link /> },
            {
              head: 'On',
              cell: (one) => (
                <>
                  <ProjectName project={one.project} link /> <span className="pl-dim">{one.role.title}</span>
                </>
              ),
            },
            { head: 'Ends', cell: (one) => <Moment at={one.until} /> },
            {
              head: 'Act',
              end: true,
              cell: (one) => (
                <span className="pl-row" style={{ justifyContent: 'flex-end', flexWrap: 'nowrap' }}>
                  <ExtendButtons engagement={one} />
                  <ActButton
                    size="compact-sm"
                    variant="default"
                    onClick={() => end(one)}
                    unless={
                      one.may.includes('engagement.end')
                        ? undefined
                        : 'You may not end this. Ask the project’s producer.'
                    }
                  >
                    End now…
                  </ActButton>
                </span>
              ),
            },
          ]}
        />
      )}
    </Section>
  );
}

function Stopped({ people }: { readonly people: readonly PersonView[] }) {
  if (people.length === 0) return null;
  return (
    <Section title="Locked or dormant" note="People who cannot get in, or soon will not">
      <Table
        label="Locked or dormant"
        rows={people}
        keyOf={(person) => person.id}
        columns={[
          { head: 'Who', cell: (person) => <PersonName person={person} link /> },
          {
            head: 'State',
            cell: (person) => <StandingOf person={person} />,
          },
          { head: 'Last seen', cell: (person) => <Moment at={person.lastSeenAt} /> },
          { head: 'Next step', end: true, cell: (person) => <NextStep person={person} /> },
        ]}
      />
    </Section>
  );
}

function StandingOf({ person }: { readonly person: PersonView }) {
  if (person.locked) return <Status tone="bad">Locked after {person.failures} wrong tries</Status>;
  if (person.standing !== 'active' || person.dormantAt === undefined) return <StateOf state={person.standing} />;
  return (
    <Status tone="warn">
      <span>
        Dormant <Moment at={person.dormantAt} />
      </span>
    </Status>
  );
}

/** What lets the person go on: an act of the viewer's, or of the person's own. */
function NextStep({ person }: { readonly person: PersonView }) {
  const [unlock, restore] = [useAct('unlock-person'), useAct('restore-person')];
  const confirm = useConfirm();
  const name = person.name ?? 'this person';
  const params = { person: person.id };
  const unless = lacking(person.may, 'person.restore');
  if (person.locked)
    return (
      <ActButton
        size="compact-sm"
        variant="default"
        unless={unless}
        onClick={() =>
          confirm({
            title: `Unlock ${name}?`,
            body: 'Call first, on a number that you know: was it really that person who mistyped? If not, end all access instead.',
            verb: 'Unlock',
            act: () => unlock.mutateAsync({ params, body: {} }),
          })
        }
      >
        Unlock…
      </ActButton>
    );
  if (person.standing === 'active')
    return <span className="pl-dim">Signs in once before then, or is suspended by the clock</span>;
  return (
    <ActButton
      size="compact-sm"
      variant="default"
      unless={unless}
      onClick={() =>
        confirm({
          title: `Restore ${name}?`,
          body: 'Engagements that still run work again.',
          verb: 'Restore',
          reason: 'required',
          act: (reason) => restore.mutateAsync({ params, body: { reason: reason ?? '' } }),
        })
      }
    >
      Restore…
    </ActButton>
  );
}

function Refused({ entries }: { readonly entries: readonly EntryView[] }) {
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
