/** From what a path names to the thing itself; an unknown one and an unseen one are refused alike. */
import type { Cut, Engagement, Invitation, Person, Project, State } from '#model/state.ts';
import type { CutId, EngagementId, InvitationId, PersonId, ProjectId } from '#std/ids.ts';
import { isId } from '#std/ids.ts';
import type { Outcome, Refused } from '#std/refused.ts';
import { ok, refused } from '#std/refused.ts';

export function unknown(noun: string): Refused {
  return refused(
    `unknown-${noun}`,
    `There is no such ${noun}, or you may not see it.`,
    'Look at the list again; it may have changed.',
  );
}

/** By id or alias. */
export function findProject(state: State, name: string): Outcome<Project> {
  const id: ProjectId | undefined = isId('project', name) ? name : state.index.projectByAlias.get(name);
  const project = id === undefined ? undefined : state.projects.get(id);
  return project === undefined ? unknown('project') : ok(project);
}

export function findPerson(state: State, id: PersonId): Outcome<Person> {
  const person = state.people.get(id);
  return person === undefined ? unknown('person') : ok(person);
}

export function findEngagement(state: State, id: EngagementId): Outcome<Engagement> {
  const engagement = state.engagements.get(id);
  return engagement === undefined ? unknown('engagement') : ok(engagement);
}

export function findInvitation(state: State, id: InvitationId): Outcome<Invitation> {
  const invitation = state.invitations.get(id);
  return invitation === undefined ? unknown('invitation') : ok(invitation);
}

export function findCut(state: State, id: CutId): Outcome<Cut> {
  const cut = state.cuts.get(id);
  return cut === undefined ? unknown('cut') : ok(cut);
}
