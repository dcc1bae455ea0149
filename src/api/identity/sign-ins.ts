/**
 * Signed-in browsers: the cookie's token, its rotation, and the idle limit.
 *
 *     token ──SHA-256──> state.index.sessionByToken ──> the registry's live session
 *
 * A token lives 30 minutes at most (TS-8.1): it is replaced from 15 minutes on. The answer that carries the new one may never arrive, so the
 * one before it is good until the new one has been used, and a short overlap longer for requests that are under way; its own end stays.
 * 15 minutes without a request or a byte end the session, 12 hours end it in any case. Everything but the idle clock is in the
 * ledger, so a restarted portal still knows its sessions.
 */
import { hashToken, isToken, makeToken } from '#api/identity/token.ts';
import type { ApiContext } from '#api/context.ts';
import { PORTAL } from '#api/context.ts';
import { closeShare } from '#api/identity/close-share.ts';
import { machineOf, sharesAt } from '#model/share.ts';
import type { LiveSession, SessionRequest } from '#ports/sessions.ts';
import type { CredentialId, PersonId, SessionId } from '#std/ids.ts';
import type { Outcome } from '#std/refused.ts';
import { isRefused, ok, refused } from '#std/refused.ts';

export const SESSION_MS_MAX = 12 * 60 * 60_000;
export const IDLE_MS = 15 * 60_000;
export const ROTATE_AFTER_MS = 15 * 60_000;
export const TOKEN_MS_MAX = 30 * 60_000;
/** Requests that were sent with the former token are still answered for this long once the new one is in use. */
export const OVERLAP_MS = 30_000;
const SWEEP_MS = 5_000;
const FORMER_MAX = 10_000;
const CLIENT_CHARS_MAX = 200;

type Reach = Pick<ApiContext, 'engine' | 'sessions' | 'clock' | 'random'>;

/** Wall-clock instants, since ledger times are. */
interface Track {
  activeAt: number;
  /** When the current token was made; -1 after a restart: unknown, so replaced at once. */
  tokenAt: number;
  /** Whether the current token has come back, so that its answer has arrived. */
  isTokenUsed: boolean;
  rotating: boolean;
}

/** A token that was replaced, and the session that it still leads to. */
interface Former {
  readonly session: SessionId;
  until: number;
}

export interface SignInFacts {
  readonly person: PersonId;
  readonly credential?: CredentialId;
  readonly from: string;
  readonly client?: string;
}

export class SignIns {
  readonly #reach: Reach;
  readonly #startedAt: number;
  readonly #tracks = new Map<SessionId, Track>();
  readonly #former = new Map<string, Former>();
  #cancelSweep: () => void = () => undefined;

  constructor(reach: Reach) {
    this.#reach = reach;
    this.#startedAt = reach.clock.now();
    this.#scheduleSweep();
  }

  close(): void {
    this.#cancelSweep();
  }

  async open(facts: SignInFacts): Promise<Outcome<{ readonly token: string; readonly session: LiveSession }>> {
    const { clock, random, sessions } = this.#reach;
    const now = clock.now();
    const token = makeToken(random);
    const request: SessionRequest = {
      gate: 'portal',
      person: facts.person,
      from: facts.from,
      tokenHash: hashToken(token),
      factorAt: now,
      until: now + SESSION_MS_MAX,
      ...(facts.credential === undefined ? {} : { credential: facts.credential }),
      ...(facts.client === undefined ? {} : { client: facts.client.slice(0, CLIENT_CHARS_MAX) }),
    };
    const session = await sessions.open(request);
    if (isRefused(session)) return session;
    this.#tracks.set(session.id, { activeAt: now, tokenAt: now, isTokenUsed: false, rotating: false });
    return ok({ token, session });
  }

  /** The live session of a cookie's token. `background` requests (polling) do not count as activity. */
  authenticate(token: string, background: boolean): Outcome<LiveSession> {
    const { engine, sessions, clock } = this.#reach;
    if (clock.monotonic() >= engine.lease()) return engineLost();
    const hash = isToken(token) ? hashToken(token) : undefined;
    const id = hash === undefined ? undefined : this.#sessionOf(hash);
    const session = id === undefined ? undefined : (sessions.get(id) ?? sessions.adopt(id));
    if (
      session === undefined ||
      isRefused(session) ||
      session.closed !== undefined ||
      session.gate !== 'portal' ||
      session.until <= clock.now()
    )
      return signedOut();
    const track = this.#track(session.id);
    if (this.#isIdle(session, track)) {
      this.#end(session);
      return signedOut();
    }
    if (!background) track.activeAt = clock.now();
    if (!track.isTokenUsed && hash === engine.state().sessions.get(session.id)?.tokenHash)
      this.#arrived(session.id, track);
    return ok(session);
  }

