/** Who a client of the vault is: the holder of its token, or of its TLS certificate. */
import { hash, timingSafeEqual } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { TLSSocket } from 'node:tls';
import type { Client } from '#vault/server/admission.ts';

/**
 * `hasAuthority`: certificates count when the authority that the vault was given vouches for them. Without one they count by themselves: the handshake
 * proved that the client has the key, and the client book names the one certificate. One certificate may be that of several clients, as a facility shows one
 * for all its repositories: then `wants`, whose repository the request is about, is who asks, if it is among them.
 */
export function identify(
  clients: readonly Client[],
  request: IncomingMessage,
  hasAuthority: boolean,
  wants?: string,
): Client | undefined {
  const shown = shownCertificate(request.socket as Partial<TLSSocket>, hasAuthority); // a TLS socket when it has the methods
  const token = basicToken(request.headers.authorization);
  const known = clients.filter(
    ({ name, tokenSha256, certificateSha256 }) =>
      isSame(certificateSha256, shown) ||
      (token?.user === name && isSame(tokenSha256, hash('sha256', token.password, 'hex'))),
  );
  return known.find(({ name }) => name === wants) ?? known[0];
}

function shownCertificate(socket: Partial<TLSSocket>, hasAuthority: boolean): string | undefined {
  if (hasAuthority && socket.authorized !== true) return undefined;
  const raw = socket.getPeerCertificate?.().raw;
  return raw === undefined ? undefined : hash('sha256', raw, 'hex');
}

function basicToken(header: string | undefined): { readonly user: string; readonly password: string } | undefined {
  const match = /^Basic ([A-Za-z0-9+/=]{1,400})$/.exec(header ?? '');
  if (match === null) return undefined;
  const text = Buffer.from(match[1] ?? '', 'base64').toString('utf8');
  const colon = text.indexOf(':');
  return colon === -1 ? undefined : { user: text.slice(0, colon), password: text.slice(colon + 1) };
}

function isSame(known: string | undefined, shown: string | undefined): boolean {
  if (known === undefined || shown === undefined || known.length !== shown.length) return false;
  return timingSafeEqual(Buffer.from(known), Buffer.from(shown));
}
