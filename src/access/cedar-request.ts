/**
 * A question in Cedar's JSON: one request for each thing that the person holds, with the entities that it needs. Read straight
 * off the state and not through `permits`, so that the two can disagree.
 */
import { zoneOf } from '#access/address.ts';
import { localTime } from '#access/hours.ts';
import type { AccessQuestion } from '#access/permits.ts';
import { traitsOf } from '#model/actions.ts';
import type { Credential, Engagement, Person, State } from '#model/state.ts';
import { canonicalAddress } from '#std/address.ts';
import type { CredentialId, RoleId } from '#std/ids.ts';

export type CedarValue = string | number | boolean | readonly CedarValue[] | { readonly [key: string]: CedarValue };
export interface CedarUid {
  readonly type: string;
  readonly id: string;
}
export interface CedarEntity {
  readonly uid: CedarUid;
  readonly attrs: { readonly [name: string]: CedarValue };
  readonly parents: readonly CedarUid[];
}
export interface CedarRequest {
  readonly principal: CedarUid;
  readonly action: CedarUid;
  readonly resource: CedarUid;
  readonly context: { readonly [name: string]: CedarValue };
  readonly entities: readonly CedarEntity[];
}

/** The question is allowed when any of these is; with none of them it is denied. */
export function cedarRequests(state: State, question: AccessQuestion, at: number): readonly CedarRequest[] {
  const person = state.people.get(question.who);
  if (person === undefined) return [];
  const context = contextOf(state, question, at);
  const place = placeOf(state, question);
  const action: CedarUid = { type: 'Action', id: question.action };
  const principals = [
    ...(traitsOf(question.action).own === true ? [personEntity(person)] : []),
    ...person.roles.map(({ role, until }, i) => facilityEntity(state, person, role, until, i)),
    ...[...state.engagements.values()]
      .filter((one) => one.person === person.id)
      .flatMap((one) => engagementEntity(state, person, one)),
  ];
  return principals.map((principal) => {
    const roles = principal.parents.map((uid): CedarEntity => ({ uid, attrs: {}, parents: [] }));
    return { principal: principal.uid, action, resource: place.uid, context, entities: [principal, place, ...roles] };
  });
}

function personEntity({ id, standing }: Person): CedarEntity {
  return { uid: { type: 'Person', id }, attrs: { id, standing }, parents: [] };
}

function facilityEntity(
  state: State,
  { id: person, standing, nature }: Person,
  role: RoleId,
  until: number,
  i: number,
): CedarEntity {
  return {
    uid: { type: 'FacilityRole', id: `${person} ${i}` },
    attrs: { person, standing, nature, until },
    parents: parentsOf(state, role),
  };
}

/** A retired role has no policies; leaving the parent out as well keeps a custom policy from reviving it. */
function parentsOf(state: State, role: RoleId): readonly CedarUid[] {
  return state.roles.get(role)?.retired === false ? [{ type: 'Role', id: role }] : [];
}

function engagementEntity(
  state: State,
  { standing, nature, onboarding }: Person,
  engagement: Engagement,
): readonly CedarEntity[] {
  const project = state.projects.get(engagement.project);
  if (project === undefined) return [];
  const { id, person, from, until, hours, zones, held } = engagement;
  const attrs = {
    id,
    person,
    standing,
    nature,
    project: project.id,
    projectStanding: project.standing,
    level: project.level,
    from,
    until,
    held,
    ended: engagement.ended !== undefined,
    nda: onboarding.nda ?? 0,
    training: onboarding.training ?? 0,
    screening: onboarding.screening ?? 0,
    asksScreening: state.facility?.screeningAsked === true,
    ...(hours === undefined ? {} : { hours: { ...hours } }),
    ...(zones === undefined ? {} : { zones: [...zones] }),
  };
  return [{ uid: { type: 'Engagement', id }, attrs, parents: parentsOf(state, engagement.role) }];
}

function placeOf(state: State, { on }: AccessQuestion): CedarEntity {
  const project = on.project === undefined ? undefined : state.projects.get(on.project);
  const path = on.path ?? '';
  const attrs = {
    project: on.project ?? '',
    known: on.project === undefined || project !== undefined,
    standing: project?.standing ?? 'live',
    path,
    folder: path.split('/')[0] ?? '',
    person: on.person ?? '',
  };
  return { uid: { type: 'Place', id: 'here' }, attrs, parents: [] };
}

function contextOf(state: State, { context }: AccessQuestion, at: number): { readonly [name: string]: CedarValue } {
  const { weekday, minute } = localTime(state.facility?.timeZone ?? 'UTC', at);
  const session = context.session === undefined ? undefined : state.sessions.get(context.session);
  const zone = context.zone ?? (context.from === undefined ? undefined : zoneOf(state, context.from));
  const factorAt = session?.factorAt ?? context.factorAt;
  const gone = { person: '', until: 0, cut: true };
  const asRecord =
    session === undefined
      ? gone
      : {
          person: session.person,
          until: session.until,
          cut: session.cutOrdered !== undefined,
          ...optional('project', session.project),
        };
  return {
    at,
    weekday,
    yesterday: (weekday + 6) % 7,
    minute,
    ...optional('zone', zone),
    ...optional('factorAt', factorAt),
    ...optional('engagement', context.engagement),
    ...(context.session === undefined ? {} : { session: asRecord }),
    ...optional('credential', credentialOf(state, context.credential)),
    ...optional('sessionCredential', credentialOf(state, session?.credential)),
    ...optional('from', written(context.from)),
    ...optional('sessionFrom', written(session?.from)),
    quarantine: quarantineOf(state),
  };
}

/** In the one form in which the quarantine's addresses are written, too. */
function written(from: string | undefined): string | undefined {
  return from === undefined ? undefined : (canonicalAddress(from) ?? from);
}

function quarantineOf(state: State): CedarValue {
  const quarantines = [...state.network.quarantines.values()];
  const scopes = quarantines.map(({ scope }) => scope);
  return {
    people: scopes.flatMap((scope) => (scope.kind === 'person' ? [scope.person] : [])),
    projects: scopes.flatMap((scope) => (scope.kind === 'project' ? [scope.project] : [])),
    addresses: scopes.flatMap((scope) =>
      scope.kind === 'host' ? (state.hosts.get(scope.host)?.addresses ?? []).map((one) => written(one) ?? one) : [],
    ),
    credentials: quarantines.flatMap(({ credentials }) => [...credentials]),
  };
}

function credentialOf(state: State, id: CredentialId | undefined): CedarValue | undefined {
  if (id === undefined) return undefined;
  const credential: Credential | undefined = state.credentials.get(id);
  if (credential === undefined) return { id, person: '', revoked: true, expiresAt: 0 };
  const { person, revokedAt, expiresAt, what } = credential;
  return {
    id,
    person,
    revoked: revokedAt !== undefined,
    expiresAt,
    ...optional('engagement', what.type === 'service-token' ? what.engagement : undefined),
  };
}

function optional(name: string, value: CedarValue | undefined): { readonly [name: string]: CedarValue } {
  return value === undefined ? {} : { [name]: value };
}
