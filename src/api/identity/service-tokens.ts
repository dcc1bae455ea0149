/**
 * Service tokens: `Authorization: Bearer plk_…`. A token is a credential of a service account, bound to one engagement and so to one
 * role, project and end. Its use is a session like any other, kept open while it is used and cut like any other.
 */
import type { ApiContext } from '#api/context.ts';
import type { Attempt, Tries } from '#api/identity/attempts.ts';
import { refuseAttempt, tooManyTries } from '#api/identity/attempts.ts';
import { endOf, newestOf } from '#api/identity/former.ts';
import { engineLost, IDLE_MS, SESSION_MS_MAX, signedOut } from '#api/identity/sign-ins.ts';
import { hashToken, isToken, SERVICE_TOKEN_PREFIX } from '#api/identity/token.ts';
import type { Caller } from '#api/caller.ts';
import type { Credential, Engagement, State } from '#model/state.ts';
import type { LiveSession } from '#ports/sessions.ts';
import type { Outcome, Refused } from '#std/refused.ts';
import { isRefused, ok } from '#std/refused.ts';

/** Tokens in use, told apart by address; beyond that the one that was used longest ago is let go. */
const OPEN_MAX = 10_000;

type Reach = Pick<ApiContext, 'sessions'> & Tries;

interface Use {
  readonly opening: Promise<Outcome<LiveSession>>;
  session: LiveSession | undefined;
  activeAt: number;
}

export class ServiceTokens {
  readonly #reach: Reach;
  /** By token and address, least recently used first. */
  readonly #uses = new Map<string, Use>();

  constructor(reach: Reach) {
    this.#reach = reach;
  }

  async authenticate(bearer: string, from: string, client: string | undefined): Promise<Outcome<Caller>> {
    const { engine, clock } = this.#reach;
    if (clock.monotonic() >= engine.lease()) return engineLost();
    const found = this.#find(bearer);
    if (found === undefined) return this.#refuse(from, (state) => attemptWith(state, bearer, clock.now()), signedOut());
    const session = await this.#session(found.credential, found.engagement, from, client);
    if (isRefused(session)) {
      const { person, id } = found.credential;
      return this.#refuse(from, () => ({ person, credential: id, with: 'service-token', why: session.code }), session);
    }
    return ok({ person: found.credential.person, session: session.value, from, project: found.engagement.project });
  }

  /** A request that names itself in a way that is none of ours: basic authentication, a token of another shape. */
  async refuseOther(from: string): Promise<Refused> {
    const { engine, clock } = this.#reach;
    if (clock.monotonic() >= engine.lease()) return engineLost();
    return this.#refuse(from, () => ({ with: 'service-token', why: 'not-a-token' }), signedOut());
  }

  /** Machines repeat themselves: tries beyond the limit are one entry a minute, and the answer stays what it is. */
  async #refuse(from: string, attempt: (state: State) => Attempt, answer: Refused): Promise<Refused> {
    if (answer.code === 'engine-lost') return answer; // nobody could record it
    const flood = await tooManyTries(this.#reach, from, 'service-token');
    if (flood !== undefined) return answer;
    return refuseAttempt(this.#reach, from, attempt(this.#reach.engine.state()), answer);
  }

  #find(bearer: string): { readonly credential: Credential; readonly engagement: Engagement } | undefined {
    const tokenHash = hashOf(bearer);
    const state = this.#reach.engine.state();
    const id = tokenHash === undefined ? undefined : state.index.tokenByHash.get(tokenHash);
    const credential = id === undefined ? undefined : state.credentials.get(id);
    if (
      credential?.what.type !== 'service-token' ||
      credential.revokedAt !== undefined ||
      credential.expiresAt <= this.#reach.clock.now()
    )
      return undefined;
    const engagement = state.engagements.get(credential.what.engagement);
    return engagement === undefined ? undefined : { credential, engagement };
  }

  /**
   * Requests that come at once from one address share one session; a session that was closed is opened (and so decided) anew. Each address has
   * its own, so that what is ended or asked about a machine is that machine's.
   */
  async #session(
    credential: Credential,
    engagement: Engagement,
    from: string,
    client: string | undefined,
  ): Promise<Outcome<LiveSession>> {
    const now = this.#reach.clock.now();
    const key = `${credential.id} ${from}`;
    const use = this.#uses.get(key);
    const kept = use === undefined ? undefined : await use.opening;
    if (use !== undefined && kept?.kind === 'ok' && kept.value.closed === undefined && kept.value.until > now) {
      use.activeAt = now;
      if (this.#uses.get(key) === use) {
        this.#uses.delete(key);
        this.#uses.set(key, use);
      }
      return kept;
    }
    if (this.#uses.get(key) !== use) return this.#session(credential, engagement, from, client); // somebody was faster
    const fresh: Use = { opening: this.#open(credential, engagement, from, client), session: undefined, activeAt: now };
    this.#uses.set(key, fresh);
    this.#forgetIdle(now);
    const opened = await fresh.opening;
    if (opened.kind === 'ok') fresh.session = opened.value;
    return opened;
  }

  async #open(
    credential: Credential,
    engagement: Engagement,
    from: string,
    client: string | undefined,
  ): Promise<Outcome<LiveSession>> {
    const until = Math.min(this.#reach.clock.now() + SESSION_MS_MAX, credential.expiresAt, engagement.until);
    const session = await this.#reach.sessions.open({
      gate: 'portal',
      person: credential.person,
      credential: credential.id,
      engagement: engagement.id,
      project: engagement.project,
      from,
      until,
      ...(client === undefined ? {} : { client: client.slice(0, 200) }),
    });
    return isRefused(session) ? session : ok(session);
  }

  #forgetIdle(now: number): void {
    for (const [key, use] of this.#uses) {
      if (this.#uses.size <= OPEN_MAX && !isIdle(use, now)) continue;
      this.#uses.delete(key);
      void use.opening
        .then((session) => (session.kind === 'ok' ? session.value.close('idle') : undefined))
        .catch(() => undefined);
    }
  }
}

/** A transfer of hours, or a machine that listens for events, asks nothing meanwhile and is not idle. */
function isIdle({ session, activeAt }: Use, now: number): boolean {
  return (session?.attached ?? 0) === 0 && now - Math.max(activeAt, session?.lastByteAt ?? 0) >= IDLE_MS;
}

function hashOf(bearer: string): string | undefined {
  const token = bearer.startsWith(SERVICE_TOKEN_PREFIX) ? bearer.slice(SERVICE_TOKEN_PREFIX.length) : '';
  return isToken(token) ? hashToken(token) : undefined;
}

/** Whose token it is or was, and why it lets nobody in. Of one that is nobody's nothing is told: it may be a secret of somewhere else. */
function attemptWith(state: State, bearer: string, at: number): Attempt {
  const tokenHash = hashOf(bearer);
  if (tokenHash === undefined) return { with: 'service-token', why: 'not-a-token' };
  const token = newestOf(state, (what) => what.type === 'service-token' && what.tokenHash === tokenHash);
  if (token === undefined) return { with: 'service-token', why: 'unknown-token' };
  return {
    person: token.person,
    credential: token.id,
    with: 'service-token',
    why: endOf(token, at) ?? 'unknown-token',
  };
}
