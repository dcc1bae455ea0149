/** Credentials that have ended: the indexes forget them, and a refused try should still say whose they were and why they are over. */
import type { Credential, State } from '#model/state.ts';

/** Why a credential is over at this time, for the ledger; undefined while it lives. */
export function endOf({ revokedAt, expiresAt }: Credential, at: number): string | undefined {
  if (revokedAt !== undefined && revokedAt < expiresAt) return 'credential-revoked';
  return revokedAt !== undefined || expiresAt <= at ? 'credential-expired' : undefined;
}

/** The newest of those that match. Reads every credential: only tries within their address's limit may come here. */
export function newestOf(state: State, matches: (what: Credential['what']) => boolean): Credential | undefined {
  let newest: Credential | undefined;
  for (const credential of state.credentials.values())
    if (matches(credential.what) && credential.addedAt >= (newest?.addedAt ?? 0)) newest = credential;
  return newest;
}
