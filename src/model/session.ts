/** Sessions and signing in: one live connection of any kind, in its project's stream when it has a project. */
import type { Asked, CommandOf } from '#model/commands.ts';
import { isContained, isProjectContained, quarantined } from '#model/containment.ts';
import type { About, DataOf, Stream } from '#model/events.ts';
import { isLiveCredential, isOver, orderCut } from '#model/ending.ts';
import { LOCKOUT_FAILURES, SESSION_MS_MAX } from '#model/limits.ts';
import { withoutPathsOf, withPathsUntil } from '#model/opening.ts';
import { withPerson } from '#model/person.ts';
import { alreadyDone, badTime, notActive, takenId, unknown } from '#model/refusals.ts';
import type { Person, Session, State } from '#model/state.ts';
import { shareSessionRefusal } from '#model/share.ts';
import { decided, draft, present } from '#model/transition.ts';
import type { Decided, Deciders, Evolvers } from '#model/transition.ts';
import { assert } from '#std/assert.ts';
import type { CredentialId, PersonId, ProjectId, SessionId } from '#std/ids.ts';
import type { Refused } from '#std/refused.ts';
import { refused } from '#std/refused.ts';

/** Guessable factors count towards the lockout; keys cannot be guessed, and clients offer several of them in turn. */
export function isGuessable(factor: string): boolean {
  return /password|totp|code/.test(factor);
}

/**
 * Refusals before anything was compared: a step that has timed out, an account that is locked already for this very session. Nothing was
 * guessed, so nobody's count grows by them.
 */
const NOTHING_GUESSED: ReadonlySet<string> = new Set([
  'too-many-tries',
  'step-up-ceremony-over',
  'step-up-person-locked',
  'step-up-session-ended',
]);

function isGuess({ with: factor, why }: { readonly with: string; readonly why: string }): boolean {
  return isGuessable(factor) && !NOTHING_GUESSED.has(why);
}

/**
 * Passkeys, SSH keys and tokens. A lock is about guessing (TS-1.6): whoever knows somebody's address can make it fall, so it must not keep
 * her from coming in with a key. Nor does a key tell that earlier wrong passwords were hers: they still count.
 */
function isByKey(state: State, credential: CredentialId | undefined): boolean {
  const type = credential === undefined ? undefined : state.credentials.get(credential)?.what.type;
  return type !== undefined && !isGuessable(type);
}

function withoutFailures(state: State, person: PersonId): State {
  return withPerson(state, person, (owner) => ({ ...owner, failures: 0 }));
}

function seen(state: State, person: PersonId, at: number): State {
  return withPerson(state, person, (owner) =>
    present<Person>({ ...owner, lastSeenAt: at, lastSessionAt: at, dormancyWarnedAt: undefined }),
  );
}

export const sessionEvolve = {
  'session.opened': (state, entry) => {
    const { session: id, person, project, engagement, gate, credential } = entry.about;
    assert(
      id !== undefined && person !== undefined && gate !== undefined,
      'session.opened names session, person and gate',
    );
    const { until, tokenHash, factorAt, client } = entry.data;
    const session = present<Session>({
      id,
      person,
      gate,
      openedAt: entry.at,
      until,
      project,
      engagement,
      credential: entry.data.credential ?? credential,
      from: entry.by.from,
      client,
      tokenHash,
      factorAt,
      passed: undefined,
      cutOrdered: undefined,
    });
    const arrived = seen(state, person, entry.at);
    const next = isByKey(state, session.credential) ? arrived : withoutFailures(arrived, person);
    return used(
      { ...next, sessions: next.sessions.set(id, session), index: withToken(next, session) },
      session,
      entry.at,
    );
  },
  'session.renewed': (state, entry) => {
    const session = known(state, entry.about.session);
    const { tokenHash, until, credential = session.credential } = entry.data;
    const renewed = present<Session>({ ...session, tokenHash, until, credential });
    const next = seen({ ...state, index: withoutToken(state, session) }, session.person, entry.at);
    const kept = { ...next, sessions: next.sessions.set(session.id, renewed), index: withToken(next, renewed) };
    return withPathsUntil(kept, session.id, until);
  },
  'session.counted': (state, entry) => {
    const session = known(state, entry.about.session);
    return { ...state, sessions: state.sessions.set(session.id, { ...session, passed: entry.data }) };
  },
  'session.closed': (state, entry) => {
    const session = known(state, entry.about.session);
    return withoutPathsOf(
      { ...state, sessions: state.sessions.delete(session.id), index: withoutToken(state, session) },
      session.id,
    );
  },
  'signin.refused': (state, entry) => {
    const { person } = entry.about;
    if (person === undefined || !isGuess(entry.data)) return state;
    return withPerson(state, person, (owner) => ({ ...owner, failures: owner.failures + 1 }));
  },
  'signin.stepped-up': (state, entry) => {
    const session = known(state, entry.about.session);
    const next = isGuessable(entry.data.with) ? withoutFailures(state, session.person) : state;
    return { ...next, sessions: next.sessions.set(session.id, { ...session, factorAt: entry.at }) };
  },
} satisfies Evolvers;

