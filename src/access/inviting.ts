/**
 * What a link into an account is worth: whoever makes one could use it. So inviting takes the right to give all that the invited person
 * holds, and a link is good only while its maker could still make it: what was given to the person since then would be theirs as well.
 */
import { couldPermit } from '#access/permits.ts';
import type { Target } from '#access/permits.ts';
import type { Action } from '#model/actions.ts';
import { liveEngagementsOf } from '#model/ending.ts';
import { isLeading } from '#model/role.ts';
import type { Invitation, State } from '#model/state.ts';
import type { PersonId, RoleId } from '#std/ids.ts';

export interface Question {
  readonly action: Action;
  readonly on: Target;
}

/** Giving a role whose holder can give access in turn takes more than giving an ordinary one. */
export function giving(state: State, role: RoleId | undefined): readonly Action[] {
  const known = role === undefined ? undefined : state.roles.get(role);
  return known !== undefined && isLeading(known) ? ['engagement.give', 'engagement.give-lead'] : ['engagement.give'];
}

/** Somebody with facility roles takes the right to give those, somebody who had keys before the right to approve recoveries. */
export function inviting(state: State, { person }: { readonly person: PersonId }): readonly Action[] {
  const invited = state.people.get(person);
  const roles: readonly Action[] = invited !== undefined && invited.roles.length > 0 ? ['person.assign-roles'] : [];
  const keys: readonly Action[] = invited !== undefined && invited.credentials.size > 0 ? ['recovery.approve'] : [];
  return ['person.invite', ...roles, ...keys];
}

/** Somebody on projects takes the right to give those engagements. A project that is closed gives nobody anything now. */
export function invitingOnProjects(state: State, person: PersonId, at: number): readonly Question[] {
  return liveEngagementsOf(state, person, at)
    .filter(({ project }) => state.projects.get(project)?.standing === 'live')
    .flatMap(({ project, role }) => giving(state, role).map((action) => ({ action, on: { project } })));
}

/** Links of recoveries and of the console have more than one person, or the machine itself, behind them. */
export function isOutgrown(state: State, { person, purpose, issuedBy }: Invitation, at: number): boolean {
  if (purpose !== 'join' || issuedBy === undefined) return false;
  const plain = inviting(state, { person }).map((action): Question => ({ action, on: {} }));
  return [...plain, ...invitingOnProjects(state, person, at)].some(
    ({ action, on }) => !couldPermit(state, { who: issuedBy, action, on, context: {} }, at).allow,
  );
}
