/** Passkeys (WebAuthn): user verification is always demanded, so that one passkey is two factors. */
import {
  generateAuthenticationOptions,
  generateRegistrationOptions,
  verifyAuthenticationResponse,
  verifyRegistrationResponse,
} from '@simplewebauthn/server';
import type { AuthenticationResponseJSON, RegistrationResponseJSON } from '@simplewebauthn/server';
import { CEREMONY_MS } from '#api/identity/ceremonies.ts';
import type { Credential } from '#model/state.ts';
import { fromBase64url, toBase64url, utf8 } from '#std/bytes.ts';
import type { Outcome } from '#std/refused.ts';
import { ok, refused } from '#std/refused.ts';

/** EdDSA, ES256, RS256, by their COSE numbers. */
const ALGORITHMS = [-8, -7, -257];

/** Where ceremonies may happen: the host that passkeys are bound to, and the origins that pages have there. */
export interface RelyingParty {
  readonly id: string;
  readonly name: string;
  readonly origins: readonly string[];
}

export type PasskeyWhat = Extract<Credential['what'], { readonly type: 'passkey' }>;

interface Enrolee {
  readonly subject: string;
  readonly name: string;
  readonly known: readonly PasskeyWhat[];
}

export async function passkeyCreationOptions(party: RelyingParty, who: Enrolee, challenge: string) {
  return generateRegistrationOptions({
    rpName: party.name,
    rpID: party.id,
    userName: who.name,
    userDisplayName: who.name,
    userID: owned(utf8(who.subject)),
    challenge: owned(challengeBytes(challenge)),
    timeout: CEREMONY_MS,
    attestationType: 'none',
    excludeCredentials: who.known.map(({ webauthnId }) => ({ id: webauthnId })),
    authenticatorSelection: { residentKey: 'required', userVerification: 'required' },
    supportedAlgorithmIDs: ALGORITHMS,
  });
}

export async function passkeyRequestOptions(party: RelyingParty, challenge: string, allowed?: readonly PasskeyWhat[]) {
  return generateAuthenticationOptions({
    rpID: party.id,
    challenge: owned(challengeBytes(challenge)),
    timeout: CEREMONY_MS,
    userVerification: 'required',
    ...(allowed === undefined ? {} : { allowCredentials: allowed.map(({ webauthnId }) => ({ id: webauthnId })) }),
  });
}

/** The response is unknown JSON: whatever is wrong with it is a refusal, never an exception. */
export async function verifyNewPasskey(
  party: RelyingParty,
  response: unknown,
  challenge: string,
): Promise<Outcome<PasskeyWhat>> {
  try {
    const { verified, registrationInfo } = await verifyRegistrationResponse({
      response: response as RegistrationResponseJSON, // checked in full by the verifier, which throws on any other shape
      expectedChallenge: challenge,
      expectedOrigin: [...party.origins],
      expectedRPID: party.id,
      requireUserVerification: true,
      supportedAlgorithmIDs: ALGORITHMS,
    });
    if (!verified) return notVerified();
    const { credential, credentialBackedUp } = registrationInfo;
    const transports = (credential.transports ?? []).filter((name) => name.length <= 20).slice(0, 8);
    return ok({
      type: 'passkey',
      webauthnId: credential.id,
      publicKey: toBase64url(credential.publicKey),
      transports,
      backedUp: credentialBackedUp,
    });
  } catch {
    return notVerified();
  }
}

export async function verifyPasskey(
  party: RelyingParty,
  response: unknown,
  challenge: string,
  known: PasskeyWhat,
  counter: number,
): Promise<Outcome<{ readonly counter: number }>> {
  const publicKey = fromBase64url(known.publicKey);
  if (publicKey === undefined) return notVerified();
  try {
    const { verified, authenticationInfo } = await verifyAuthenticationResponse({
      response: response as AuthenticationResponseJSON, // checked in full by the verifier, which throws on any other shape
      expectedChallenge: challenge,
      expectedOrigin: [...party.origins],
      expectedRPID: party.id,
      credential: { id: known.webauthnId, publicKey: owned(publicKey), counter },
      requireUserVerification: true,
    });
    return verified ? ok({ counter: authenticationInfo.newCounter }) : notVerified();
  } catch {
    return notVerified();
  }
}

function notVerified() {
  return refused('passkey-refused', 'The passkey could not be verified.', 'Try again, or use another way to sign in.');
}

function challengeBytes(challenge: string): Uint8Array {
  return fromBase64url(challenge) ?? utf8(challenge);
}

/** A copy over a plain ArrayBuffer, which is what the library's types ask for. */
function owned(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(bytes);
}