function known(state: State, id: SessionId | undefined): Session {
  const session = id === undefined ? undefined : state.sessions.get(id);
  assert(session !== undefined, 'an entry about a session names a live one');
  return session;
}

function withToken(state: State, { id, tokenHash }: Session): State['index'] {
  if (tokenHash === undefined) return state.index;
  return { ...state.index, sessionByToken: state.index.sessionByToken.set(tokenHash, id) };
}

export function withoutToken(state: State, { tokenHash }: Session): State['index'] {
  if (tokenHash === undefined) return state.index;
  return { ...state.index, sessionByToken: state.index.sessionByToken.delete(tokenHash) };
}

function used(state: State, session: Session, at: number): State {
  const credential = session.credential === undefined ? undefined : state.credentials.get(session.credential);
  if (credential === undefined) return state;
  return { ...state, credentials: state.credentials.set(credential.id, { ...credential, lastUsedAt: at }) };
}

/** A session's entries stand in its project's stream, so that the project's stream alone tells who was in. */
export function streamOf(session: { readonly project?: ProjectId | undefined }): Stream {
  return session.project ?? 'facility';
}

export function aboutOf({ id: session, person, project, engagement, credential, gate }: Session) {
  return { session, person, project, engagement, credential, gate };
}

export const sessionDecide = {
  'open-session': openSession,
  'renew-session': (state, command, asked) => {
    const session = state.sessions.get(command.session);
    if (session === undefined || session.cutOrdered !== undefined || session.until <= asked.at) return sessionEnded();
    const no = lengthRefusal(command.until, asked.at) ?? tokenRefusal(state, command.tokenHash);
    const { tokenHash, until } = command;
    return no ?? decided(draft(asked, 'session.renewed', streamOf(session), aboutOf(session), { tokenHash, until }));
  },
  'step-up': (state, command, asked) => {
    const session = state.sessions.get(command.session);
    if (session === undefined || session.cutOrdered !== undefined || session.until <= asked.at) return sessionEnded();
    if (isGuessable(command.with) && state.people.get(session.person)?.locked === true) return locked();
    return decided(draft(asked, 'signin.stepped-up', streamOf(session), aboutOf(session), { with: command.with }));
  },
  'count-session': (state, { session: id, packets, bytes }, asked) => {
    const session = state.sessions.get(id);
    if (session === undefined || session.cutOrdered !== undefined) return sessionEnded();
    return decided(draft(asked, 'session.counted', streamOf(session), aboutOf(session), { packets, bytes }));
  },
  'close-session': (state, command, asked) => {
    const session = state.sessions.get(command.session);
    if (session === undefined) return alreadyDone('This session has ended already.');
    const { because, cut, bytesIn, bytesOut, operations, passed } = command;
    const data = present<DataOf<'session.closed'>>({ because, cut, bytesIn, bytesOut, operations, passed });
    return decided(draft(asked, 'session.closed', streamOf(session), { ...aboutOf(session), cut }, data));
  },
  /** Only the gate knows what a session moved: the order goes out here, its `session.closed` follows. */
  'end-session': (state, command, asked) => {
    const session = state.sessions.get(command.session);
    if (session === undefined || session.cutOrdered !== undefined)
      return alreadyDone('This session has ended already.');
    const { because = 'button' } = command;
    return decided(orderCut(asked, command.cut, { kind: 'session', session: session.id }, because, streamOf(session)));
  },
  'refuse-signin': (state, command, asked) => {
    const person = command.person === undefined ? undefined : state.people.get(command.person);
    const { with: factor, why, gate } = command;
    const tried = command.credential === undefined ? undefined : state.credentials.get(command.credential);
    const credential = tried?.person === person?.id ? tried?.id : undefined;
    const about = present<About>({ person: person?.id, credential, gate });
    const refusal = draft(asked, 'signin.refused', 'facility', about, { with: factor, why, gate });
    const failures = (person?.failures ?? 0) + 1;
    if (person === undefined || !isGuess(command) || failures < LOCKOUT_FAILURES || person.locked)
      return decided(refusal);
    return decided(refusal, draft(asked, 'person.locked', 'facility', { person: person.id }, { failures }));
  },
} satisfies Deciders;

