/** A link that was handed over: joining, recovering, or the demo's one-click sign-in. Its token stays in the fragment. */
import { useState } from 'react';
import { useMutation, useQuery } from '@tanstack/react-query';
import { useEffect } from 'react';
import { call, Denial } from '../data/client.ts';
import { Refusal, RefusedHere, Waiting } from '../kit/answer.tsx';
import { Notice } from '../kit/status.tsx';
import { absoluteText } from '../kit/words.ts';
import { Door } from './door.tsx';
import { Enrol } from './enrol.tsx';
import { tokenOf } from './next.ts';
import { useEnter } from './sign-in.tsx';

/** Read once, then taken out of the address bar and the history. */
function useToken(): string | undefined {
  const [token] = useState(() => tokenOf(window.location.hash));
  useEffect(() => window.history.replaceState(window.history.state, '', window.location.pathname), []);
  return token;
}

function NoToken() {
  return (
    <Door title="This link is not whole">
      <Notice tone="warn">
        A part of the link is missing. Open it exactly as you received it, or ask whoever sent it for a new one.
      </Notice>
    </Door>
  );
}

export function Invitation() {
  const token = useToken();
  return token === undefined ? <NoToken /> : <Invited token={token} />;
}

/** The server was not reached, or failed: nothing is known of the link. */
function isUnasked(error: Error): boolean {
  return !(error instanceof Denial) || error.status === 0 || error.status >= 500;
}

function Invited({ token }: { readonly token: string }) {
  const enter = useEnter();
  const look = useQuery({
    queryKey: ['invitation-look'],
    queryFn: () => call('invitation-look', { body: { token } }),
    staleTime: Number.POSITIVE_INFINITY,
    gcTime: 0,
  });
  if (look.error !== null)
    return (
      <Door title={isUnasked(look.error) ? 'The link could not be looked at' : 'This invitation is closed'}>
        {isUnasked(look.error) ? (
          <Refusal error={look.error} again={() => void look.refetch()} />
        ) : (
          <RefusedHere error={look.error} />
        )}
      </Door>
    );
  if (look.data === undefined)
    return (
      <Door title="One moment">
        <Waiting rows={4} />
      </Door>
    );
  const { person, facility, purpose, expiresAt, invitedBy, options } = look.data;
  const title = purpose === 'join' ? `Welcome to ${facility}` : 'Back in';
  const from = invitedBy?.name === undefined || invitedBy.name === null ? '' : `${invitedBy.name} invited you. `;
  return (
    <Door
      title={person.name === null ? title : `${title}, ${person.name.split(' ')[0]}`}
      wide
      lead={
        <>
          {from}Choose how you sign in from now on. This link works once, until {absoluteText(expiresAt)}.
        </>
      }
    >
      <Enrol
        options={options}
        verb={purpose === 'join' ? 'Join' : 'Carry on'}
        finish={async (enrolment) => enter((await call('invitation-accept', { body: { token, enrolment } })).home)}
      />
    </Door>
  );
}

export function OneClick() {
  const token = useToken();
  const enter = useEnter();
  const signIn = useMutation({
    mutationFn: (given: string) => call('sign-in-link', { body: { token: given } }),
    onSuccess: ({ home }) => enter(home),
  });
  const { mutate } = signIn;
  useEffect(() => {
    if (token !== undefined) mutate(token);
  }, [token, mutate]);
  if (token === undefined) return <NoToken />;
  return (
    <Door title="Signing you in">
      {signIn.error === null ? <Waiting rows={2} /> : <Refusal error={signIn.error} />}
    </Door>
  );
}
