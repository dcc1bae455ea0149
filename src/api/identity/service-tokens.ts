/**
 * Service tokens: `Authorization: Bearer plk_…`. A token is a credential of a service account, bound to one engagement and so to one
 * role, project and end. Its use is a session like any other, kept open while it is used and cut like any other.
 */
import type { ApiContext } from '#api/context.ts';
import { engineLost, IDLE_MS, SESSION_MS_MAX, signedOut } from '#api/identity/sign-ins.ts';
import { hashToken, isToken, SERVICE_TOKEN_PREFIX } from '#api/identity/token.ts';
import type { Caller } from '#api/caller.ts';
import type { Credential, Engagement } from '#model/state.ts';
import type { LiveSession } from '#ports/sessions.ts';
import type { CredentialId } from '#std/ids.ts';
import type { Outcome } from '#std/refused.ts';
import { isRefused, ok } from '#std/refused.ts';

const OPEN_MAX = 1_000;

type Reach = Pick<ApiContext, 'engine' | 'sessions' | 'clock'>;

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
    if (found === undefined) return signedOut();
    const session = await this.#session(found.credential, found.engagement, from, client);
    if (isRefused(session)) return session;
    return ok({ person: found.credential.person, session: session.value, from, project: found.engagement.project });
  }

  #find(bearer: string): { readonly credential: Credential; readonly engagement: Engagement } | undefined {
    const token = bearer.startsWith(SERVICE_TOKEN_PREFIX) ? bearer.slice(SERVICE_TOKEN_PREFIX.length) : '';
    if (!isToken(token)) return undefined;
    const state = this.#reach.engine.state();
    const id = state.index.tokenByHash.get(hashToken(token));
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
