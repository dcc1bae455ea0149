/** One person: access, credentials, sessions, history, and the one button that ends it all. */
import { Menu, Button } from '@mantine/core';
import { useState } from 'react';
import { IconDots, IconHandStop } from '@tabler/icons-react';
import { Link, useNavigate, useParams } from 'react-router';
import type { AnswerOf } from '#api/endpoints.ts';
import type { CredentialView, PersonView } from '#api/endpoints/views.ts';
import { isId } from '#std/ids.ts';
import type { PersonId } from '#std/ids.ts';
import { Denial } from '../data/client.ts';
import { useAct, useAnswer } from '../data/query.ts';
import { ActButton, lacking } from '../kit/act-button.tsx';
import { Answer, Empty, Refusal } from '../kit/answer.tsx';
import { useConfirm } from '../kit/confirm.tsx';
import { dayEnd, dayText } from '../kit/days.ts';
import { Moment } from '../kit/moment.tsx';
import { Facts, Page, Section, Tabs } from '../kit/page.tsx';
import { ProjectName } from '../kit/person-name.tsx';
import { say, sayRefused } from '../kit/say.ts';
import { StateOf, Status } from '../kit/status.tsx';
import { Table } from '../kit/table.tsx';
import { countText } from '../kit/words.ts';
import { History } from '../ledger/history.tsx';
import { paths } from '../paths.ts';
import { CredentialTable } from './credential-table.tsx';
import { ChangeRoles } from './change-roles.tsx';
import { ExtendButtons, useEndEngagement } from './engagement-acts.tsx';
import { CutLine } from './receipts.tsx';
import { SessionTable } from './session-table.tsx';

type Seen = AnswerOf<'see-person'>;

export function PersonPage() {
  const { person, tab = 'access' } = useParams();
  if (!isId('person', person)) return <Refusal error={new Denial(404, 'unknown-person', 'There is no such person.')} />;
  return <Person id={person} tab={tab} />;
}

function Person({ id, tab }: { readonly id: PersonId; readonly tab: string }) {
  const answer = useAnswer('see-person', { params: { person: id }, query: {} });
  const view = answer.data?.person;
  const name = view === undefined ? 'Person' : (view.name ?? 'Sealed name');
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
          {view === undefined ? null : view.locked ? (
            <Status tone="bad">Locked</Status>
          ) : (
            <StateOf state={view.standing} />
          )}
        </>
      }
      lead={
        view === undefined ? undefined : (
          <>
            {view.mail ?? (view.nature === 'service' ? 'A service' : 'No mail address')} · last seen{' '}
            <Moment at={view.lastSeenAt} />
          </>
        )
      }
      actions={answer.data === undefined ? undefined : <PersonActs seen={answer.data} />}
    >
      <Tabs
        label="Person"
        tabs={[
          ['Access', paths.person(id)],
          ['Credentials', paths.person(id, 'credentials')],
          ['Sessions', paths.person(id, 'sessions')],
          ['History', paths.person(id, 'history')],
        ]}
      />
      <Answer of={answer}>{(seen) => <PersonTabBody tab={tab} seen={seen} />}</Answer>
    </Page>
  );
}

function PersonTabBody({ tab, seen }: { readonly tab: string; readonly seen: Seen }) {
  if (tab === 'credentials') return <Credentials seen={seen} />;
  if (tab === 'sessions')
    return seen.sessions.length === 0 ? (
      <Empty title="Not connected anywhere" />
    ) : (
      <SessionTable sessions={seen.sessions} label="Live sessions" />
    );
  if (tab === 'history') return <History name="person-history" params={{ person: seen.person.id }} hat="facility" />;
  return <Access seen={seen} />;
}

function PersonActs({ seen }: { readonly seen: Seen }) {
  const { person } = seen;
  const endAll = useEndAll(seen);
  const gone = person.standing === 'erased' ? 'This person was erased.' : undefined;
  return (
    <>
      <ActButton
        color="red"
        leftSection={<IconHandStop size={16} aria-hidden />}
        onClick={endAll}
        unless={gone ?? lacking(person.may, 'person.end-access')}
      >
        End all access…
      </ActButton>
      <MoreActs person={person} />
    </>
  );
}

function useEndAll({ person, engagements, credentials, sessions }: Seen) {
  const confirm = useConfirm();
  const end = useAct('end-all-access');
  const navigate = useNavigate();
  const running = engagements.filter((one) => one.state === 'live' || one.state === 'coming' || one.state === 'held');
  const valid = credentials.filter((one) => one.revokedAt === undefined);
  return () =>
    confirm({
      title: `End all access of ${person.name ?? 'this person'}?`,
      body: (
        <>
          <p>On every gate, at once:</p>
          <ul style={{ margin: '4px 0', paddingLeft: 18 }}>
            <li>
              {running.length === 0
                ? 'no engagement is running'
                : `${countText(running.length, 'engagement')} end: ${running.map((one) => `${one.role.title} on ${one.project.alias}`).join(', ')}`}
            </li>
            <li>{countText(valid.length, 'credential')} revoked</li>
            <li>{countText(sessions.length, 'live session')} cut, transfers stop in the middle</li>
            <li>the account is suspended</li>
          </ul>
          <p className="pl-dim">You get a receipt from each gate, in the ledger, with your name on it.</p>
        </>
      ),
      verb: 'End all access now',
      danger: true,
      reason: 'optional',
      act: async (reason) => {
        const { cut } = await end.mutateAsync({
          params: { person: person.id },
          body: reason === undefined ? {} : { reason },
        });
        await navigate(paths.cut(cut));
      },
    });
}

