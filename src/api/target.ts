/** On whom or what an endpoint's action is decided, read off its path. */
import type { Target } from '#access/permits.ts';
import type { Scope } from '#api/endpoints/endpoint.ts';
import { findEngagement, findPerson, findProject, unknown } from '#api/find.ts';
import { isAction, traitsOf } from '#model/actions.ts';
import type { State } from '#model/state.ts';
import type { CredentialId, EngagementId, PersonId, RequestId, SessionId } from '#std/ids.ts';
import type { Outcome } from '#std/refused.ts';
import { isRefused, ok } from '#std/refused.ts';

type Params = Readonly<Record<string, string>>;

export function targetOf(state: State, scope: Exclude<Scope, 'each'>, params: Params, action: string): Outcome<Target> {
  return TARGETS[scope](state, params, action);
}

type FindTarget = (state: State, params: Params, action: string) => Outcome<Target>;

/** The shape of each parameter was checked by its endpoint's schema, which is why the casts hold. */
const TARGETS: { readonly [S in Exclude<Scope, 'each'>]: FindTarget } = {
  facility: () => ok({}),
  project: (state, params) => {
    const project = findProject(state, params['project'] ?? '');
    return isRefused(project) ? project : ok({ project: project.value.id });
  },
  person: (state, params, action) => {
    const person = findPerson(state, params['person'] as PersonId);
    if (isRefused(person)) return person;
    // A project's action about a person (her history) is asked of the facility: her entries stand in many streams.
    return ok(isAction(action) && traitsOf(action).reach === 'project' ? {} : { person: person.value.id });
  },
  engagement: (state, params, action) => {
    const engagement = findEngagement(state, params['engagement'] as EngagementId);
    return isRefused(engagement)
      ? engagement
      : ok(ownable(action, { project: engagement.value.project }, engagement.value.person));
  },
  request: (state, params) => {
    const request = state.requests.get(params['request'] as RequestId);
    return request === undefined ? unknown('request') : ok({ project: request.project });
  },
  session: (state, params, action) => {
    const session = state.sessions.get(params['session'] as SessionId);
    if (session === undefined) return unknown('session');
    return ok(ownable(action, session.project === undefined ? {} : { project: session.project }, session.person));
  },
  credential: (state, params) => {
    const credential = state.credentials.get(params['credential'] as CredentialId);
    return credential === undefined ? unknown('credential') : ok({ person: credential.person });
  },
};

/** Actions that everybody may do for themselves name whose affair it is. */
function ownable(action: string, target: Target, person: PersonId): Target {
  return isAction(action) && traitsOf(action).own === true ? { ...target, person } : target;
}
