/** What can be done about a person: the one button that ends it all, and the rarer acts behind a menu. */
import { Button, Menu } from '@mantine/core';
import { IconDots, IconHandStop } from '@tabler/icons-react';
import { useState } from 'react';
import { useNavigate } from 'react-router';
import type { AnswerOf } from '#api/endpoints.ts';
import type { InvitationView, PersonView } from '#api/endpoints/views.ts';
import { useAct } from '../data/query.ts';
import { ActButton, lacking } from '../kit/act-button.tsx';
import { ActItem } from '../kit/act-item.tsx';
import { useConfirm } from '../kit/confirm.tsx';
import { LinkLine } from '../kit/link-line.tsx';
import { sayRefused } from '../kit/say.ts';
import { countText } from '../kit/words.ts';
import { QuarantineOf } from '../network/quarantine-of.tsx';
import { paths } from '../paths.ts';
import { ChangeRoles } from './change-roles.tsx';
import { RecordOnboarding } from './record-onboarding.tsx';
import { RenamePerson } from './rename-person.tsx';

type Seen = AnswerOf<'see-person'>;

export function PersonActs({ seen }: { readonly seen: Seen }) {
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
      <QuarantineOf scope={{ kind: 'person', person: person.id }} name={person.name ?? 'this person'} />
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
            {valid.length === 0 ? null : <li>{countText(valid.length, 'credential')} revoked</li>}
            <li>
              {sessions.length === 0
                ? 'no live session is open'
                : `${countText(sessions.length, 'live session')} cut, transfers stop in the middle`}
            </li>
            <li>open invitations, requests and a recovery that waits for approval are withdrawn</li>
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

/** Makes a link and shows it once, to be handed over. */
function useInvite(person: PersonView) {
  const confirm = useConfirm();
  const invite = useAct('invite');
  return () =>
    invite.mutate(
      { params: { person: person.id }, body: {} },
      {
        onError: sayRefused,
        onSuccess: ({ link }) =>
          confirm({
            title: 'Hand this link over yourself',
            body: <LinkLine link={link} />,
            verb: 'Done',
            act: () => Promise.resolve(),
          }),
      },
    );
}

export function InviteButton({ person }: { readonly person: PersonView }) {
  const invite = useInvite(person);
  return (
    <ActButton onClick={invite} unless={lacking(person.may, 'person.invite')}>
      Make an invitation link
    </ActButton>
  );
}

function MoreActs({ person }: { readonly person: PersonView }) {
  const confirm = useConfirm();
  const [dialog, setDialog] = useState<'roles' | 'name' | 'onboarding'>();
  const makeInvitation = useInvite(person);
  const [suspend, restore, unlock, recover, erase] = [
    useAct('suspend-person'),
    useAct('restore-person'),
    useAct('unlock-person'),
    useAct('ask-recovery'),
    useAct('erase-person'),
  ];
  const params = { person: person.id };
  const name = person.name ?? 'this person';
  const may = (action: string) => lacking(person.may, action);
  const serviceReason = person.nature === 'service' ? 'A service signs in with tokens.' : undefined;
  const erasedReason = person.standing === 'erased' ? 'This person was erased.' : undefined;
  return (
    <>
      <Menu position="bottom-end" width={250}>
        <Menu.Target>
          <Button variant="default" aria-label="More acts">
            <IconDots size={17} aria-hidden />
          </Button>
        </Menu.Target>
        <Menu.Dropdown>
          <ActItem unless={serviceReason ?? may('person.invite')} onClick={makeInvitation}>
            Make an invitation link
          </ActItem>
          <ActItem
            unless={person.locked ? may('person.restore') : 'The account is not locked.'}
            onClick={() => unlock.mutate({ params, body: {} }, { onError: sayRefused })}
          >
            Unlock
          </ActItem>
          {person.standing === 'active' ? (
            <ActItem
              unless={may('person.suspend')}
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
            </ActItem>
          ) : (
            <ActItem
              unless={erasedReason ?? may('person.restore')}
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
            </ActItem>
          )}
          <ActItem
            unless={serviceReason ?? erasedReason}
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
          </ActItem>
          <Menu.Divider />
          <ActItem unless={erasedReason ?? may('person.edit')} onClick={() => setDialog('name')}>
            Change name or mail…
          </ActItem>
          <ActItem unless={erasedReason ?? may('person.assign-roles')} onClick={() => setDialog('roles')}>
            Change facility roles…
          </ActItem>
          <ActItem unless={serviceReason ?? erasedReason ?? may('person.edit')} onClick={() => setDialog('onboarding')}>
            Record onboarding…
          </ActItem>
          <Menu.Divider />
          <ActItem
            color="red"
            unless={erasedReason ?? may('person.erase')}
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
          </ActItem>
        </Menu.Dropdown>
      </Menu>
      <ChangeRoles person={person} opened={dialog === 'roles'} close={() => setDialog(undefined)} />
      <RenamePerson person={person} opened={dialog === 'name'} close={() => setDialog(undefined)} />
      <RecordOnboarding person={person} opened={dialog === 'onboarding'} close={() => setDialog(undefined)} />
    </>
  );
}

/** Whoever invited by mistake takes the link back: it opens nothing from then on. */
export function WithdrawInvitation({
  invitation,
  person,
}: {
  readonly invitation: InvitationView;
  readonly person: PersonView;
}) {
  const confirm = useConfirm();
  const withdraw = useAct('withdraw-invitation');
  if (invitation.state !== 'open') return null;
  return (
    <ActButton
      size="compact-xs"
      variant="default"
      unless={lacking(person.may, 'person.invite')}
      onClick={() =>
        confirm({
          title: 'Withdraw this invitation?',
          body: 'The link opens nothing from then on. You can make another one at any time.',
          verb: 'Withdraw',
          danger: true,
          act: () => withdraw.mutateAsync({ params: { invitation: invitation.id } }),
        })
      }
    >
      Withdraw…
    </ActButton>
  );
}
