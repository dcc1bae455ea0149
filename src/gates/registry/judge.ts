/** Who may stay: every session, and every attached thing with needs, decided afresh and held to a local deadline. */
import type { Shape } from '#gates/registry/coverage.ts';
import type { Deadlines } from '#gates/registry/deadlines.ts';
import type { Endings } from '#gates/registry/endings.ts';
import type { Decide } from '#gates/registry/holding.ts';
import { decideNeeds } from '#gates/registry/holding.ts';
import type { Armed, Attachment, Live } from '#gates/registry/live.ts';
import type { Roll } from '#gates/registry/roll.ts';
import type { State } from '#model/state.ts';
import type { Clock } from '#ports/clock.ts';
import type { EngineClient } from '#ports/engine.ts';
import type { SessionId } from '#std/ids.ts';
import type { Refused } from '#std/refused.ts';
import { isRefused, refused } from '#std/refused.ts';

export interface Judge {
  /** Whether this process may decide from its state just now. */
  isLeased(): boolean;
  /** Decides the session and arms its deadline; a refusal leaves it as it was. `id` is undefined until it is recorded. */
  hold(session: Live, state: State, id: SessionId | undefined): Refused | undefined;
  /** Decides what an attached thing needs and arms its deadline; false: it may not live. */
  admit(session: Live, attachment: Attachment): boolean;
  decideAll(state: State): void;
}

export interface JudgeParts {
  readonly engine: EngineClient;
  readonly clock: Clock;
  readonly decide: Decide;
  readonly shape: Shape;
  readonly deadlines: Deadlines;
  readonly roll: Roll;
  readonly endings: Endings;
}

export function createJudge({ engine, clock, decide, shape, deadlines, roll, endings }: JudgeParts): Judge {
  function isLeased(): boolean {
    return engine.lease() > clock.monotonic();
  }

  function hold(session: Live, state: State, id: SessionId | undefined): Refused | undefined {
    const now = clock.now();
    if (!isLeased()) return LEASE_LOST;
    if (session.until <= now) return ENDED;
    const holding = decide(state, session, id, now);
    if (isRefused(holding)) return holding;
    for (const right of session.rights) if (!holding.rights.has(right)) return LOST_RIGHTS;
    session.rights = holding.rights;
    arm(session, Math.min(session.until, holding.until), () => expire(session));
    return undefined;
  }

  function arm(held: { deadline: Armed | undefined }, at: number, run: () => void): void {
    if (held.deadline?.at === at) return;
    held.deadline?.takeBack();
    const takeBack = deadlines.add(at, () => {
      held.deadline = undefined;
      run();
    });
    held.deadline = { at, takeBack };
  }

  function expire(session: Live): void {
    if (session.closed !== undefined) return;
    const isOver = session.until <= clock.now();
    // An entry may have moved the horizon: only a fresh yes that reaches further lets it live.
    if (isOver || hold(session, engine.state(), session.recorded ? session.id : undefined) !== undefined) {
      void endings.end(session, isOver && shape === 'visits' ? 'absolute-limit' : 'clock');
    }
  }

  function admit(session: Live, attachment: Attachment): boolean {
    if (!isLeased()) return false;
    const { needs, from } = attachment;
    if (needs === undefined) return true;
    const until = decideNeeds(engine.state(), session, session.id, needs, clock.now(), from);
    if (isRefused(until)) return false;
    arm(attachment, until, () => {
      if (session.attachments.has(attachment) && !admit(session, attachment)) session.destroy(attachment, 'clock');
    });
    return true;
  }

  function decideAll(state: State): void {
    if (shape === 'path' && !isLeased()) return; // nothing is decided from an old state; the deadlines stand
    for (const session of roll.live.values()) {
      if (!session.recorded || session.closed !== undefined) continue;
      if (hold(session, state, session.id) !== undefined) void endings.end(session, 'rights-changed');
      else
        for (const attachment of session.attachments)
          if (!admit(session, attachment)) session.destroy(attachment, 'rights-changed');
    }
  }

  return { isLeased, hold, admit, decideAll };
}

export const LEASE_LOST = refused(
  'engine-lost',
  'Picturelock cannot check your access just now.',
  'Try again in a moment.',
);
export const ENDED = refused('session-ended', 'This session has ended.', 'Sign in again.');
const LOST_RIGHTS = refused('rights-changed', 'Your access has changed.', 'Connect again to see what is left.');
