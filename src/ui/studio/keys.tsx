/** My sessions and keys. */
import { Button, Menu, Modal, PasswordInput, Textarea, TextInput } from '@mantine/core';
import { IconPlus, IconShieldX } from '@tabler/icons-react';
import { useState } from 'react';
import type { AnswerOf } from '#api/endpoints.ts';
import type { CredentialView } from '#api/endpoints/views.ts';
import { enrolPasskey } from '../data/ceremony.ts';
import { call } from '../data/client.ts';
import { useAct, useAnswer } from '../data/query.ts';
import { useViewer } from '../data/viewer.ts';
import { Answer, Empty, RefusedHere } from '../kit/answer.tsx';
import { useConfirm } from '../kit/confirm.tsx';
import { CopyIcon, Digest } from '../kit/digest.tsx';
import { Facts, Page, Section } from '../kit/page.tsx';
import { say, sayRefused } from '../kit/say.ts';
import { countText } from '../kit/words.ts';
import { CREDENTIALS, CredentialTable } from '../facility/credential-table.tsx';
import { SessionTable } from '../facility/session-table.tsx';
import { deviceLabel, TotpSetUp } from '../public/enrol.tsx';

export function Keys() {
  const sessions = useAnswer('my-sessions', {});
  const credentials = useAnswer('my-credentials', {});
  return (
    <Page
      title="Sessions and keys"
      lead="Where you are connected, and what lets you in. Only you add keys; you and the facility’s administrators can take them away."
    >
      <Section title="Where you are connected now">
        <Answer of={sessions} rows={2}>
          {({ sessions: mine }) =>
            mine.length === 0 ? (
              <Empty title="Nowhere else" />
            ) : (
              <SessionTable own sessions={mine} label="My sessions" />
            )
          }
        </Answer>
      </Section>
      <Section title="What lets you in" actions={<AddKey />}>
        <Answer of={credentials} rows={3}>
          {({ credentials: mine }) => <MyCredentials credentials={mine} />}
        </Answer>
      </Section>
      <Section title="SFTP" note="With an SSH key, from any stock client">
        <SftpDoor />
      </Section>
    </Page>
  );
}

/** Everything that a client's connection dialog asks for. */
function SftpDoor() {
  const { sftp } = useViewer();
  if (sftp === undefined) return <Empty title="SFTP is not offered here">Use the files page instead.</Empty>;
  const host = sftp.host ?? window.location.hostname;
  const command = `sftp -P ${sftp.port} ${sftp.user}@${host}`;
  return (
    <div className="pl-card pl-pad pl-stack">
      <Facts
        facts={[
          ['Server', <code className="pl-break">{host}</code>],
          ['Port', <code>{sftp.port}</code>],
          ['User', <code>{sftp.user}</code>],
          sftp.hostKey === undefined
            ? undefined
            : ['Server key', <Digest value={sftp.hostKey} what="the server key" chars={60} />],
          [
            'Command',
            <span className="pl-row" style={{ gap: 4 }}>
              <code className="pl-break">{command}</code>
              <CopyIcon value={command} what="the command" />
            </span>,
          ],
        ]}
      />
      <p className="pl-dim pl-small">
        Each project that you are on is a folder. Add your SSH public key above first; the first time, compare the key
        that your client shows with the one here.
      </p>
    </div>
  );
}

function MyCredentials({ credentials }: { readonly credentials: readonly CredentialView[] }) {
  const confirm = useConfirm();
  const revoke = useAct('revoke-credential');
  const valid = credentials.filter((one) => one.revokedAt === undefined && one.expiresAt > Date.now());
  const ask = (credential: CredentialView) =>
    confirm({
      title: `Revoke “${credential.label}”?`,
      verb: 'Revoke',
      danger: true,
      body:
        valid.length <= 1
          ? 'This is the only way in that you have left. After this an administrator has to let you in again.'
          : 'Sessions that it opened are cut. Your other keys go on working.',
      act: () => revoke.mutateAsync({ params: { credential: credential.id }, body: { because: 'button' } }),
    });
  const stolen = (credential: CredentialView) =>
    confirm({
      title: `Was “${credential.label}” stolen?`,
      body: `It is revoked at once and everything that it opened is cut, everywhere. Your security lead sees it. Your other keys go on working.`,
      verb: 'It was stolen',
      danger: true,
      reason: 'optional',
      act: (reason) =>
        revoke.mutateAsync({
          params: { credential: credential.id },
          body: { because: 'stolen-key', ...(reason === undefined ? {} : { reason }) },
        }),
    });
  return (
    <div className="pl-stack">
      {credentials.length === 0 ? (
        <Empty title="Nothing yet" />
      ) : (
        <CredentialTable credentials={credentials} revoke={ask} />
      )}
      {valid.length === 0 ? null : (
        <Menu width={300} position="bottom-start">
          <Menu.Target>
            <Button
              color="red"
              variant="light"
              leftSection={<IconShieldX size={16} aria-hidden />}
              style={{ alignSelf: 'flex-start' }}
            >
              A key of mine was stolen…
            </Button>
          </Menu.Target>
          <Menu.Dropdown>
            {valid.map((one) => (
              <Menu.Item key={one.id} onClick={() => stolen(one)}>
                {CREDENTIALS[one.type]}: {one.label}
              </Menu.Item>
            ))}
          </Menu.Dropdown>
        </Menu>
      )}
    </div>
  );
}

type Adding = 'ssh-key' | 'password' | 'totp';
const TITLES: Readonly<Record<Adding, string>> = {
  'ssh-key': 'Add an SSH key',
  password: 'Set a password',
  totp: 'Add a code app',
};

