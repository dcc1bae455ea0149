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
import type { CredentialId } from '#std/ids.ts';
import type { Outcome, Refused } from '#std/refused.ts';
import { isRefused, ok } from '#std/refused.ts';

const OPEN_MAX = 1_000;

type Reach = Pick<ApiContext, 'sessions'> & Tries;

interface Use {
  readonly opening: Promise<Outcome<LiveSession>>;
  activeAt: number;
}

export class ServiceTokens {
  readonly #reach: Reach;
  readonly #uses = new Map<CredentialId, Use>();

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

  /** Requests that come at once share one session; a session that was closed is opened (and so decided) anew. */
  async #session(
    credential: Credential,
    engagement: Engagement,
    from: string,
    client: string | undefined,
  ): Promise<Outcome<LiveSession>> {
    const now = this.#reach.clock.now();
    const use = this.#uses.get(credential.id);
    const kept = use === undefined ? undefined : await use.opening;
    if (use !== undefined && kept?.kind === 'ok' && kept.value.closed === undefined && kept.value.until > now) {
      use.activeAt = now;
      return kept;
    }
    if (this.#uses.get(credential.id) !== use) return this.#session(credential, engagement, from, client); // somebody was faster
    const opening = this.#open(credential, engagement, from, client);
    this.#uses.set(credential.id, { opening, activeAt: now });
    this.#forgetIdle(now);
    return opening;
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
    for (const [id, { opening, activeAt }] of this.#uses) {
      if (now - activeAt < IDLE_MS && this.#uses.size <= OPEN_MAX) continue;
      this.#uses.delete(id);
      void opening
        .then((session) => (session.kind === 'ok' ? session.value.close('idle') : undefined))
        .catch(() => undefined);
    }
  }
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
