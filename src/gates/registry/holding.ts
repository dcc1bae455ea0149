/**
 * What a session needs to stay open, asked on every gate in its own way, and always of the one decision (`permits`).
 */
import { bind } from '#access/binding.ts';
import { permits, refusalOf } from '#access/permits.ts';
import { DENIALS } from '#access/rules.ts';
import type { Action } from '#model/actions.ts';
import { ACTIONS, isAction } from '#model/actions.ts';
import { TIME_MAX } from '#model/limits.ts';
import type { State } from '#model/state.ts';
import type { Needs, SessionRequest } from '#ports/sessions.ts';
import type { ProjectId, SessionId } from '#std/ids.ts';
import type { Refused } from '#std/refused.ts';
import { refused } from '#std/refused.ts';

export interface Holding {
  readonly kind: 'held';
  /** The first instant at which the answer could change with no further entry. */
  readonly until: number;
  /** Rights that the session was opened with; losing one of them ends it. */
  readonly rights: ReadonlySet<string>;
}

/** `session` is undefined while the session is being opened. */
export type Decide = (
  state: State,
  request: SessionRequest,
  session: SessionId | undefined,
  at: number,
) => Holding | Refused;

const NO_RIGHTS: ReadonlySet<string> = new Set();

/**
 * A browser session, or a service token in use at the portal: the account is active, the credential is live. Projects come and go
 * without ending it; what is attached to it carries its own needs.
 */
export const decideSignIn: Decide = (state, request, session, at) => {
  const person = state.people.get(request.person);
  if (person === undefined) return rule('unknown-person');
  if (person.standing !== 'active') return rule('person-not-active');
  const { denial, until, isToken, engagement } = bind(
    state,
    request.person,
    { session, credential: request.credential },
    at,
  );
  if (denial !== undefined) return rule(denial);
  if (!isToken) return { kind: 'held', until, rights: NO_RIGHTS };
  const project = engagement === undefined ? undefined : state.engagements.get(engagement)?.project;
  const decision = permits(
    state,
    { who: request.person, action: 'file.list', on: { project, path: '' }, context: contextOf(request, session) },
    at,
  );
  return decision.allow
    ? { kind: 'held', until: Math.min(until, decision.until), rights: NO_RIGHTS }
    : refusalOf(decision);
};

/**
 * A connection that shows every project of the person at once. It ends when anything that it was opened with is lost: the
 * client connects anew and sees what is left.
 */
export const decideTransfer: Decide = (state, request, session, at) => {
  const signedIn = decideSignIn(state, request, session, at);
  if (signedIn.kind === 'refused') return signedIn;
  const rights = new Set<string>();
  let until = signedIn.until;
  let nearest: Refused | undefined;
  for (const project of projectsOf(state, request)) {
    const context = contextOf(request, session);
    const seen = permits(state, { who: request.person, action: 'file.list', on: { project, path: '' }, context }, at);
    if (!seen.allow) {
      nearest = refusalOf(seen);
      continue;
    }
    until = Math.min(until, seen.until, rightsIn(state, request, session, project, at, rights));
  }
  return rights.size > 0 ? { kind: 'held', until, rights } : (nearest ?? rule('no-engagement'));
};

/** Adds what may be done in each folder of the project; the result is when any of it could change. */
function rightsIn(
  state: State,
  request: SessionRequest,
  session: SessionId | undefined,
  project: ProjectId,
  at: number,
  into: Set<string>,
): number {
  let until = TIME_MAX;
  const context = contextOf(request, session);
  for (const folder of state.projects.get(project)?.folders ?? []) {
    for (const action of FILE_ACTIONS) {
      const decision = permits(
        state,
        { who: request.person, action, on: { project, path: `${folder}/_` }, context },
        at,
      );
      if (!decision.allow) continue;
      into.add(`${project}/${folder}:${action}`);
      until = Math.min(until, decision.until);
    }
  }
  return until;
}

function projectsOf(state: State, { person, project }: SessionRequest): readonly ProjectId[] {
  return project === undefined ? [...(state.index.engagementsOf.get(person)?.keys() ?? [])] : [project];
}

/** Until when an attached thing may go on; `from` is where its own request came from. */
export function decideNeeds(
  state: State,
  request: SessionRequest,
  session: SessionId,
  needs: Needs,
  at: number,
  from = request.from,
): number | Refused {
  if (!isAction(needs.action)) return rule('role-lacks-action');
  const { action, project, path } = needs;
  const decision = permits(
    state,
    { who: request.person, action, on: { project, path }, context: { ...contextOf(request, session), from } },
    at,
  );
  return decision.allow ? decision.until : refusalOf(decision);
}

function contextOf({ from, factorAt, credential, engagement }: SessionRequest, session: SessionId | undefined) {
  return { from, factorAt, credential, engagement, session };
}

function rule(id: keyof typeof DENIALS): Refused {
  const { says, ask } = DENIALS[id];
  return refused(id, says, ask);
}

const FILE_ACTIONS: readonly Action[] = Object.keys(ACTIONS).filter(
  (action): action is Action => isAction(action) && ACTIONS[action].reach === 'file',
);