  idleUntil(session: LiveSession): number {
    return Math.max(this.#track(session.id).activeAt, session.lastByteAt) + IDLE_MS;
  }

  /**
   * A fresh token when the present one is due, or when it has not come back for so long that its answer must have been lost; requests that
   * race for it get none and go on with the old one.
   */
  async rotated(session: LiveSession): Promise<string | undefined> {
    const now = this.#reach.clock.now();
    const { tokenAt, isTokenUsed } = this.#track(session.id);
    if (now - tokenAt < (isTokenUsed ? ROTATE_AFTER_MS : OVERLAP_MS)) return undefined;
    return this.#replace(session, Math.max(now + OVERLAP_MS, tokenAt < 0 ? 0 : tokenAt + TOKEN_MS_MAX));
  }

  /** A fresh token because the session has more rights than it had: the one before it dies after the overlap, come what may. */
  async rotate(session: LiveSession): Promise<string | undefined> {
    const until = this.#reach.clock.now() + OVERLAP_MS;
    this.#shorten(session.id, until);
    return this.#replace(session, until);
  }

  async #replace(session: LiveSession, formerUntil: number): Promise<string | undefined> {
    const { engine, clock, random } = this.#reach;
    const track = this.#track(session.id);
    const present = engine.state().sessions.get(session.id);
    if (present?.tokenHash === undefined || track.rotating) return undefined;
    track.rotating = true;
    const token = makeToken(random);
    try {
      const answer = await engine.command(
        { kind: 'renew-session', session: session.id, tokenHash: hashToken(token), until: present.until },
        { service: PORTAL, session: session.id },
      );
      if (isRefused(answer)) return undefined;
      this.#remember(present.tokenHash, { session: session.id, until: formerUntil });
      [track.tokenAt, track.isTokenUsed] = [clock.now(), false];
      return token;
    } finally {
      track.rotating = false;
    }
  }

  /** Storage that she holds open at this machine goes first: nothing is left behind when the page says goodbye. */
  async signOut(session: LiveSession): Promise<void> {
    const { engine, clock } = this.#reach;
    const state = engine.state();
    const machine = machineOf(state, session);
    const left = machine === undefined ? [] : sharesAt(state, machine.id, clock.now());
    const mine = left.filter(({ person }) => person === session.person);
    for (const share of mine) {
      const by = { person: session.person, session: session.id };
      await closeShare(this.#reach, share.id, 'signed-out', by);
    }
    this.#tracks.delete(session.id);
    await session.close('signed-out');
  }

  #sessionOf(tokenHash: string): SessionId | undefined {
    const current = this.#reach.engine.state().index.sessionByToken.get(tokenHash);
    if (current !== undefined) return current;
    const former = this.#former.get(tokenHash);
    return former !== undefined && this.#reach.clock.now() < former.until ? former.session : undefined;
  }

  /** The browser has the current token, so what came before it may go. */
  #arrived(session: SessionId, track: Track): void {
    track.isTokenUsed = true;
    this.#shorten(session, this.#reach.clock.now() + OVERLAP_MS);
  }

  #shorten(session: SessionId, until: number): void {
    for (const former of this.#former.values()) {
      if (former.session === session && former.until > until) former.until = until;
    }
  }

  #remember(tokenHash: string, former: Former): void {
    this.#former.set(tokenHash, former);
    const [oldest] = this.#former.keys();
    if (this.#former.size > FORMER_MAX && oldest !== undefined) this.#former.delete(oldest);
  }

  #track(id: SessionId): Track {
    const known = this.#tracks.get(id);
    if (known !== undefined) return known;
    const track: Track = { activeAt: this.#startedAt, tokenAt: -1, isTokenUsed: true, rotating: false };
    this.#tracks.set(id, track);
    return track;
  }

  #isIdle(session: LiveSession, track: Track): boolean {
    const now = this.#reach.clock.now();
    const isTokenOld = track.tokenAt >= 0 && now - track.tokenAt >= TOKEN_MS_MAX && session.attached === 0;
    return isTokenOld || now - Math.max(track.activeAt, session.lastByteAt) >= IDLE_MS;
  }

  #end(session: LiveSession): void {
    this.#tracks.delete(session.id);
    session.close('idle').catch(() => undefined); // The registry queues what it cannot write and ends the session anyway.
  }

  #scheduleSweep(): void {
    this.#cancelSweep = this.#reach.clock.atTime(this.#reach.clock.now() + SWEEP_MS, () => {
      this.sweep();
      this.#scheduleSweep();
    });
  }

  /** Ends what has been idle for too long, sessions of an earlier run that nobody came back to included. */
  sweep(): void {
    const { engine, clock } = this.#reach;
    const now = clock.now();
    for (const [hash, { until }] of this.#former) if (until <= now) this.#former.delete(hash);
    const state = engine.state();
    for (const id of this.#tracks.keys()) if (!state.sessions.has(id)) this.#tracks.delete(id);
    for (const { id, gate, tokenHash, cutOrdered } of state.sessions.values()) {
      if (gate !== 'portal' || tokenHash === undefined || cutOrdered !== undefined) continue;
      if (now - (this.#tracks.get(id)?.activeAt ?? this.#startedAt) >= IDLE_MS) this.#endIfIdle(id);
    }
  }

  #endIfIdle(id: SessionId): void {
    const session = this.#reach.sessions.get(id) ?? this.#reach.sessions.adopt(id);
    if (!isRefused(session) && session.closed === undefined && this.#isIdle(session, this.#track(id)))
      this.#end(session);
  }
}

export function signedOut() {
  return refused('signed-out', 'You are not signed in.', 'Sign in.');
}

export function engineLost() {
  return refused(
    'engine-lost',
    'The engine cannot be reached, so nothing is let through.',
    'Try again in a moment; tell the engineer if it lasts.',
  );
}
