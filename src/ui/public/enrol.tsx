/** Choosing how to sign in from now on: a passkey, or a password with a code app. */
import { Button, PasswordInput, TextInput } from '@mantine/core';
import { IconFingerprint } from '@tabler/icons-react';
import { useState } from 'react';
import type { AnswerOf } from '#api/endpoints.ts';
import { enrolPasskey } from '../data/ceremony.ts';
import type { Enrolment } from '../data/ceremony.ts';
import { RefusedHere } from '../kit/answer.tsx';
import { CopyIcon } from '../kit/digest.tsx';
import { QrCode } from '../kit/qr-code.tsx';

interface EnrolProps {
  readonly options: AnswerOf<'add-credential-options'>;
  readonly verb: string;
  readonly finish: (enrolment: Enrolment) => Promise<unknown>;
}

export function Enrol({ options, verb, finish }: EnrolProps) {
  const [how, setHow] = useState<'passkey' | 'password'>('passkey');
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<Error>();
  const attempt = async (act: () => Promise<Enrolment>) => {
    setBusy(true);
    setError(undefined);
    await act()
      .then(finish)
      .catch((caught: Error) => setError(caught));
    setBusy(false);
  };
  const passkey = () =>
    attempt(async () => ({ type: 'passkey', ...(await enrolPasskey(options, deviceLabel(navigator.userAgent))) }));
  return (
    <div className="pl-stack">
      {error === undefined ? null : <RefusedHere error={error} />}
      <Button
        size="md"
        loading={busy && how === 'passkey'}
        leftSection={<IconFingerprint size={19} aria-hidden />}
        onClick={() => void passkey()}
      >
        {verb} with a passkey
      </Button>
      <p className="pl-dim pl-small">Your finger, face or device PIN. Nothing to remember, nothing to be phished.</p>
      <div className="pl-or">or</div>
      {how === 'passkey' ? (
        <Button variant="default" onClick={() => setHow('password')}>
          Use a password and a code app
        </Button>
      ) : (
        <PasswordEnrolment
          options={options}
          verb={verb}
          busy={busy}
          submit={(enrolment) => void attempt(() => Promise.resolve(enrolment))}
        />
      )}
    </div>
  );
}

export function deviceLabel(agent: string): string {
  const system =
    ['iPhone', 'iPad', 'Android', 'Windows', 'Mac', 'Linux'].find((name) => agent.includes(name)) ?? 'this device';
  return `Passkey on ${system}`;
}

interface PasswordEnrolmentProps {
  readonly options: EnrolProps['options'];
  readonly verb: string;
  readonly busy: boolean;
  readonly submit: (enrolment: Enrolment) => void;
}

function PasswordEnrolment({ options, verb, busy, submit }: PasswordEnrolmentProps) {
  const [password, setPassword] = useState('');
  const [code, setCode] = useState('');
  return (
    <form
      className="pl-stack"
      onSubmit={(event) => {
        event.preventDefault();
        submit({ type: 'password', ceremony: options.ceremony, password, code });
      }}
    >
      <PasswordInput
        label="Password"
        description="16 characters or more, of at least three kinds. A sentence works well."
        autoComplete="new-password"
        required
        minLength={16}
        value={password}
        onChange={(event) => setPassword(event.currentTarget.value)}
        visibilityToggleButtonProps={{ 'aria-label': 'Show the password' }}
      />
      <TotpSetUp totp={options.totp} />
      <TextInput
        label="Code from the app"
        inputMode="numeric"
        pattern="[0-9]{6}"
        maxLength={6}
        autoComplete="one-time-code"
        required
        value={code}
        onChange={(event) => setCode(event.currentTarget.value)}
      />
      <Button type="submit" variant="default" loading={busy}>
        {verb} with a password
      </Button>
    </form>
  );
}

export function TotpSetUp({ totp }: { readonly totp: { readonly secret: string; readonly uri: string } }) {
  return (
    <div className="pl-row" style={{ alignItems: 'flex-start', gap: 16 }}>
      <QrCode text={totp.uri} label="Scan with your code app" />
      <div style={{ flex: '1 1 160px' }}>
        <p>Scan this with your code app, then type the six digits that it shows.</p>
        <p className="pl-dim pl-small pl-break">
          By hand: <code>{totp.secret}</code>
          <CopyIcon value={totp.secret} what="the secret" />
        </p>
      </div>
    </div>
  );
}
