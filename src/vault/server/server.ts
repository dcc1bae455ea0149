/** The vault's door: restic's REST protocol over HTTPS, or plain HTTP on loopback. A client is known by its token or its certificate. */
import { createServer as createHttp } from 'node:http';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import { createServer as createHttps } from 'node:https';
import { admit, mayAsk } from '#vault/server/admission.ts';
import type { Client } from '#vault/server/admission.ts';
import {
  refuse,
  refuseFault,
  sendArrivals,
  sendList,
  sendNames,
  sendObject,
  sendSize,
} from '#vault/server/answering.ts';
import { identify } from '#vault/server/identity.ts';
import { parseRestRequest } from '#vault/server/rest-request.ts';
import type { BadRequest, RestRequest } from '#vault/server/rest-request.ts';
import type { Vault } from '#vault/server/vault.ts';
import { Fault } from '#std/refused.ts';

export interface VaultServerOptions {
  readonly host: string;
  readonly port: number;
  /** Asked for each request: a client that was added is known at once. */
  clients(): readonly Client[];
  readonly tls?: { readonly cert: Buffer; readonly key: Buffer; readonly clientCa?: Buffer };
  /** Every refusal, for the ledger and for whoever looks: a client's name, a code, what it was about. */
  onRefused?(client: string, code: string, object: string): void;
  /** What clients that only follow ask is answered here. */
  follow?(request: IncomingMessage, response: ServerResponse): Promise<void>;
  onFault?(cause: unknown): void;
  /** An object was taken in: its line is durable. */
  onAccepted?(client: Client): void;
}

const HEADERS_MS = 10_000;
/** A pack of 128 MiB at 2 Mbit/s. */
const REQUEST_MS = 10 * 60_000;
const CONNECTIONS_MAX = 512;
/** Requests of one client at a time: a slow or hostile one leaves room for the others. */
const UNDER_WAY_MAX = 64;

export interface VaultServer {
  readonly port: number;
  close(): Promise<void>;
}

interface Visit {
  readonly vault: Vault;
  readonly options: VaultServerOptions;
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
}

export async function serveVault(vault: Vault, options: VaultServerOptions): Promise<VaultServer> {
  const isLoopback = options.host === '127.0.0.1' || options.host === '::1';
  if (options.tls === undefined && !isLoopback)
    throw new Fault('plain-http', 'a vault that others reach needs a certificate: give --cert and --key');
  const underWay = new Map<string, number>();
  const server = listener(options, (request, response) => {
    respond({ vault, options, request, response }, underWay).catch((cause: unknown) => {
      options.onFault?.(cause);
      refuseFault(response, cause);
    });
  });
  server.headersTimeout = HEADERS_MS;
  server.requestTimeout = REQUEST_MS;
  server.maxConnections = CONNECTIONS_MAX;
  await new Promise<void>((done, failed) => {
    server.once('error', failed);
    server.listen(options.port, options.host, done);
  });
  const bound = server.address();
  return {
    port: typeof bound === 'object' && bound !== null ? bound.port : options.port,
    close: () =>
      new Promise((done) => {
        server.close(() => done());
        server.closeAllConnections();
      }),
  };
}

function listener(
  { tls }: VaultServerOptions,
  answer: (request: IncomingMessage, response: ServerResponse) => void,
): Server {
  if (tls === undefined) return createHttp(answer);
  const { cert, key, clientCa } = tls;
  // Without an authority every client is asked, and none is turned away for having none: the client book knows the others by their tokens.
  const ca = clientCa === undefined ? { rejectUnauthorized: false } : { ca: clientCa, rejectUnauthorized: true };
  return createHttps({ cert, key, minVersion: 'TLSv1.2', requestCert: true, ...ca }, answer);
}

async function respond(visit: Visit, underWay: Map<string, number>): Promise<void> {
  const { options, request, response } = visit;
  const asked = parseRestRequest({
    method: request.method ?? '',
    url: request.url ?? '',
    accept: request.headers.accept,
    range: request.headers.range,
  });
  const wants = 'client' in asked ? asked.client : undefined;
  const client = identify(options.clients(), request, options.tls?.clientCa !== undefined, wants);
  if (client?.follows === true && options.follow !== undefined) return options.follow(request, response);
  // Who is not known hears nothing of what is here.
  if (client === undefined || (asked.kind !== 'bad' && !mayAsk(client, asked))) {
    options.onRefused?.(client?.name ?? '', 'unknown-client', '');
    response.setHeader('www-authenticate', 'Basic realm="vault"').setHeader('connection', 'close');
    return refuse(response, 401, 'unknown-client', 'this client is not known here');
  }
  if (asked.kind === 'bad') return refuseBad(visit, client, asked);
  const running = underWay.get(client.name) ?? 0;
  if (running >= UNDER_WAY_MAX) {
    response.setHeader('retry-after', '1');
    return refuse(response, 503, 'busy', 'this client asks for too much at once');
  }
  underWay.set(client.name, running + 1);
  try {
    await attend(visit, client, asked);
  } finally {
    underWay.set(client.name, (underWay.get(client.name) ?? 1) - 1);
  }
}

async function attend(visit: Visit, client: Client, asked: RestRequest): Promise<void> {
  const { vault, options, request, response } = visit;
  const length = lengthOf(request);
  const admission = admit(asked, await vault.standing(client), length);
  if (admission.kind === 'yes') return perform(visit, client, asked, length ?? 0);
  options.onRefused?.(client.name, admission.code, 'name' in asked ? `${asked.type}/${asked.name}` : asked.kind);
  return refuse(response, admission.status, admission.code, admission.says);
}

function refuseBad({ options, response }: Visit, client: Client, bad: BadRequest): void {
  options.onRefused?.(client.name, bad.code, '');
  refuse(response, bad.status, bad.code, bad.says);
}

async function perform(visit: Visit, client: Client, asked: RestRequest, length: number): Promise<void> {
  const { vault, options, request, response } = visit;
  switch (asked.kind) {
    case 'create':
      return void response.writeHead(200).end();
    case 'list':
      return sendList(vault, asked, response);
    case 'arrivals':
      return sendArrivals(vault, asked, response);
    case 'repositories':
      return sendNames(repositoriesOf(client, options.clients()), response);
    case 'size':
      return sendSize(vault, asked, response);
    case 'get':
      return sendObject(vault, asked, response);
    case 'remove':
      await vault.removeLock(client.name, asked.name);
      return void response.writeHead(200).end();
    case 'heal': {
      const body = request.iterator({ destroyOnReturn: false });
      const done = await vault.heal(client.name, asked.type, asked.name, body, length);
      if (done === 'whole') return refuse(response, 403, 'whole', 'it is what its name says, and is not replaced');
      return void response.writeHead(200).end();
    }
    case 'put': {
      // What is refused in the middle is still answered: the connection does not end with the reading.
      const body = request.iterator({ destroyOnReturn: false });
      const done = await vault.accept(client, asked.type, asked.name, body, length);
      if (done === 'present') return refuse(response, 403, 'present', 'it is here already and is not replaced');
      options.onAccepted?.(client);
      return void response.writeHead(200).end();
    }
  }
}

function repositoriesOf({ name, pulls = [] }: Client, clients: readonly Client[]): readonly string[] {
  const others = clients.filter((one) => one.name !== name && one.pulls === undefined).map((one) => one.name);
  return pulls.includes('*') ? others : others.filter((one) => pulls.includes(one));
}

function lengthOf(request: IncomingMessage): number | undefined {
  const text = request.headers['content-length'];
  return text !== undefined && /^\d{1,12}$/.test(text) ? Number(text) : undefined;
}
