/** The portal, put together: its listener, the API over its ports, the public log, transfers and pages. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { PortalSettings, Ports } from '#api/context.ts';
import { createPortalApi } from '#api/create.ts';
import type { PortalApi } from '#api/create.ts';
import { BACKGROUND_HEADER } from '#api/authenticate.ts';
import type { Credentials } from '#api/authenticate.ts';
import { plainAddress } from '#gates/portal/address.ts';
import { loadPages } from '#gates/portal/pages.ts';
import { openPortalServer } from '#gates/portal/server.ts';
import type { PortalAddress, PortalServer, TlsFiles } from '#gates/portal/server.ts';
import type { Clock } from '#ports/clock.ts';
import type { FileActor } from '#ports/files.ts';
import type { LiveSession } from '#ports/sessions.ts';
import type { Outcome, Refused } from '#std/refused.ts';
import { isRefused, ok } from '#std/refused.ts';

const RENEW_EVERY_MS = 12 * 3_600_000;

export type FileAuthenticator = (
  request: IncomingMessage,
) => Promise<{ readonly actor: FileActor; readonly session: LiveSession } | Refused>;

export interface PortalOptions {
  readonly address: PortalAddress;
  readonly settings: Omit<PortalSettings, 'origin' | 'secure' | 'ledgerOrigin'> & { readonly ledgerOrigin?: string };
  /** `dist/ui`; absent: the API alone. */
  readonly pagesFolder?: string;
  /** Makes the handler of `/files` and `/uploads`; it learns who asks from what it is given. */
  readonly bulk?: (
    authenticate: FileAuthenticator,
    origin: string,
  ) => (request: IncomingMessage, response: ServerResponse) => boolean;
  /** Asked twice a day for the certificate as it is by then: a renewed one is taken without a restart. */
  readonly renewTls?: () => Promise<TlsFiles | undefined>;
  readonly onFault: (error: unknown) => void;
}

export interface Portal {
  readonly port: number;
  readonly origin: string;
  readonly api: PortalApi;
  readonly server: PortalServer;
  close(): Promise<void>;
}

export async function openPortal(ports: Ports, options: PortalOptions): Promise<Portal> {
  const { address, settings, pagesFolder, bulk, onFault } = options;
  const server = await openPortalServer(address);
  const pages = pagesFolder === undefined ? undefined : await loadPages(pagesFolder);
  const ledgerOrigin = settings.ledgerOrigin ?? `${new URL(server.origin).host.replace(/:\d+$/, '')}/ledger`;
  const api = createPortalApi(
    ports,
    { ...settings, origin: server.origin, secure: address.tls !== undefined, ledgerOrigin },
    { onFault },
  );
  const files: FileAuthenticator = async (request) => {
    const found = await api.fileActor(credentialsOf(request));
    return isRefused(found) ? found : found.value;
  };
  server.serve({
    api,
    onFault,
    log: {
      log: ports.log,
      rights: (request) => logRights(api, request),
      origin: () => ports.engine.state().facility?.origin ?? ledgerOrigin,
    },
    ...(pages === undefined ? {} : { pages }),
    ...(bulk === undefined ? {} : { bulk: bulk(files, server.origin) }),
  });
  const stopRenewing = address.tls === undefined ? () => undefined : renewNowAndThen(ports.clock, server, options);
  return {
    port: server.port,
    origin: server.origin,
    api,
    server,
    close: async () => {
      stopRenewing();
      api.close();
      await server.close();
    },
  };
}

function renewNowAndThen(clock: Clock, server: PortalServer, { renewTls, onFault }: PortalOptions): () => void {
  let cancel: () => void = () => undefined;
  async function renew(): Promise<void> {
    try {
      const tls = await renewTls?.();
      if (tls !== undefined) server.renewTls(tls);
    } catch (error) {
      onFault(error); // The certificate in use goes on; the next look is in half a day.
    }
    schedule();
  }
  function schedule(): void {
    cancel = clock.atTime(clock.now() + RENEW_EVERY_MS, () => void renew());
  }
  if (renewTls !== undefined) schedule();
  return () => cancel();
}

async function logRights(
  api: PortalApi,
  request: IncomingMessage,
): Promise<Outcome<{ readonly tiles: boolean; readonly entries: boolean }>> {
  const caller = await api.authenticate(credentialsOf(request));
  return isRefused(caller)
    ? caller
    : ok({ tiles: api.maySeeLog(caller.value), entries: api.maySeeEntries(caller.value) });
}

function credentialsOf(request: IncomingMessage): Credentials {
  const { cookie, authorization } = request.headers;
  return {
    cookie,
    authorization,
    from: plainAddress(request.socket.remoteAddress),
    client: request.headers['user-agent'],
    background: request.headers[BACKGROUND_HEADER] !== undefined,
  };
}
