/** Signing in: the passkey first; mail address, password and code when there is none. */
import { Button, Collapse, PasswordInput, TextInput } from '@mantine/core';
import { IconFingerprint } from '@tabler/icons-react';
import { useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { Navigate, useNavigate } from 'react-router';
import { useSearchParams } from '../kit/address.ts';
import { signInWithPasskey } from '../data/ceremony.ts';
import { call } from '../data/client.ts';
import { useAnswer } from '../data/query.ts';
import { RefusedHere } from '../kit/answer.tsx';
import { paths } from '../paths.ts';
import type { Hat } from '../paths.ts';
import { safeNext } from './next.ts';
import { Door } from './door.tsx';

export function SignIn() {
  const status = useAnswer('status', {});
  const [error, setError] = useState<Error>();
  const [busy, setBusy] = useState(false);
  const [fallback, setFallback] = useState(false);
  const enter = useEnter();
  if (status.data?.firstRun === true) return <Navigate to={paths.firstRun()} replace />;
  const attempt = async (act: () => Promise<{ readonly home: Hat }>) => {
    setBusy(true);
    setError(undefined);
    await act().then(
      ({ home }) => enter(home),
      (caught: Error) => setError(caught),
    );
    setBusy(false);
  };
  return (
    <Door
      title="Sign in"
      lead={status.data?.facility === undefined ? 'To your facility' : `To ${status.data.facility}`}
    >
      {error === undefined ? null : <RefusedHere error={error} />}
      <Button
        size="md"
        loading={busy && !fallback}
        leftSection={<IconFingerprint size={19} aria-hidden />}
        onClick={() => void attempt(signInWithPasskey)}
        autoFocus
      >
        Sign in with a passkey
      </Button>
      <div className="pl-or">or</div>
      {fallback ? null : (
        <Button variant="default" onClick={() => setFallback(true)}>
          Use password and code
        </Button>
      )}
      <Collapse expanded={fallback}>
        {fallback ? (
          <PasswordForm busy={busy} submit={(body) => void attempt(() => call('sign-in-password', { body }))} />
        ) : null}
      </Collapse>
      <p className="pl-dim pl-small">
        No way in? An administrator can start a recovery for you; two of them approve it.
      </p>
    </Door>
  );
}

export function useEnter(): (home: Hat) => void {
  const navigate = useNavigate();
  const client = useQueryClient();
  const [search] = useSearchParams();
  return (home) => {
    client.clear();
    void navigate(safeNext(search.get('next')) ?? paths.home(home), { replace: true });
  };
}

interface PasswordFormProps {
  readonly busy: boolean;
  readonly submit: (body: { readonly mail: string; readonly password: string; readonly code: string }) => void;
}

function PasswordForm({ busy, submit }: PasswordFormProps) {
  const [mail, setMail] = useState('');
  const [password, setPassword] = useState('');
  const [code, setCode] = useState('');
  return (
    <form
      className="pl-stack"
      onSubmit={(event) => {
        event.preventDefault();
        submit({ mail, password, code });
      }}
    >
      <TextInput
        label="Mail address"
        type="email"
        autoComplete="username"
        required
        autoFocus
        value={mail}
        onChange={(event) => setMail(event.currentTarget.value)}
      />
      <PasswordInput
        label="Password"
        autoComplete="current-password"
        required
        value={password}
        onChange={(event) => setPassword(event.currentTarget.value)}
        visibilityToggleButtonProps={{ 'aria-label': 'Show the password' }}
      />
      <TextInput
        label="Code from your app"
        description="Six digits"
        inputMode="numeric"
        pattern="[0-9]{6}"
        maxLength={6}
        autoComplete="one-time-code"
        required
        value={code}
        onChange={(event) => setCode(event.currentTarget.value)}
      />
      <Button type="submit" variant="default" loading={busy}>
        Sign in
      </Button>
    </form>
  );
}
