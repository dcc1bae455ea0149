/** The vault's door: restic's REST protocol over HTTPS, or plain HTTP on loopback. A client is known by its token or its certificate. */
import { hash, timingSafeEqual } from 'node:crypto';
import { createServer as createHttp } from 'node:http';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import { createServer as createHttps } from 'node:https';
import type { TLSSocket } from 'node:tls';
import { admit } from '#vault/server/admission.ts';
import type { Client } from '#vault/server/admission.ts';
import { parseRestRequest } from '#vault/server/rest-request.ts';
import type { BadRequest, RestRequest } from '#vault/server/rest-request.ts';
import type { Vault } from '#vault/server/vault.ts';
import { Fault } from '#std/refused.ts';

export interface VaultServerOptions {
  readonly host: string;
  readonly port: number;
  readonly clients: readonly Client[];
  readonly tls?: { readonly cert: Buffer; readonly key: Buffer; readonly clientCa?: Buffer };
  /** Every refusal, for the ledger and for whoever looks: a client's name, a code, what it was about. */
  onRefused?(client: string, code: string, object: string): void;
  onFault?(cause: unknown): void;
}

const HEADERS_MS = 10_000;
const REQUEST_MS = 10 * 60_000;
const CONNECTIONS_MAX = 256;
const V2 = 'application/vnd.x.restic.rest.v2';
const V1 = 'application/vnd.x.restic.rest.v1';

export interface VaultServer {
  readonly port: number;
  close(): Promise<void>;
}

export async function serveVault(vault: Vault, options: VaultServerOptions): Promise<VaultServer> {
  const isLoopback = options.host === '127.0.0.1' || options.host === '::1';
  if (options.tls === undefined && !isLoopback)
    throw new Fault('plain-http', 'a vault that others reach needs a certificate: give --cert and --key');
  const answer = (request: IncomingMessage, response: ServerResponse): void => {
    respond(vault, options, request, response).catch((cause: unknown) => {
      options.onFault?.(cause);
      if (!response.headersSent) refuse(response, statusOf(cause), codeOf(cause), messageOf(cause));
      else response.destroy();
    });
  };
  const server = listener(options, answer);
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
  const ca = clientCa === undefined ? {} : { ca: clientCa, requestCert: true, rejectUnauthorized: true };
  return createHttps({ cert, key, minVersion: 'TLSv1.2', ...ca }, answer);
}

async function respond(
  vault: Vault,
  options: VaultServerOptions,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const asked = parseRestRequest({
    method: request.method ?? '',
    url: request.url ?? '',
    accept: request.headers.accept,
    range: request.headers.range,
  });
  const client = identify(options.clients, request);
  // Who is not known hears nothing of what is here.
  if (client === undefined || (asked.kind !== 'bad' && asked.client !== client.name)) {
    options.onRefused?.(client?.name ?? '', 'unknown-client', '');
    response.setHeader('www-authenticate', 'Basic realm="vault"');
    return refuse(response, 401, 'unknown-client', 'this client is not known here');
  }
  if (asked.kind === 'bad') return refuseBad(options, client, asked, response);
  const length = lengthOf(request);
  const admission = admit(asked, await vault.standing(client), length);
  if (admission.kind === 'no') {
    options.onRefused?.(client.name, admission.code, 'name' in asked ? `${asked.type}/${asked.name}` : asked.kind);
    return refuse(response, admission.status, admission.code, admission.says);
  }
  return perform(vault, client, asked, request, response, length ?? 0);
}

function refuseBad(options: VaultServerOptions, client: Client, bad: BadRequest, response: ServerResponse): void {
  options.onRefused?.(client.name, bad.code, '');
  refuse(response, bad.status, bad.code, bad.says);
}

async function perform(
  vault: Vault,
  client: Client,
  asked: RestRequest,
  request: IncomingMessage,
  response: ServerResponse,
  length: number,
): Promise<void> {
  const store = vault.store(client.name);
  switch (asked.kind) {
    case 'create':
      return void response.writeHead(200).end();
    case 'list': {
      const found = await store.list(asked.type);
      const isV2 = asked.version === 2;
      const body = JSON.stringify(
        isV2 ? found.map(({ name, bytes }) => ({ name, size: bytes })) : found.map(({ name }) => name),
      );
      return void response.writeHead(200, { 'content-type': isV2 ? V2 : V1 }).end(body);
    }
    case 'size': {
      const bytes = await store.size(asked.type, asked.name);
      return void response.writeHead(bytes === undefined ? 404 : 200, { 'content-length': String(bytes ?? 0) }).end();
    }
    case 'get':
      return read(store, asked, response);
    case 'remove':
      await vault.removeLock(client.name, asked.name);
      return void response.writeHead(200).end();
    case 'put': {
      const done = await vault.accept(client, asked.type, asked.name, request, length);
      if (done === 'created') return void response.writeHead(200).end();
      return refuse(response, 403, 'present', 'an object of this name is here already and is not replaced');
    }
  }
}

async function read(
  store: ReturnType<Vault['store']>,
  asked: Extract<RestRequest, { kind: 'get' | 'size' | 'put' | 'remove' }>,
  response: ServerResponse,
): Promise<void> {
  const bytes = await store.size(asked.type, asked.name);
  if (bytes === undefined) return refuse(response, 404, 'not-here', 'there is no such object');
  const range = asked.from === undefined ? asked.range : { offset: asked.from, length: bytes - asked.from };
  if (range !== undefined && (range.length < 1 || range.offset + range.length > bytes))
    return refuse(response, 416, 'bad-range', 'the object is shorter than this');
  const body = await store.get(asked.type, asked.name, range);
  const headers = { 'content-type': 'application/octet-stream', 'content-length': String(body.length) };
  if (range === undefined) return void response.writeHead(200, headers).end(body);
  const last = range.offset + range.length - 1;
  response.writeHead(206, { ...headers, 'content-range': `bytes ${range.offset}-${last}/${bytes}` }).end(body);
}

function identify(clients: readonly Client[], request: IncomingMessage): Client | undefined {
  const certificate = (request.socket as Partial<TLSSocket>).getPeerCertificate?.(); // a TLS socket when it has the method
  const shown = certificate?.raw === undefined ? undefined : hash('sha256', certificate.raw, 'hex');
  const token = basicToken(request.headers.authorization);
  return clients.find(
    ({ name, tokenSha256, certificateSha256 }) =>
      isSame(certificateSha256, shown) ||
      (token?.user === name && isSame(tokenSha256, hash('sha256', token.password, 'hex'))),
  );
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

function lengthOf(request: IncomingMessage): number | undefined {
  const text = request.headers['content-length'];
  return text !== undefined && /^\d{1,12}$/.test(text) ? Number(text) : undefined;
}

function refuse(response: ServerResponse, status: number, code: string, says: string): void {
  response.writeHead(status, { 'content-type': 'text/plain; charset=utf-8', connection: 'close' });
  response.end(`${code}: ${says}\n`);
}

function statusOf(cause: unknown): number {
  const code = codeOf(cause);
  if (code === 'wrong-name' || code === 'cut-off') return 400;
  if (code === 'too-large') return 413;
  return code === 'storage-full' || code === 'ENOSPC' ? 507 : 500;
}

function codeOf(cause: unknown): string {
  if (cause instanceof Fault) return cause.code;
  return (cause as NodeJS.ErrnoException).code ?? 'fault'; // Node's errors have a code
}

function messageOf(cause: unknown): string {
  return cause instanceof Fault ? cause.message : 'the vault could not do this now';
}
