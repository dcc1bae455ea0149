/** Who calls: a signed-in person or a service with its token. */
import type { ApiContext } from '#api/context.ts';
import type { AccessQuestion, Decision, Target } from '#access/permits.ts';
import { permits, refusalOf } from '#access/permits.ts';
import type { Action } from '#model/actions.ts';
import { isAction } from '#model/actions.ts';
import type { By } from '#model/events.ts';
import type { State } from '#model/state.ts';
import type { FileActor } from '#ports/files.ts';
import type { LiveSession } from '#ports/sessions.ts';
import { assert } from '#std/assert.ts';
import type { PersonId, ProjectId } from '#std/ids.ts';
import type { Outcome } from '#std/refused.ts';
import { ok } from '#std/refused.ts';

export interface Caller {
  readonly person: PersonId;
  readonly session: LiveSession;
  /** The address that the request came from. */
  readonly from: string;
  /** Set for service tokens: nothing but this project. */
  readonly project?: ProjectId;
}

export function byOf({ person, session, from }: Caller): By {
  return { person, session: session.id, from };
}

export function actorOf(caller: Caller, state: State): FileActor {
  const { person, session, from, project } = caller;
  const factorAt = state.sessions.get(session.id)?.factorAt;
  return {
    person,
    session: session.id,
    gate: 'portal',
    from,
    ...(factorAt === undefined ? {} : { factorAt }),
    ...(project === undefined ? {} : { project }),
  };
}

/** The caller's question; the session brings its second factor and what it is bound to. */
export function questionOf(caller: Caller, action: Action, on: Target): AccessQuestion {
  return { who: caller.person, action, on, context: { session: caller.session.id, from: caller.from } };
}

export function decide(state: State, caller: Caller, action: string, on: Target, at: number): Decision {
  assert(isAction(action), `an endpoint names an unknown action: ${action}`);
  return permits(state, questionOf(caller, action, on), at);
}

/** A refusal that names the rule, and leaves an entry; the answer does not wait for it. */
export function requireAction(
  { engine, clock }: ApiContext,
  caller: Caller,
  action: string,
  on: Target,
): Outcome<void> {
  const decision = decide(engine.state(), caller, action, on, clock.now());
  if (decision.allow) return ok(undefined);
  const refusal = refusalOf(decision);
  const stream = on.project !== undefined && engine.state().projects.has(on.project) ? on.project : 'facility';
  const about = {
    ...(on.project === undefined ? {} : { project: on.project }),
    person: caller.person,
    gate: 'portal' as const,
  };
  engine
    .record([
      { kind: 'access.refused', stream, by: byOf(caller), about, data: { action, rule: refusal.code, gate: 'portal' } },
    ])
    .catch(() => undefined); // Nothing was done, so nothing is lost when the engine is gone; the lease ends the session.
  return refusal;
}
