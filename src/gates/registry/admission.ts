/** How sessions begin: decided, recorded, and decided again once the entry is durable. */
import type { Shape } from '#gates/registry/coverage.ts';
import type { Endings } from '#gates/registry/endings.ts';
import type { Judge } from '#gates/registry/judge.ts';
import { ENDED, LEASE_LOST } from '#gates/registry/judge.ts';
import type { Keeper } from '#gates/registry/live.ts';
import { Live } from '#gates/registry/live.ts';
import type { Roll } from '#gates/registry/roll.ts';
import type { By, Gate } from '#model/events.ts';
import type { Clock } from '#ports/clock.ts';
import type { EngineClient } from '#ports/engine.ts';
import type { Random } from '#ports/random.ts';
import type { LiveSession, SessionRegistry, SessionRequest } from '#ports/sessions.ts';
import type { SessionId } from '#std/ids.ts';
import { ID_RANDOM_BYTES, makeId } from '#std/ids.ts';
import type { Refused } from '#std/refused.ts';
import { refused } from '#std/refused.ts';

export const LIVE_SESSIONS_MAX = 20_000;

export interface Admission extends Pick<SessionRegistry, 'open' | 'adopt'> {
  /** Nobody is let in from now on. */
  stop(): void;
}

export interface AdmissionParts {
  readonly engine: EngineClient;
  readonly clock: Clock;
  readonly random: Random;
  readonly gate: Gate;
  readonly by: By;
  readonly shape: Shape;
  readonly sessionMsMax: number;
  readonly roll: Roll;
  readonly judge: Judge;
  readonly endings: Endings;
  readonly keeper: Keeper;
}

export function createAdmission(parts: AdmissionParts): Admission {
  const { engine, clock, random, gate, by, shape, sessionMsMax, roll, judge, endings, keeper } = parts;
  let isStopped = false;

  async function open(request: SessionRequest): Promise<LiveSession | Refused> {
    const refusal = cannotOpen();
    if (refusal !== undefined) return refusal;
    const until = Math.min(request.until, clock.now() + sessionMsMax);
    const session = new Live(makeId('session', random.bytes(ID_RANDOM_BYTES)), { ...request, gate, until }, keeper);
    const first = judge.hold(session, engine.state(), undefined);
    if (first !== undefined) return first;
    roll.live.set(session.id, session);
    try {
      const outcome = await engine.command(
        { kind: 'open-session', session: session.id, ...recordable(request), gate, until: session.until },
        by,
      );
      if (outcome.kind === 'refused') return abandon(session, outcome);
    } catch (error) {
      abandon(session, LEASE_LOST);
      throw error;
    }
    session.recorded = true;
    return settle(session);
  }

  function cannotOpen(): Refused | undefined {
    if (isStopped) return refused('gate-closing', 'This gate is closing.', 'Try again in a moment.');
    if (!judge.isLeased()) return LEASE_LOST;
    if (roll.live.size >= LIVE_SESSIONS_MAX)
      return refused('too-many-sessions', 'This gate has no room for another session.', 'Try again later.');
    return undefined;
  }

  /** The world may have changed while the entry was on its way to the disk. */
  function settle(session: Live): LiveSession | Refused {
    if (session.closed !== undefined) {
      void endings.tell(session, session.closed);
      return ENDED;
    }
    const refusal = judge.hold(session, engine.state(), session.id);
    if (refusal === undefined) return session;
    void endings.end(session, 'rights-changed');
    return refusal;
  }

  function abandon(session: Live, refusal: Refused): Refused {
    session.closed ??= 'fault';
    session.deadline?.takeBack();
    roll.live.delete(session.id);
    return refusal;
  }

  function adopt(id: SessionId): LiveSession | Refused {
    const known = roll.live.get(id);
    if (known !== undefined) return known;
    const refusal = cannotOpen();
    if (refusal !== undefined) return refusal;
    const state = engine.state();
    const stored = state.sessions.get(id);
    if (stored === undefined || stored.gate !== gate || stored.cutOrdered !== undefined || shape === 'connection')
      return ENDED;
    const session = new Live(id, stored, keeper);
    session.recorded = true;
    const no = judge.hold(session, state, id);
    if (no !== undefined) {
      void endings.tell(session, 'rights-changed');
      return no;
    }
    roll.live.set(id, session);
    return session;
  }

  return { open, adopt, stop: () => void (isStopped = true) };
}

/** What `open-session` takes of a request. */
function recordable({ person, project, engagement, credential, from, client, tokenHash, factorAt }: SessionRequest) {
  return { person, project, engagement, credential, from, client, tokenHash, factorAt };
}
