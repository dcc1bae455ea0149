/** Invitation links. The token stands in the URL's fragment, which browsers never send, and only its hash is stored. */
import { outgrown } from '#access/authorize.ts';
import { isOutgrown } from '#access/inviting.ts';
import type { ApiContext } from '#api/context.ts';
import type { Attempt } from '#api/identity/attempts.ts';
import { hashToken, isToken, makeToken } from '#api/identity/token.ts';
import { newId } from '#api/handler.ts';
import type { By } from '#model/events.ts';
import { DAY_MS } from '#model/limits.ts';
import type { Invitation, State } from '#model/state.ts';
import { assert } from '#std/assert.ts';
import type { PersonId } from '#std/ids.ts';
import type { Outcome } from '#std/refused.ts';
import { isRefused, ok, refused } from '#std/refused.ts';

export interface Issued {
  readonly invitation: Invitation;
  readonly link: string;
}

export async function issueInvitation(
  context: ApiContext,
  by: By,
  person: PersonId,
  days: number,
): Promise<Outcome<Issued>> {
  const { engine, clock, random } = context;
  const invitation = newId(context, 'invitation');
  const token = makeToken(random);
  const answer = await engine.command(
    {
      kind: 'invite',
      invitation,
      person,
      tokenHash: hashToken(token),
      expiresAt: clock.now() + days * DAY_MS,
      purpose: 'join',
    },
    by,
  );
  if (isRefused(answer)) return answer;
  const issued = engine.state().invitations.get(invitation);
  assert(issued !== undefined, 'an invitation that was issued is in the state');
  return ok({ invitation: issued, link: invitationLink(context, token) });
}

export function invitationLink({ settings }: Pick<ApiContext, 'settings'>, token: string): string {
  return `${settings.origin}/invitation#${token}`;
}

/** The open invitation of a token. Every other token is refused alike. */
export function openInvitation(state: State, token: string, at: number): Outcome<Invitation> {
  const id = isToken(token) ? state.index.invitationByHash.get(hashToken(token)) : undefined;
  const invitation = id === undefined ? undefined : state.invitations.get(id);
  const isOpen =
    invitation?.state === 'open' &&
    invitation.expiresAt > at &&
    state.people.get(invitation.person)?.standing === 'active';
  if (invitation === undefined || !isOpen) {
    return refused(
      'invitation-closed',
      'This invitation was used, withdrawn or has expired.',
      'Ask whoever invited you for a new one.',
    );
  }
  return isOutgrown(state, invitation, at) ? outgrown() : ok(invitation);
}

/** What a refused token stands for in the ledger: whose link it was, and which of the reasons that its holder is not told apart. */
export function refusedInvitation(state: State, token: string, at: number): Attempt {
  const invitation = isToken(token) ? everIssued(state, hashToken(token)) : undefined;
  if (invitation === undefined) return { with: 'invitation', why: 'unknown-invitation' };
  return { person: invitation.person, with: factorOf(invitation), why: whyClosed(state, invitation, at) };
}

export function factorOf({ purpose }: Pick<Invitation, 'purpose'>): 'invitation' | 'recovery' {
  return purpose === 'recover' ? 'recovery' : 'invitation';
}

/** The index forgets links that were used or withdrawn. Only tries within the address's limit pay for the search. */
function everIssued(state: State, tokenHash: string): Invitation | undefined {
  const id = state.index.invitationByHash.get(tokenHash);
  if (id !== undefined) return state.invitations.get(id);
  for (const invitation of state.invitations.values()) if (invitation.tokenHash === tokenHash) return invitation;
  return undefined;
}

function whyClosed(state: State, invitation: Invitation, at: number): string {
  if (invitation.state !== 'open') return `invitation-${invitation.state}`;
  if (invitation.expiresAt <= at) return 'invitation-expired';
  if (state.people.get(invitation.person)?.standing !== 'active') return 'person-not-active';
  return isOutgrown(state, invitation, at) ? 'invitation-outgrown' : 'invitation-closed';
}
