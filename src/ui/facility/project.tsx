/** One project: its people over time, files, sessions, history, settings. */
import { Button } from '@mantine/core';
import { IconUserPlus } from '@tabler/icons-react';
import { useState } from 'react';
import { Link, useParams } from 'react-router';
import { useSearchParams } from '../kit/address.ts';
import type { ProjectView } from '#api/endpoints/views.ts';
import { Denial } from '../data/client.ts';
import { useNow } from '../data/now.ts';
import { useAct, useAnswer } from '../data/query.ts';
import { ActButton, lacking } from '../kit/act-button.tsx';
import { Answer, Empty, Refusal } from '../kit/answer.tsx';
import { useConfirm } from '../kit/confirm.tsx';
import { Moment } from '../kit/moment.tsx';
import { Facts, Page, Section, Tabs } from '../kit/page.tsx';
import { PersonName } from '../kit/person-name.tsx';
import { Notice, StateOf, Status } from '../kit/status.tsx';
import { TrueTitle } from '../kit/true-title.tsx';
import { countText, DAY_MS } from '../kit/words.ts';
import { paths } from '../paths.ts';
import { FileBrowser } from '../files/file-browser.tsx';
import { AtPicker, instantOf } from '../ledger/at-picker.tsx';
import { History } from '../ledger/history.tsx';
import { QuarantineOf } from '../network/quarantine-of.tsx';
import { GiveEngagement } from './engagement-acts.tsx';
import { EngagementDetail } from './engagement-detail.tsx';
import { CutLine } from './receipts.tsx';
import { SessionTable } from './session-table.tsx';
import { TimelineChart } from './timeline-chart.tsx';

const REVIEW_DAYS = 90;

export function ProjectPage() {
  const { project: alias = '', tab = 'people' } = useParams();
  const answer = useAnswer('see-project', { params: { project: alias }, query: {} });
  const view = answer.data?.project;
  return (
    <Page
      title={alias}
      crumbs={
        <>
          <Link to={paths.projects()}>Projects</Link>
          <span>/</span>
        </>
      }
      heading={
        <>
          {alias}
          {view === undefined ? null : <StateOf state={view.standing} />}
          {view?.level === 'high-security' ? <span className="pl-chip">high security</span> : null}
        </>
      }
      actions={
        view === undefined ? undefined : (
          <QuarantineOf scope={{ kind: 'project', project: view.id }} name={view.alias} />
        )
      }
    >
      <Tabs
        label="Project"
        tabs={[
          ['People', paths.project(alias, 'people')],
          ['Files', paths.project(alias, 'files')],
          ['Sessions', paths.project(alias, 'sessions')],
          ['History', paths.project(alias, 'history')],
          ['Settings', paths.project(alias, 'settings')],
        ]}
      />
      {view === undefined ? null : <Closed project={view} />}
      <Answer of={answer}>{({ project }) => <ProjectTabBody tab={tab} project={project} />}</Answer>
    </Page>
  );
}

/** On every tab: that nobody works on it, who did it, when and why, and where to change that. */
function Closed({ project }: { readonly project: ProjectView }) {
  const { alias, standing, standingSince, standingBy, standingReason } = project;
  if (standing === 'live') return null;
  return (
    <div style={{ marginBottom: 14 }}>
      <Notice tone={standing === 'locked' ? 'bad' : 'info'}>
        <strong>{standing === 'locked' ? 'Locked: nobody gets in.' : 'Wrapped: every engagement ended.'}</strong> By{' '}
        {standingBy === undefined ? 'Picturelock' : <PersonName person={standingBy} />} on{' '}
        <Moment at={standingSince} as="full" />
        {standingReason === undefined ? '.' : `: “${standingReason}”`}{' '}
        <Link to={paths.project(alias, 'settings')}>Reopen it</Link> under Settings.
      </Notice>
    </div>
  );
}

