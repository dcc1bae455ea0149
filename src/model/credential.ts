/** Credentials: whose they are, that they end, and that no two people share one. */
import type { Asked, CommandOf } from '#model/commands.ts';
import { credentialsOf, isLiveCredential, isOver, orderCut, revokeCredential } from '#model/ending.ts';
import { CREDENTIAL_DAYS_MAX, CREDENTIALS_PER_PERSON_MAX, DAY_MS, PASSWORD_DAYS_MAX } from '#model/limits.ts';
import { CUT_SESSIONS_MAX } from '#model/entry-shapes.ts';
import type { Draft } from '#model/events.ts';
import { withPerson } from '#model/person.ts';
import { alreadyDone, badTime, notActive, takenId, unknown } from '#model/refusals.ts';
import { aboutOf, streamOf } from '#model/session.ts';
import type { Credential, Indexes, Person, Session, State } from '#model/state.ts';
import { decided, draft } from '#model/transition.ts';
import type { Decided, Deciders, Evolvers } from '#model/transition.ts';
import { assert } from '#std/assert.ts';
import type { CredentialId } from '#std/ids.ts';
import type { Refused } from '#std/refused.ts';
import { refused } from '#std/refused.ts';

type What = Credential['what'];

export const credentialEvolve = {
  'credential.added': (state, entry) => {
    const { credential: id, person } = entry.about;
    assert(id !== undefined && person !== undefined, 'credential.added names credential and person');
    const { credential: what, label, expiresAt } = entry.data;
    const next = withPerson(state, person, (owner) => ({ ...owner, credentials: owner.credentials.add(id) }));
    const credentials = next.credentials.set(id, { id, person, label, addedAt: entry.at, expiresAt, what });
    return { ...next, credentials, index: indexed(next.index, what, id) };
  },
  'credential.revoked': (state, entry) => {
    const id = entry.about.credential;
    const credential = id === undefined ? undefined : state.credentials.get(id);
    assert(credential !== undefined, 'credential.revoked names a known credential');
    const credentials = state.credentials.set(credential.id, { ...credential, revokedAt: entry.at });
    // A stolen key keeps its place in the indexes, so that nobody enrols it again.
    const isStolen = entry.data.because === 'stolen-key';
    return { ...state, credentials, index: isStolen ? state.index : unindexed(state.index, credential.what) };
  },
} satisfies Evolvers;

function indexed(index: Indexes, what: What, id: CredentialId): Indexes {
  switch (what.type) {
    case 'passkey':
      return { ...index, passkeyByWebauthnId: index.passkeyByWebauthnId.set(what.webauthnId, id) };
    case 'ssh-key':
      return { ...index, sshKeyByFingerprint: index.sshKeyByFingerprint.set(what.fingerprint, id) };
    case 'service-token':
      return { ...index, tokenByHash: index.tokenByHash.set(what.tokenHash, id) };
    case 'password':
    case 'totp':
      return index;
  }
}

function unindexed(index: Indexes, what: What): Indexes {
  switch (what.type) {
    case 'passkey':
      return { ...index, passkeyByWebauthnId: index.passkeyByWebauthnId.delete(what.webauthnId) };
    case 'ssh-key':
      return { ...index, sshKeyByFingerprint: index.sshKeyByFingerprint.delete(what.fingerprint) };
    case 'service-token':
      return { ...index, tokenByHash: index.tokenByHash.delete(what.tokenHash) };
    case 'password':
    case 'totp':
      return index;
  }
}

export const credentialDecide = {
  'add-credential': addCredential,
  'revoke-credential': (state, command, asked) => {
    const credential = state.credentials.get(command.credential);
    if (credential === undefined) return unknown('credential');
    if (credential.revokedAt !== undefined) return alreadyDone('This credential was revoked already.');
    const { because, reason, cut } = command;
    if (because === 'clock' && credential.expiresAt > asked.at)
      return badTime('This credential has not expired yet.', 'Revoke it with a reason.');
    const { id, person } = credential;
    return decided(
      revokeCredential(asked, credential, because, cut, reason),
      orderCut(
        asked,
        cut,
        { kind: 'credential', credential: id, person },
        because === 'stolen-key' ? because : 'credential-ended',
        'facility',
        reason,
      ),
    );
  },
} satisfies Deciders;

