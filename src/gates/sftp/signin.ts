/**
 * Who a public key is. Keys are the only way in: no passwords, no keyboard, no certificates of others. This says whether a key
 * may try; the session registry then decides whether it may come in.
 */
import type { Credential, State } from '#model/state.ts';
import type { CredentialId, PersonId } from '#std/ids.ts';

export type KeyAnswer =
  /** `line` is the public key as OpenSSH writes it: algorithm and base64. */
  | {
      readonly kind: 'known';
      readonly credential: CredentialId;
      readonly person: PersonId;
      readonly line: string;
      readonly until: number;
    }
  /** Whose it is only when the key is somebody's. */
  | {
      readonly kind: 'refused';
      readonly why: KeyRefusal;
      readonly person?: PersonId;
      readonly credential?: CredentialId;
    };

export type KeyRefusal =
  | 'unknown-key'
  | 'credential-revoked'
  | 'credential-expired'
  | 'person-not-active'
  | 'bad-signature'
  | 'method-not-offered';

/** A lock on passwords does not concern keys (model/session.ts). `fingerprint` as OpenSSH prints it: `SHA256:` and unpadded base64. */
export function answerKey(state: State, fingerprint: string, at: number): KeyAnswer {
  const id = state.index.sshKeyByFingerprint.get(fingerprint);
  const credential = id === undefined ? formerKey(state, fingerprint) : state.credentials.get(id);
  return credential === undefined ? { kind: 'refused', why: 'unknown-key' } : answerCredential(state, credential, at);
}

/** The index forgets keys that have ended; a refusal should still say whose key it was. Only refused tries pay for the search. */
function formerKey(state: State, fingerprint: string): Credential | undefined {
  let newest: Credential | undefined;
  for (const credential of state.credentials.values()) {
    const { what, addedAt } = credential;
    if (what.type === 'ssh-key' && what.fingerprint === fingerprint && addedAt >= (newest?.addedAt ?? 0))
      newest = credential;
  }
  return newest;
}

export function answerCredential(state: State, credential: Credential, at: number): KeyAnswer {
  const { id, person, what } = credential;
  const whose = { person, credential: id };
  if (what.type !== 'ssh-key') return { kind: 'refused', why: 'unknown-key' };
  const { revokedAt, expiresAt } = credential;
  if (revokedAt !== undefined && revokedAt < expiresAt) return { kind: 'refused', why: 'credential-revoked', ...whose };
  if (expiresAt <= at) return { kind: 'refused', why: 'credential-expired', ...whose };
  const owner = state.people.get(person);
  if (owner?.standing !== 'active') return { kind: 'refused', why: 'person-not-active', ...whose };
  return { kind: 'known', credential: credential.id, person, line: what.publicKey, until: credential.expiresAt };
}

/**
 * When this person last showed a second factor in a session that is still alive. A key alone is one factor: what needs a second
 * (every high-security project) opens over SFTP only while she is signed in at the portal. A session that is over, or that an order has
 * ended, vouches for nothing.
 */
export function factorOf(state: State, person: PersonId, at: number): number | undefined {
  let latest: number | undefined;
  for (const session of state.sessions.values()) {
    if (session.person !== person || session.gate !== 'portal' || session.factorAt === undefined) continue;
    if (session.cutOrdered !== undefined || session.until <= at) continue;
    if (latest === undefined || session.factorAt > latest) latest = session.factorAt;
  }
  return latest;
}