function ProjectTabBody({ tab, project }: { readonly tab: string; readonly project: ProjectView }) {
  if (tab === 'files')
    return project.may.includes('file.list') ? <FileBrowser alias={project.alias} showsHashes /> : <NoFiles />;
  if (tab === 'sessions') return <ProjectSessions project={project} />;
  if (tab === 'history') return <History name="project-history" params={{ project: project.id }} hat="facility" />;
  if (tab === 'settings') return <ProjectSettings project={project} />;
  return <ProjectPeople project={project} />;
}

/** Asking the server would record a refused act; the page knows already. */
function NoFiles() {
  return (
    <Refusal
      error={
        new Denial(
          403,
          'role-lacks-action',
          'None of your roles lets you see the files of this project; who runs a facility does not read its pictures.',
          'Ask the project’s producer to put you on it.',
        )
      }
    />
  );
}

function ProjectPeople({ project }: { readonly project: ProjectView }) {
  const [search, setSearch] = useSearchParams();
  const at = instantOf(search);
  const people = useAnswer('project-people', { params: { project: project.id }, query: { at } }, { keep: true });
  const [giving, setGiving] = useState(false);
  const now = useNow();
  const chosen = search.get('engagement') ?? undefined;
  const choose = (engagement: string) =>
    setSearch(
      (before) => {
        before.set('engagement', engagement);
        return before;
      },
      { replace: true, preventScrollReset: true },
    );
  return (
    <>
      <div className="pl-spread" style={{ marginBottom: 12 }}>
        <AtPicker />
        <ActButton
          leftSection={<IconUserPlus size={16} aria-hidden />}
          onClick={() => setGiving(true)}
          unless={
            project.standing === 'live'
              ? lacking(project.may, 'engagement.give')
              : 'The project is not live. Reopen it first.'
          }
        >
          Add a person
        </ActButton>
      </div>
      <Answer of={people}>
        {({ engagements }) =>
          engagements.length === 0 ? (
            <Empty title="Nobody has ever been on this project">
              Access starts with an engagement: one person, one role, from–until.
            </Empty>
          ) : (
            <>
              <TimelineChart engagements={engagements} now={at ?? now} chosen={chosen} choose={choose} />
              <EngagementDetail engagement={engagements.find((one) => one.id === chosen)} past={at !== undefined} />
            </>
          )
        }
      </Answer>
      <GiveEngagement project={project} opened={giving} close={() => setGiving(false)} />
    </>
  );
}

function ProjectSessions({ project }: { readonly project: ProjectView }) {
  const sessions = useAnswer('project-sessions', { params: { project: project.id }, query: {} });
  return (
    <Answer of={sessions}>
      {({ sessions: live, cuts }) => (
        <>
          {live.length === 0 ? (
            <Empty title="Nobody is connected to this project" />
          ) : (
            <SessionTable sessions={live} label="Live sessions on this project" />
          )}
          {cuts.length === 0 ? null : (
            <Section title="Access ended">
              <div className="pl-card">
                {cuts.map((cut) => (
                  <CutLine key={cut.id} cut={cut} />
                ))}
              </div>
            </Section>
          )}
        </>
      )}
    </Answer>
  );
}