function AddKey() {
  const [adding, setAdding] = useState<Adding>();
  const [options, setOptions] = useState<AnswerOf<'add-credential-options'>>();
  const addPasskey = useAct('add-passkey');
  const close = () => {
    setAdding(undefined);
    setOptions(undefined);
  };
  const passkey = async () =>
    addPasskey.mutateAsync({
      body: await enrolPasskey(await call('add-credential-options', {}), deviceLabel(navigator.userAgent)),
    });
  const totp = () =>
    void call('add-credential-options', {}).then((made) => {
      setOptions(made);
      setAdding('totp');
    }, sayRefused);
  return (
    <>
      <Menu position="bottom-end">
        <Menu.Target>
          <Button variant="default" leftSection={<IconPlus size={16} aria-hidden />}>
            Add
          </Button>
        </Menu.Target>
        <Menu.Dropdown>
          <Menu.Item onClick={() => void passkey().then(() => say('Passkey added.'), sayRefused)}>
            Passkey on this device
          </Menu.Item>
          <Menu.Item onClick={() => setAdding('ssh-key')}>SSH key, for SFTP…</Menu.Item>
          <Menu.Item onClick={() => setAdding('password')}>Password…</Menu.Item>
          <Menu.Item onClick={totp}>Code app…</Menu.Item>
        </Menu.Dropdown>
      </Menu>
      <Modal
        opened={adding !== undefined}
        onClose={close}
        title={adding === undefined ? '' : TITLES[adding]}
        closeButtonProps={{ 'aria-label': 'Close' }}
      >
        {adding === 'ssh-key' ? (
          <SshKeyForm close={close} />
        ) : adding === 'password' ? (
          <PasswordForm close={close} />
        ) : options === undefined ? null : (
          <TotpForm options={options} close={close} />
        )}
      </Modal>
    </>
  );
}

function SshKeyForm({ close }: { readonly close: () => void }) {
  const [publicKey, setPublicKey] = useState('');
  const add = useAct('add-ssh-key');
  const secret = publicKey.includes('PRIVATE KEY');
  return (
    <form
      className="pl-stack"
      onSubmit={(event) => {
        event.preventDefault();
        add.mutate(
          { body: { publicKey: publicKey.trim() } },
          {
            onSuccess: () => {
              say('SSH key added.');
              close();
            },
          },
        );
      }}
    >
      <Textarea
        label="Public key"
        description="The whole line of id_ed25519.pub"
        placeholder="ssh-ed25519 AAAA… me@laptop"
        required
        autosize
        minRows={3}
        value={publicKey}
        onChange={(event) => setPublicKey(event.currentTarget.value)}
        data-autofocus
        error={
          secret ? 'This is the private key. Nobody should ever see it; paste the file that ends in .pub.' : undefined
        }
      />
      <p className="pl-dim pl-small">
        None yet? Run <code>ssh-keygen -t ed25519</code> on your machine.
      </p>
      {add.error === null ? null : <RefusedHere error={add.error} />}
      <Button type="submit" disabled={secret || publicKey.trim() === ''} loading={add.isPending}>
        Add the key
      </Button>
    </form>
  );
}

function PasswordForm({ close }: { readonly close: () => void }) {
  const [password, setPassword] = useState('');
  const set = useAct('set-password');
  return (
    <form
      className="pl-stack"
      onSubmit={(event) => {
        event.preventDefault();
        set.mutate(
          { body: { password } },
          {
            onSuccess: ({ replaced }) => {
              say(changedText('Password', replaced));
              close();
            },
          },
        );
      }}
    >
      <PasswordInput
        label="New password"
        description="16 characters or more, of at least three kinds."
        autoComplete="new-password"
        required
        minLength={16}
        value={password}
        onChange={(event) => setPassword(event.currentTarget.value)}
        visibilityToggleButtonProps={{ 'aria-label': 'Show the new password' }}
      />
      <p className="pl-dim pl-small">
        If you have one already, it ends, and you are signed out wherever you came in by it. Here you stay signed in.
      </p>
      {set.error === null ? null : <RefusedHere error={set.error} />}
      <Button type="submit" loading={set.isPending}>
        Set the password
      </Button>
    </form>
  );
}

/** What became of the one before. */
function changedText(what: string, replaced: AnswerOf<'set-password'>['replaced']): string {
  if (replaced === undefined) return `${what} set.`;
  if (replaced.sessions === 0) return `${what} changed. The old one ended; nothing else was open by it.`;
  return `${what} changed. ${countText(replaced.sessions, 'other session')} that came by the old one ended; this one goes on.`;
}

function TotpForm({
  options,
  close,
}: {
  readonly options: AnswerOf<'add-credential-options'>;
  readonly close: () => void;
}) {
  const [code, setCode] = useState('');
  const set = useAct('set-totp');
  return (
    <form
      className="pl-stack"
      onSubmit={(event) => {
        event.preventDefault();
        set.mutate(
          { body: { ceremony: options.ceremony, code } },
          {
            onSuccess: ({ replaced }) => {
              say(changedText('Code app', replaced));
              close();
            },
          },
        );
      }}
    >
      <TotpSetUp totp={options.totp} />
      <TextInput
        label="Code from the app"
        inputMode="numeric"
        pattern="[0-9]{6}"
        maxLength={6}
        required
        value={code}
        onChange={(event) => setCode(event.currentTarget.value)}
      />
      <p className="pl-dim pl-small">
        If you have one already, it ends, and you are signed out wherever you came in by its codes. Here you stay signed
        in.
      </p>
      {set.error === null ? null : <RefusedHere error={set.error} />}
      <Button type="submit" loading={set.isPending}>
        Add the code app
      </Button>
    </form>
  );
}
