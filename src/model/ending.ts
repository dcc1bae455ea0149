/**
 * The drafts that end things. Every end of access is recorded in the stream of what it ends *and* ordered as a cut in
 * the same batch, so that no state exists in which access is over and nobody was told to stop the bytes.
 */
import type { Asked } from '#model/commands.ts';
import type { About, Because, CutScope, Draft, Stream } from '#model/events.ts';
import type { Credential, Engagement, State } from '#model/state.ts';
import { isOpenRecovery } from '#model/open-recovery.ts';
import { draft } from '#model/transition.ts';
import type { CutId, PersonId, ProjectId } from '#std/ids.ts';

export function isOver(engagement: Engagement, at: number): boolean {
  return engagement.ended !== undefined || engagement.until <= at;
}

/** Not ended and not over by the clock; those that begin later count. */
export function liveEngagementsOf(state: State, person: PersonId, at: number): readonly Engagement[] {
  return engagementsOf(state, person).filter((engagement) => !isOver(engagement, at));
}

export function engagementsOf(state: State, person: PersonId): readonly Engagement[] {
  const places = state.index.engagementsOf.get(person);
  if (places === undefined) return [];
  return [...places.values()].flat().flatMap((id) => state.engagements.get(id) ?? []);
}

export function liveEngagementsOn(state: State, project: ProjectId, at: number): readonly Engagement[] {
  const ids = state.index.engagementsOn.get(project);
  if (ids === undefined) return [];
  return [...ids].flatMap((id) => state.engagements.get(id) ?? []).filter((engagement) => !isOver(engagement, at));
}

export function isLiveCredential(credential: Credential, at: number): boolean {
  return credential.revokedAt === undefined && credential.expiresAt > at;
}

export function credentialsOf(state: State, person: PersonId): readonly Credential[] {
  const ids = state.people.get(person)?.credentials;
  return ids === undefined ? [] : [...ids].flatMap((id) => state.credentials.get(id) ?? []);
}

export function endEngagement(
  asked: Asked,
  engagement: Engagement,
  because: Because,
  cut: CutId,
  reason?: string,
): Draft {
  const { id, person, project, role } = engagement;
  return draft(asked, 'engagement.ended', project, { engagement: id, person, project, role, cut }, { because, reason });
}

export function holdEngagement(asked: Asked, engagement: Engagement, because: Because, cut: CutId): Draft {
  const { id, person, project, role } = engagement;
  return draft(asked, 'engagement.held', project, { engagement: id, person, project, role, cut }, { because });
}

export function revokeCredential(
  asked: Asked,
  credential: Credential,
  because: Because,
  cut?: CutId,
  reason?: string,
): Draft {
  const about = { credential: credential.id, person: credential.person, cut };
  return draft(asked, 'credential.revoked', 'facility', about, { because, reason });
}

/** A cut's order stands in the project's stream when it is about that project alone, else in the facility's. */
export function orderCut(
  asked: Asked,
  cut: CutId,
  scope: CutScope,
  because: Because,
  stream: Stream,
  reason?: string,
): Draft {
  return draft(asked, 'cut.ordered', stream, { cut, ...aboutOfScope(scope) }, { scope, because, reason });
}

/** The ids that a cut is found by. */
export function aboutOfScope(scope: CutScope): About {
  if (scope.kind === 'host') return { host: scope.host };
  if (scope.kind === 'credential') return { credential: scope.credential, person: scope.person };
  const { kind: _, ...about } = scope;
  return about;
}

/** Ends engagements, credentials, invitations, requests, recoveries and facility roles: nothing is left that restoring would bring back. */
export function endEverything(
  state: State,
  asked: Asked,
  person: PersonId,
  because: Because,
  cut: CutId,
  reason?: string,
): readonly Draft[] {
  const invitations = state.invitations.filter(
    (invitation) => invitation.person === person && invitation.state === 'open',
  );
  const requests = state.requests.filter((request) => request.person === person && request.state === 'open');
  const recoveries = state.recoveries.filter((one) => one.person === person && isOpenRecovery(one, asked.at));
  const roles = state.people.get(person)?.roles ?? [];
  return [
    ...engagementsOf(state, person)
      .filter((engagement) => engagement.ended === undefined)
      .map((engagement) => endEngagement(asked, engagement, because, cut, reason)),
    ...credentialsOf(state, person)
      .filter((credential) => credential.revokedAt === undefined)
      .map((credential) => revokeCredential(asked, credential, because, cut)),
    ...[...invitations.keys()].map((invitation) =>
      draft(asked, 'invitation.withdrawn', 'facility', { invitation, person }, {}),
    ),
    ...[...requests.values()].map(({ id: request, project }) =>
      draft(asked, 'request.withdrawn', project, { request, person, project }, {}),
    ),
    ...[...recoveries.keys()].map((recovery) =>
      draft(asked, 'recovery.withdrawn', 'facility', { recovery, person, cut }, {}),
    ),
    ...(roles.length === 0 ? [] : [draft(asked, 'person.roles-changed', 'facility', { person }, { roles: [] })]),
  ];
}
