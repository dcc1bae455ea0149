/**
 * What the session and the credential of a request add to it: whether they are alive, until when, what they are bound to, and when the
 * last second factor was shown.
 */
import type { DenialId } from '#access/rules.ts';
import { isAnythingContained, isContained } from '#model/containment.ts';
import { TIME_MAX } from '#model/limits.ts';
import type { Session, State } from '#model/state.ts';
import type { CredentialId, EngagementId, PersonId, ProjectId, SessionId, ZoneId } from '#std/ids.ts';

export interface Context {
  /** Where the request comes from; the zone follows from it unless `zone` is given. */
  readonly from?: string | undefined;
  readonly zone?: ZoneId | undefined;
  /** When the last second factor was shown; the session's own record goes before it. */
  readonly factorAt?: number | undefined;
  readonly session?: SessionId | undefined;
  /** Narrows the answer to one engagement. */
  readonly engagement?: EngagementId | undefined;
  /** The credential in use; a service token narrows the answer to its engagement. */
  readonly credential?: CredentialId | undefined;
}

export interface Binding {
  readonly denial: DenialId | undefined;
  readonly until: number;
  readonly factorAt: number | undefined;
  readonly engagement: EngagementId | undefined;
  readonly project: ProjectId | undefined;
  /** A service token is in use: nothing but its engagement counts. */
  readonly isToken: boolean;
}

const UNBOUND: Binding = {
  denial: undefined,
  until: TIME_MAX,
  factorAt: undefined,
  engagement: undefined,
  project: undefined,
  isToken: false,
};
const SESSION_ENDED: Binding = { ...UNBOUND, denial: 'session-ended' };
const QUARANTINED: Binding = { ...UNBOUND, denial: 'quarantined' };
const CREDENTIAL_ENDED: Binding = { ...UNBOUND, denial: 'credential-ended' };

export function bind(state: State, who: PersonId, context: Context, at: number): Binding {
  const { session: id, credential, factorAt, engagement } = context;
  if (isAnythingContained(state) && isAskerContained(state, who, context)) return QUARANTINED;
  if (id === undefined) {
    const isBare = factorAt === undefined && engagement === undefined;
    const free = isBare ? UNBOUND : unboundBut(TIME_MAX, factorAt, engagement, undefined);
    return credential === undefined ? free : bindCredential(state, who, free, credential, at);
  }
  const session = state.sessions.get(id);
  if (session === undefined || !isLive(session, who, at)) return SESSION_ENDED;
  const free = unboundBut(session.until, session.factorAt ?? factorAt, engagement, session.project);
  const bySession = bindCredential(state, who, free, session.credential, at);
  return credential === session.credential ? bySession : bindCredential(state, who, bySession, credential, at);
}

/** By the person, the machine that the request or its session came from, or either's credential. */
function isAskerContained(state: State, who: PersonId, { session: id, credential, from }: Context): boolean {
  const session = id === undefined ? undefined : state.sessions.get(id);
  return (
    isContained(state, { person: who, from, credential }) ||
    isContained(state, { from: session?.from, credential: session?.credential })
  );
}

/** Written out member by member: this stands on the hot path. */
function unboundBut(
  until: number,
  factorAt: number | undefined,
  engagement: EngagementId | undefined,
  project: ProjectId | undefined,
): Binding {
  return { denial: undefined, until, factorAt, engagement, project, isToken: false };
}

function isLive(session: Session, who: PersonId, at: number): boolean {
  return session.person === who && session.cutOrdered === undefined && at < session.until;
}

function bindCredential(
  state: State,
  who: PersonId,
  binding: Binding,
  id: CredentialId | undefined,
  at: number,
): Binding {
  if (id === undefined || binding.denial !== undefined) return binding;
  const credential = state.credentials.get(id);
  if (
    credential === undefined ||
    credential.person !== who ||
    credential.revokedAt !== undefined ||
    credential.expiresAt <= at
  ) {
    return CREDENTIAL_ENDED;
  }
  const until = Math.min(binding.until, credential.expiresAt);
  if (credential.what.type !== 'service-token') return { ...binding, until };
  if (binding.engagement !== undefined && binding.engagement !== credential.what.engagement)
    return { ...binding, denial: 'bound-elsewhere' };
  return { ...binding, until, engagement: credential.what.engagement, isToken: true };
}
