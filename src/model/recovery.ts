/** Account recovery: two different administrators, neither of them the person, approve it. */
import type { Asked, CommandOf } from '#model/commands.ts';
import { credentialsOf, orderCut, revokeCredential } from '#model/ending.ts';
import { hashRefusal, lifeRefusal } from '#model/invitation.ts';
import { RECOVERY_APPROVALS, RECOVERY_DAYS_MAX } from '#model/limits.ts';
import { isOpenRecovery } from '#model/open-recovery.ts';
import { alreadyDone, notActive, takenId, unknown } from '#model/refusals.ts';
import type { Recovery, State } from '#model/state.ts';
import { decided, draft, present } from '#model/transition.ts';
import type { Decided, Deciders, Evolvers } from '#model/transition.ts';
import { assert } from '#std/assert.ts';
import type { PersonId } from '#std/ids.ts';
import type { Refused } from '#std/refused.ts';
import { refused } from '#std/refused.ts';

export const recoveryEvolve = {
  'recovery.asked': (state, entry) => {
    const { recovery: id, person } = entry.about;
    assert(id !== undefined && person !== undefined, 'recovery.asked names recovery and person');
    const { reason } = entry.data;
    const recovery = present<Recovery>({
      id,
      person,
      askedBy: entry.by.person,
      askedAt: entry.at,
      reason,
      approvals: [],
    });
    return { ...state, recoveries: state.recoveries.set(id, recovery) };
  },
  'recovery.approved': (state, entry) => {
    const recovery = entry.about.recovery === undefined ? undefined : state.recoveries.get(entry.about.recovery);
    const approver = entry.by.person;
    assert(recovery !== undefined && approver !== undefined, 'recovery.approved names recovery and approver');
    const approvals = [...recovery.approvals, approver];
    return { ...state, recoveries: state.recoveries.set(recovery.id, { ...recovery, approvals }) };
  },
  'recovery.withdrawn': (state, entry) => {
    const recovery = entry.about.recovery === undefined ? undefined : state.recoveries.get(entry.about.recovery);
    assert(recovery !== undefined, 'recovery.withdrawn names a recovery that was asked for');
    return { ...state, recoveries: state.recoveries.set(recovery.id, { ...recovery, withdrawnAt: entry.at }) };
  },
} satisfies Evolvers;

export const recoveryDecide = {
  'ask-recovery': (state, command, asked) => {
    const { recovery, person: id, reason } = command;
    if (state.recoveries.has(recovery)) return takenId('recovery');
    const person = state.people.get(id);
    if (person === undefined) return unknown('person');
    if (person.standing !== 'active') return notActive();
    if (state.recoveries.some((other) => other.person === id && isOpenRecovery(other, asked.at))) {
      return refused(
        'already-asked',
        'A recovery of this account is open already.',
        'Ask two administrators to approve it.',
      );
    }
    return decided(draft(asked, 'recovery.asked', 'facility', { recovery, person: id }, { reason }));
  },
  'approve-recovery': approve,
} satisfies Deciders;

function approve(state: State, command: CommandOf<'approve-recovery'>, asked: Asked): Decided {
  const recovery = state.recoveries.get(command.recovery);
  if (recovery === undefined) return unknown('recovery');
  const no = approverRefusal(recovery, asked.by.person, asked.at);
  if (no !== undefined) return no;
  if (state.people.get(recovery.person)?.standing !== 'active') return notActive();
  const { id, person } = recovery;
  const approved = draft(asked, 'recovery.approved', 'facility', { recovery: id, person }, {});
  if (recovery.approvals.length + 1 < RECOVERY_APPROVALS) return decided(approved);
  const badLink = lifeRefusal(command.expiresAt, asked.at) ?? hashRefusal(state, command.tokenHash);
  if (badLink !== undefined) return badLink;
  if (state.invitations.has(command.invitation)) return takenId('invitation');
  return decided(approved, renewal(state, command, asked, person));
}

/** What the last approval brings: the old credentials end, the lock opens, a link goes out. */
function renewal(state: State, command: CommandOf<'approve-recovery'>, asked: Asked, person: PersonId) {
  const { invitation, tokenHash, expiresAt, recovery, cut } = command;
  const old = credentialsOf(state, person).filter((credential) => credential.revokedAt === undefined);
  const isLocked = state.people.get(person)?.locked === true;
  return [
    ...old.map((credential) => revokeCredential(asked, credential, 'credential-ended', cut)),
    ...(isLocked ? [draft(asked, 'person.unlocked', 'facility', { person }, {})] : []),
    draft(
      asked,
      'invitation.issued',
      'facility',
      { invitation, person, recovery },
      { tokenHash, expiresAt, purpose: 'recover' },
    ),
    ...(cut === undefined ? [] : [orderCut(asked, cut, { kind: 'person', person }, 'credential-ended', 'facility')]),
  ];
}

function approverRefusal(recovery: Recovery, approver: PersonId | undefined, at: number): Refused | undefined {
  if (recovery.approvals.length >= RECOVERY_APPROVALS) return alreadyDone('This recovery was approved already.');
  if (recovery.withdrawnAt !== undefined) {
    return refused(
      'recovery-withdrawn',
      'All access of this person was ended since this recovery was asked for.',
      'Ask for a new one, if they are to come back.',
    );
  }
  if (!isOpenRecovery(recovery, at)) {
    return refused('recovery-stale', `A recovery lives ${RECOVERY_DAYS_MAX} days.`, 'Ask for the recovery again.');
  }
  if (approver === undefined)
    return refused('needs-person', 'A person has to approve a recovery.', 'Sign in as an administrator.');
  if (approver === recovery.person) {
    return refused('own-approval', 'Nobody approves their own recovery.', 'Ask two other administrators.');
  }
  if (recovery.approvals.includes(approver)) {
    return refused(
      'needs-another',
      'You have approved this recovery; it needs somebody else too.',
      'Ask a second administrator.',
    );
  }
  return undefined;
}