function MoreActs({ person }: { readonly person: PersonView }) {
  const confirm = useConfirm();
  const [roles, setRoles] = useState(false);
  const [suspend, restore, unlock, invite, recover, erase, onboard] = [
    useAct('suspend-person'),
    useAct('restore-person'),
    useAct('unlock-person'),
    useAct('invite'),
    useAct('ask-recovery'),
    useAct('erase-person'),
    useAct('record-onboarding'),
  ];
  const params = { person: person.id };
  const name = person.name ?? 'this person';
  const may = (action: string) => !person.may.includes(action);
  const showLink = (link: string) =>
    confirm({
      title: 'Hand this link over yourself',
      body: <code className="pl-break">{link}</code>,
      verb: 'Done',
      act: () => Promise.resolve(),
    });
  const record = (item: 'nda' | 'training') =>
    onboard.mutate(
      { params, body: { item, until: dayEnd(dayText(Date.now(), 365)) } },
      { onSuccess: () => say('Recorded for a year.'), onError: sayRefused },
    );
  return (
    <>
      <Menu position="bottom-end" width={250}>
        <Menu.Target>
          <Button variant="default" aria-label="More acts">
            <IconDots size={17} aria-hidden />
          </Button>
        </Menu.Target>
        <Menu.Dropdown>
          <Menu.Item
            disabled={may('person.invite')}
            onClick={() =>
              invite.mutate({ params, body: {} }, { onSuccess: ({ link }) => showLink(link), onError: sayRefused })
            }
          >
            Make an invitation link
          </Menu.Item>
          <Menu.Item
            disabled={!person.locked || may('person.restore')}
            onClick={() => unlock.mutate({ params, body: {} }, { onError: sayRefused })}
          >
            Unlock
          </Menu.Item>
          {person.standing === 'active' ? (
            <Menu.Item
              disabled={may('person.suspend')}
              onClick={() =>
                confirm({
                  title: `Suspend ${name}?`,
                  body: 'Nothing works until restored, nothing is lost. Live sessions are cut.',
                  verb: 'Suspend',
                  danger: true,
                  reason: 'required',
                  act: (reason) => suspend.mutateAsync({ params, body: { reason: reason ?? '' } }),
                })
              }
            >
              Suspend…
            </Menu.Item>
          ) : (
            <Menu.Item
              disabled={may('person.restore')}
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
            </Menu.Item>
          )}
          <Menu.Item
            onClick={() =>
              confirm({
                title: `Start a recovery for ${name}?`,
                body: 'Two administrators approve; then a link lets the person enrol anew and the old credentials end.',
                verb: 'Start',
                reason: 'required',
                act: (reason) => recover.mutateAsync({ params, body: { reason: reason ?? '' } }),
              })
            }
          >
            Start a recovery…
          </Menu.Item>
          <Menu.Divider />
          <Menu.Item disabled={may('person.assign-roles')} onClick={() => setRoles(true)}>
            Change facility roles…
          </Menu.Item>
          <Menu.Item disabled={may('person.edit')} onClick={() => record('nda')}>
            Record a signed NDA
          </Menu.Item>
          <Menu.Item disabled={may('person.edit')} onClick={() => record('training')}>
            Record a training
          </Menu.Item>
          <Menu.Divider />
          <Menu.Item
            color="red"
            disabled={may('person.erase') || person.standing === 'erased'}
            onClick={() =>
              confirm({
                title: `Erase ${name}?`,
                body: 'The key of the name and mail address is destroyed; nobody can ever read them again. What was done stays provable, without a name.',
                verb: 'Erase for good',
                danger: true,
                reason: 'required',
                act: (reason) => erase.mutateAsync({ params, body: { reason: reason ?? '', confirm: 'erase' } }),
              })
            }
          >
            Erase…
          </Menu.Item>
        </Menu.Dropdown>
      </Menu>
      <ChangeRoles person={person} opened={roles} close={() => setRoles(false)} />
    </>
  );
}

function Access({ seen }: { readonly seen: Seen }) {
  const end = useEndEngagement();
  const { person } = seen;
  const onboarding = (['nda', 'training', 'screening'] as const).map(
    (item) => [item, person.onboarding[item]] as const,
  );
  return (
    <div className="pl-two">
      <div>
        {seen.engagements.length === 0 ? (
          <Empty title="On no project" />
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
                head: 'Act',
                end: true,
                cell: (one) =>
                  one.state === 'ended' || one.state === 'over' ? null : (
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
              .map(
                (one) =>
                  [
                    'Invitation',
                    <>
                      <StateOf state={one.state} /> until <Moment at={one.expiresAt} />
                    </>,
                  ] as const,
              )
              .slice(0, 1),
          ]}
        />
      </div>
    </div>
  );
}

function Credentials({ seen }: { readonly seen: Seen }) {
  const revoke = useAct('revoke-credential');
  const confirm = useConfirm();
  if (seen.credentials.length === 0)
    return <Empty title="No way to sign in yet">Make an invitation link and hand it over.</Empty>;
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
      unless={lacking(seen.person.may, 'credential.revoke')}
    />
  );
}
