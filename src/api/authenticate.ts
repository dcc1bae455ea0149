/** From a request's headers to who calls: the session cookie, or a service's bearer token; never both. */
import type { Caller } from '#api/caller.ts';
import type { SignIns } from '#api/identity/sign-ins.ts';
import { signedOut } from '#api/identity/sign-ins.ts';
import type { ServiceTokens } from '#api/identity/service-tokens.ts';
import type { Outcome } from '#std/refused.ts';
import { isRefused, ok, refused } from '#std/refused.ts';

/**
 * `__Host-` binds the cookie to this very host over TLS. Over plain HTTP on loopback (the one place where that is served) Chromium takes the
 * prefix too, but other browsers and clients do not, so it has another name there.
 */
export const SECURE_COOKIE = '__Host-picturelock';
export const LOOPBACK_COOKIE = 'picturelock-loopback';
/** Polling that must not keep a session awake carries this header. */
export const BACKGROUND_HEADER = 'x-picturelock-background';

const COOKIES_MAX = 50;

export interface Credentials {
  readonly cookie: string | undefined;
  readonly authorization: string | undefined;
  readonly from: string;
  readonly client: string | undefined;
  readonly background: boolean;
}

export interface Identities {
  readonly signIns: SignIns;
  readonly serviceTokens: ServiceTokens;
  readonly secure: boolean;
}

export async function authenticate(
  { signIns, serviceTokens, secure }: Identities,
  given: Credentials,
): Promise<Outcome<Caller>> {
  const token = cookieOf(given.cookie, secure ? SECURE_COOKIE : LOOPBACK_COOKIE);
  const bearer = /^Bearer ([A-Za-z0-9_-]{1,100})$/.exec(given.authorization ?? '')?.[1];
  if (bearer !== undefined && token !== undefined)
    return refused('bad-request', 'A request comes with a cookie or a token, not with both.', 'Leave one out.');
  if (bearer !== undefined) return serviceTokens.authenticate(bearer, given.from, given.client);
  if (token === undefined && given.authorization !== undefined) return serviceTokens.refuseOther(given.from);
  if (token === undefined) return signedOut();
  const session = signIns.authenticate(token, given.background);
  return isRefused(session) ? session : ok({ person: session.value.person, session: session.value, from: given.from });
}

function cookieOf(header: string | undefined, name: string): string | undefined {
  if (header === undefined) return undefined;
  for (const part of header.split(';', COOKIES_MAX)) {
    const [key, value] = part.split('=', 2);
    if (key?.trim() === name) return value?.trim();
  }
  return undefined;
}

/** A `Set-Cookie` value: strict, unreadable for scripts, for the whole site; without a token it clears the cookie. */
export function cookieFor(token: string | undefined, secure: boolean): string {
  const flags = `Path=/; HttpOnly; SameSite=Strict${secure ? '; Secure' : ''}`;
  const name = secure ? SECURE_COOKIE : LOOPBACK_COOKIE;
  return token === undefined ? `${name}=; Max-Age=0; ${flags}` : `${name}=${token}; ${flags}`;
}