function ProjectSettings({ project }: { readonly project: ProjectView }) {
  const confirm = useConfirm();
  const [wrap, lock, reopen, review] = [
    useAct('wrap-project'),
    useAct('lock-project'),
    useAct('reopen-project'),
    useAct('complete-review'),
  ];
  const params = { project: project.id };
  const needed = (reason: string | undefined) => ({ reason: reason ?? '' });
  const overdue = (project.reviewedAt ?? project.createdAt) + REVIEW_DAYS * DAY_MS < Date.now();
  return (
    <div className="pl-stack">
      <div className="pl-card pl-pad">
        <Facts
          facts={[
            ['Alias', project.alias],
            ['True title', <TrueTitle title={project.title} />],
            ['Owner', <PersonName person={project.owner} link />],
            ['Level', project.level === 'high-security' ? 'High security' : 'Standard'],
            ['Folders', project.folders.join(', ')],
            ['Created', <Moment at={project.createdAt} as="full" />],
            [
              'Access reviewed',
              <>
                {project.reviewedAt === undefined ? 'never' : <Moment at={project.reviewedAt} />}{' '}
                {overdue ? <Status tone="warn">A review is due every {REVIEW_DAYS} days</Status> : null}
              </>,
            ],
          ]}
        />
      </div>
      <div className="pl-card pl-pad pl-stack">
        <ActRow
          title="Review of access"
          text="You looked at everybody on the timeline and each of them still needs it."
        >
          <ActButton
            variant="default"
            unless={lacking(project.may, 'review.complete')}
            onClick={() =>
              confirm({
                title: 'Everybody here still needs access?',
                body: (
                  <>
                    {countText(project.peopleCount, 'person', 'people')} keep access. End those who do not need it on
                    the timeline first.
                  </>
                ),
                verb: 'Record the review',
                act: () => review.mutateAsync({ params, body: { ended: [] } }),
              })
            }
          >
            Record the review…
          </ActButton>
        </ActRow>
        {project.standing === 'live' ? (
          <>
            <ActRow title="Wrap" text="The work is done: every engagement ends, the workspace stays.">
              <ActButton
                variant="default"
                unless={lacking(project.may, 'project.wrap')}
                onClick={() =>
                  confirm({
                    title: `Wrap ${project.alias}?`,
                    body: (
                      <>
                        Ends access of {countText(project.peopleCount, 'person', 'people')} and cuts{' '}
                        {countText(project.sessionCount, 'live session')}.
                      </>
                    ),
                    verb: 'Wrap',
                    danger: true,
                    reason: 'optional',
                    act: (reason) => wrap.mutateAsync({ params, body: reason === undefined ? {} : { reason } }),
                  })
                }
              >
                Wrap…
              </ActButton>
            </ActRow>
            <ActRow
              title="Lock"
              text="Something is wrong: nobody gets in until it is reopened. Engagements stay as they are."
            >
              <ActButton
                variant="default"
                unless={lacking(project.may, 'project.lock')}
                onClick={() =>
                  confirm({
                    title: `Lock ${project.alias}?`,
                    body: (
                      <>
                        Cuts {countText(project.sessionCount, 'live session')} and keeps{' '}
                        {countText(project.peopleCount, 'person', 'people')} out until somebody reopens it.
                      </>
                    ),
                    verb: 'Lock',
                    danger: true,
                    reason: 'required',
                    act: (reason) => lock.mutateAsync({ params, body: needed(reason) }),
                  })
                }
              >
                Lock…
              </ActButton>
            </ActRow>
          </>
        ) : (
          <ActRow title="Reopen" text={`It is ${project.standing}.`}>
            <ActButton
              variant="default"
              unless={lacking(project.may, 'project.reopen')}
              onClick={() =>
                confirm({
                  title: `Reopen ${project.alias}?`,
                  body: 'People who still have an engagement get in again.',
                  verb: 'Reopen',
                  reason: 'required',
                  act: (reason) => reopen.mutateAsync({ params, body: needed(reason) }),
                })
              }
            >
              Reopen…
            </ActButton>
          </ActRow>
        )}
        <ActRow
          title="Evidence"
          text="A bundle that verifies offline, with everything that happened on this project and nothing of others."
        >
          <Button variant="default" component={Link} to={paths.bundle('facility', project.alias)}>
            Export a bundle…
          </Button>
        </ActRow>
      </div>
    </div>
  );
}

function ActRow({
  title,
  text,
  children,
}: {
  readonly title: string;
  readonly text: string;
  readonly children: React.ReactNode;
}) {
  return (
    <div className="pl-spread">
      <div style={{ flex: '1 1 260px' }}>
        <div className="pl-strong">{title}</div>
        <div className="pl-dim pl-small">{text}</div>
      </div>
      {children}
    </div>
  );
}