function addCredential(state: State, command: CommandOf<'add-credential'>, asked: Asked): Decided {
  const { credential, person: owner, what, label, expiresAt } = command;
  if (state.credentials.has(credential)) return takenId('credential');
  const person = state.people.get(owner);
  if (person === undefined) return unknown('person');
  if (person.standing !== 'active') return notActive();
  const live = credentialsOf(state, owner).filter((other) => isLiveCredential(other, asked.at));
  const no =
    expiryRefusal(what, expiresAt, asked.at) ??
    natureRefusal(person, what) ??
    sharedRefusal(state.index, what) ??
    tokenRefusal(state, command, asked.at) ??
    (live.length >= CREDENTIALS_PER_PERSON_MAX ? tooMany() : undefined);
  if (no !== undefined) return no;
  const replaced = live.filter(
    (other) => other.what.type === what.type && (what.type === 'password' || what.type === 'totp'),
  );
  return decided(
    replaced.map((other) => revokeCredential(asked, other, 'credential-ended', command.cut)),
    draft(asked, 'credential.added', 'facility', { credential, person: owner }, { credential: what, label, expiresAt }),
    ...replaced.slice(0, 1).map((other) => succession(state, command, asked, other)), // there is never more than one
  );
}

/**
 * The asking session goes on under the new credential; every other that the old one let in is cut. A code is never shown alone: who came by
 * password has shown one, so a new code app ends those sessions.
 */
function succession(
  state: State,
  { credential, person, cut }: CommandOf<'add-credential'>,
  asked: Asked,
  old: Credential,
): readonly Draft[] {
  if (cut === undefined) return [];
  const isLetIn = (by: CredentialId | undefined): boolean =>
    by === old.id ||
    (old.what.type === 'totp' && by !== undefined && state.credentials.get(by)?.what.type === 'password');
  const sessions = [...state.sessions.values()].filter(
    (session) => session.person === person && session.cutOrdered === undefined && isLetIn(session.credential),
  );
  const others = sessions
    .filter(({ id }) => id !== asked.by.session)
    .sort((a, b) => b.openedAt - a.openedAt)
    .slice(0, CUT_SESSIONS_MAX);
  const asking = sessions.find(({ id }) => id === asked.by.session);
  const scope = { kind: 'credential', credential: old.id, person, sessions: others.map(({ id }) => id) } as const;
  return [
    ...(asking?.credential === old.id ? movedTo(asked, asking, credential) : []),
    orderCut(asked, cut, scope, 'credential-ended', 'facility'),
  ];
}

function movedTo(asked: Asked, session: Session, credential: CredentialId): readonly Draft[] {
  const { tokenHash, until } = session;
  if (tokenHash === undefined) return []; // no cookie: it cannot have asked
  const about = { ...aboutOf(session), credential };
  return [draft(asked, 'session.renewed', streamOf(session), about, { tokenHash, until, credential })];
}

function expiryRefusal(what: What, expiresAt: number, at: number): Refused | undefined {
  const days = what.type === 'password' ? PASSWORD_DAYS_MAX : CREDENTIAL_DAYS_MAX;
  if (expiresAt > at && expiresAt <= at + days * DAY_MS) return undefined;
  return badTime('A credential must end in the future.', `Choose an end within ${days} days.`);
}

function natureRefusal(person: Person, what: What): Refused | undefined {
  const isMachines = what.type === 'service-token';
  const isBoth = what.type === 'ssh-key';
  if (isBoth || isMachines === (person.nature === 'service')) return undefined;
  return person.nature === 'service'
    ? refused('not-for-services', 'A service account signs in with a token or an SSH key.', 'Issue a service token.')
    : refused(
        'not-for-people',
        'Service tokens are for service accounts.',
        'Add a service account and issue the token to it.',
      );
}

/** A key belongs to one enrolment; a revoked one may come back, a stolen one never. */
function sharedRefusal(index: Indexes, what: What): Refused | undefined {
  const taken =
    (what.type === 'ssh-key' && index.sshKeyByFingerprint.has(what.fingerprint)) ||
    (what.type === 'passkey' && index.passkeyByWebauthnId.has(what.webauthnId)) ||
    (what.type === 'service-token' && index.tokenByHash.has(what.tokenHash));
  if (!taken) return undefined;
  return refused(
    'credential-shared',
    'This key is enrolled already, or was reported stolen.',
    'Credentials are never shared: make a new one.',
  );
}

function tokenRefusal(state: State, command: CommandOf<'add-credential'>, at: number): Refused | undefined {
  if (command.what.type !== 'service-token') return undefined;
  const engagement = state.engagements.get(command.what.engagement);
  if (engagement === undefined || engagement.person !== command.person) return unknown('engagement');
  if (isOver(engagement, at))
    return refused('engagement-over', 'The engagement of this token is over.', 'Give a new engagement first.');
  if (command.expiresAt <= engagement.until) return undefined;
  return badTime('A service token cannot outlive its engagement.', 'Choose an earlier end, or extend the engagement.');
}

function tooMany(): Refused {
  return refused(
    'too-many-credentials',
    `A person holds at most ${CREDENTIALS_PER_PERSON_MAX} credentials.`,
    'Revoke one that is not used.',
  );
}
