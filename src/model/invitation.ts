/** Invitations: links that let a known person enrol credentials, once, for a few days. */
import { credentialsOf, isLiveCredential } from '#model/ending.ts';
import { badTime, notActive, takenId, unknown } from '#model/refusals.ts';
import { DAY_MS, INVITATION_DAYS_MAX } from '#model/limits.ts';
import type { Invitation, State } from '#model/state.ts';
import { decided, draft, present } from '#model/transition.ts';
import type { Deciders, Evolvers } from '#model/transition.ts';
import { assert } from '#std/assert.ts';
import type { InvitationId, PersonId } from '#std/ids.ts';
import type { Refused } from '#std/refused.ts';
import { refused } from '#std/refused.ts';

function close(state: State, id: InvitationId | undefined, to: 'used' | 'withdrawn'): State {
  const invitation = id === undefined ? undefined : state.invitations.get(id);
  assert(invitation !== undefined, 'an entry about an invitation names a known one');
  const invitations = state.invitations.set(invitation.id, { ...invitation, state: to });
  const invitationByHash = state.index.invitationByHash.delete(invitation.tokenHash);
  return { ...state, invitations, index: { ...state.index, invitationByHash } };
}

export const invitationEvolve = {
  'invitation.issued': (state, entry) => {
    const { invitation: id, person } = entry.about;
    assert(id !== undefined && person !== undefined, 'invitation.issued names invitation and person');
    const { tokenHash, expiresAt, purpose } = entry.data;
    const issuedBy = entry.by.person;
    const invitation = present<Invitation>({ id, person, tokenHash, expiresAt, purpose, state: 'open', issuedBy });
    const invitationByHash = state.index.invitationByHash.set(tokenHash, id);
    return {
      ...state,
      invitations: state.invitations.set(id, invitation),
      index: { ...state.index, invitationByHash },
    };
  },
  'invitation.used': (state, entry) => close(state, entry.about.invitation, 'used'),
  'invitation.withdrawn': (state, entry) => close(state, entry.about.invitation, 'withdrawn'),
} satisfies Evolvers;

export const invitationDecide = {
  invite: (state, command, asked) => {
    const { invitation, person: id, tokenHash, expiresAt, purpose } = command;
    if (state.invitations.has(invitation)) return takenId('invitation');
    const person = state.people.get(id);
    if (person === undefined) return unknown('person');
    if (person.standing !== 'active') return notActive();
    if (purpose === 'recover' && asked.by.service !== 'console') return recoveryOnly();
    if (purpose === 'join' && hasLiveCredential(state, id, asked.at)) return hasJoined();
    const no = lifeRefusal(expiresAt, asked.at) ?? hashRefusal(state, tokenHash);
    return (
      no ??
      decided(
        draft(asked, 'invitation.issued', 'facility', { invitation, person: id }, { tokenHash, expiresAt, purpose }),
      )
    );
  },
  'withdraw-invitation': (state, command, asked) => {
    const invitation = state.invitations.get(command.invitation);
    if (invitation === undefined) return unknown('invitation');
    if (invitation.state !== 'open') return invitationClosed();
    const { id, person } = invitation;
    return decided(draft(asked, 'invitation.withdrawn', 'facility', { invitation: id, person }, {}));
  },
  'use-invitation': (state, command, asked) => {
    const invitation = state.invitations.get(command.invitation);
    if (invitation === undefined) return unknown('invitation');
    if (invitation.state !== 'open' || invitation.expiresAt <= asked.at) return invitationClosed();
    if (state.people.get(invitation.person)?.standing !== 'active') return notActive();
    const { id, person } = invitation;
    // Of several links to one account the first that is used is the last that counts.
    if (invitation.purpose === 'join' && hasLiveCredential(state, person, asked.at)) return hasJoined();
    return decided(draft(asked, 'invitation.used', 'facility', { invitation: id, person }, {}));
  },
} satisfies Deciders;

export function lifeRefusal(expiresAt: number, at: number): Refused | undefined {
  if (expiresAt > at && expiresAt <= at + INVITATION_DAYS_MAX * DAY_MS) return undefined;
  return badTime('An invitation must end soon.', `Choose an end within ${INVITATION_DAYS_MAX} days.`);
}

export function hashRefusal(state: State, tokenHash: string): Refused | undefined {
  if (!state.index.invitationByHash.has(tokenHash)) return undefined;
  return refused('token-taken', 'Another invitation has this token.', 'Make a new token.');
}

function invitationClosed(): Refused {
  return refused(
    'invitation-closed',
    'This invitation was used, withdrawn or has expired.',
    'Ask for a new invitation.',
  );
}

/** A link to an account in use would let whoever made it enrol a key of their own there. */
function hasLiveCredential(state: State, person: PersonId, at: number): boolean {
  return credentialsOf(state, person).some((credential) => isLiveCredential(credential, at));
}

function hasJoined(): Refused {
  return refused('has-joined', 'This person can sign in already.', 'Ask for a recovery if they cannot.');
}

function recoveryOnly(): Refused {
  return refused(
    'needs-two',
    'A recovery link is issued when two administrators approve it.',
    'Ask for a recovery instead.',
  );
}