function openSession(state: State, command: CommandOf<'open-session'>, asked: Asked): Decided {
  const {
    session,
    person: id,
    gate,
    credential,
    project,
    engagement,
    until,
    tokenHash,
    factorAt,
    client,
    from,
  } = command;
  if (state.sessions.has(session)) return takenId('session');
  const person = state.people.get(id);
  if (person === undefined) return unknown('person');
  const no =
    (person.standing === 'active' ? undefined : notActive()) ??
    containedRefusal(state, command, asked) ??
    lengthRefusal(until, asked.at) ??
    credentialRefusal(state, command, asked.at) ??
    (person.locked && !isByKey(state, credential) ? locked() : undefined) ??
    placeRefusal(state, command, asked.at) ??
    shareSessionRefusal(state, command, from ?? asked.by.from, asked.at) ??
    (tokenHash === undefined ? undefined : tokenRefusal(state, tokenHash));
  if (no !== undefined) return no;
  const by = { ...asked.by, person: asked.by.person ?? id, from: from ?? asked.by.from };
  const data = present<DataOf<'session.opened'>>({
    gate,
    credential,
    until,
    tokenHash,
    factorAt: boundedFactor(factorAt, asked.at),
    client,
  });
  const about = { session, person: id, project, engagement, credential, gate };
  return decided(draft({ ...asked, by }, 'session.opened', streamOf(command), about, data));
}

/** Nobody in quarantine comes in, at any gate: not from the machine, not with the credential, not as the person, not onto the project. */
function containedRefusal(
  state: State,
  { person, credential, project, from }: CommandOf<'open-session'>,
  { by }: Asked,
): Refused | undefined {
  if (isContained(state, { person, credential, from: from ?? by.from })) return quarantined();
  return project !== undefined && isProjectContained(state, project) ? quarantined() : undefined;
}

/** A factor cannot have been shown later than now. */
function boundedFactor(factorAt: number | undefined, at: number): number | undefined {
  return factorAt === undefined ? undefined : Math.min(factorAt, at);
}

function lengthRefusal(until: number, at: number): Refused | undefined {
  if (until > at && until <= at + SESSION_MS_MAX) return undefined;
  return badTime('A session must end in the future, within a week.', 'Sign in again.');
}

function tokenRefusal(state: State, tokenHash: string): Refused | undefined {
  if (!state.index.sessionByToken.has(tokenHash)) return undefined;
  return refused('token-taken', 'Another session has this token.', 'Sign in again.');
}

function credentialRefusal(state: State, command: CommandOf<'open-session'>, at: number): Refused | undefined {
  if (command.credential === undefined) return undefined;
  const credential = state.credentials.get(command.credential);
  if (credential !== undefined && credential.person === command.person && isLiveCredential(credential, at))
    return undefined;
  return refused(
    'credential-ended',
    'This credential has expired or was revoked.',
    'Enrol a new one, or ask an administrator.',
  );
}

function placeRefusal(
  state: State,
  { person, project, engagement: id }: CommandOf<'open-session'>,
  at: number,
): Refused | undefined {
  if (project !== undefined && !state.projects.has(project)) return unknown('project');
  if (id === undefined) return undefined;
  const engagement = state.engagements.get(id);
  if (
    engagement === undefined ||
    engagement.person !== person ||
    (project !== undefined && engagement.project !== project)
  ) {
    return unknown('engagement');
  }
  if (isOver(engagement, at))
    return refused('engagement-over', 'This engagement is over.', 'Ask the producer for more time.');
  return undefined;
}

function locked(): Refused {
  return refused(
    'person-locked',
    'This account is locked after too many wrong tries.',
    'Sign in with a passkey, or ask an owner or the security lead to unlock it.',
  );
}

function sessionEnded(): Refused {
  return refused('session-ended', 'This session has ended.', 'Sign in again.');
}
