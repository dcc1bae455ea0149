/**
 * The portal's front door: one listener that knows which room a request belongs to.
 *
 *     /files, /uploads   bulk transfers, on bare sockets
 *     /log/              the public log
 *     /api/v1            the API
 *     everything else    the pages
 *
 * It holds what is common: TLS, known host names, security headers, limits and time-outs.
 */
import { getRequestListener } from '@hono/node-server';
import { createServer as createHttpServer } from 'node:http';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import { createServer as createHttpsServer, Server as HttpsServer } from 'node:https';
import type { AddressInfo, Socket } from 'node:net';
import { hostname } from 'node:os';
import { allowedHosts, isLoopbackAddress, plainAddress, requireSecure } from '#gates/portal/address.ts';
import { setSecurityHeaders } from '#gates/portal/headers.ts';
import type { Pages } from '#gates/portal/pages.ts';
import type { PublicLog } from '#gates/portal/public-log.ts';
import { servePublicLog } from '#gates/portal/public-log.ts';
import { rememberSocket } from '#gates/registry/sever.ts';

export interface TlsFiles {
  readonly cert: string | Uint8Array;
  readonly key: string | Uint8Array;
}

export interface PortalAddress {
  readonly host: string;
  readonly port: number;
  readonly tls?: TlsFiles;
  /** Where people find it, when that differs: behind a name, or another port. */
  readonly origin?: string;
  readonly limits?: Partial<PortalLimits>;
}

export interface PortalLimits {
  readonly headersMs: number;
  /** Without a byte either way for so long, a connection ends. Event streams beat more often. */
  readonly silenceMs: number;
  /** A request that is no transfer arrives whole within this time. */
  readonly smallRequestMs: number;
  readonly connectionsPerAddress: number;
}

export const PORTAL_LIMITS: PortalLimits = {
  headersMs: 10_000,
  silenceMs: 120_000,
  smallRequestMs: 30_000,
  connectionsPerAddress: 2_000,
};

export interface PortalRooms {
  readonly api: { fetch(request: Request, arrival: { readonly from: string }): Promise<Response> };
  /** True when the request was its own. */
  readonly bulk?: (request: IncomingMessage, response: ServerResponse) => boolean;
  readonly log: PublicLog;
  /** Absent when they are not built: then the API works alone. */
  readonly pages?: Pages;
  readonly onFault: (error: unknown) => void;
}

export interface PortalServer {
  readonly port: number;
  /** `https://portal.example.com`, or `http://localhost:PORT` on loopback, where passkeys need a name. */
  readonly origin: string;
  /** Opens the rooms; requests before get 503. */
  serve(rooms: PortalRooms): void;
  /** New certificate files; connections that are open keep theirs. */
  renewTls(tls: TlsFiles): void;
  close(): Promise<void>;
}

const KEEP_ALIVE_MS = 65_000;
const HEADER_BYTES_MAX = 16 * 1024;
const HEADERS_MAX = 100;
const CONNECTIONS_MAX = 10_000;
const URL_CHARS_MAX = 8 * 1024;
const BULK = /^\/(files|uploads)(\/|$|\?)/;
/** AES-256 or ChaCha20 with forward secrecy only. */
const CIPHERS =
  'TLS_AES_256_GCM_SHA384:TLS_CHACHA20_POLY1305_SHA256:ECDHE-ECDSA-AES256-GCM-SHA384:ECDHE-RSA-AES256-GCM-SHA384:' +
  'ECDHE-ECDSA-CHACHA20-POLY1305:ECDHE-RSA-CHACHA20-POLY1305';

export async function openPortalServer(address: PortalAddress): Promise<PortalServer> {
  const { host, tls } = address;
  requireSecure(host, tls !== undefined);
  const limits = { ...PORTAL_LIMITS, ...address.limits };
  const door = new Door(tls !== undefined, limits);
  const options = httpOptions(limits);
  const server = tls === undefined ? createHttpServer(options) : createHttpsServer({ ...options, ...tlsOptions(tls) });
  server.maxConnections = CONNECTIONS_MAX;
  server.maxHeadersCount = HEADERS_MAX;
  server.setTimeout(limits.silenceMs);
  server.on('request', (request: IncomingMessage, response: ServerResponse) => door.arrive(request, response));
  server.on('connection', rememberSocket);
  server.on('connection', (socket: Socket) => door.connected(socket));
  server.on('clientError', refuseClient);
  server.on('upgrade', (_: IncomingMessage, socket: Socket) => refuseConnection(socket));
  await listening(server, host, address.port);
  const { port } = server.address() as AddressInfo; // a TCP server's address is an object
  const origin = address.origin ?? originOf(host, port, tls !== undefined);
  door.hosts = allowedHosts(origin, host, port);
  door.origin = origin;
  return {
    port,
    origin,
    serve: (rooms) => {
      door.rooms = rooms;
    },
    renewTls: (next) => (server instanceof HttpsServer ? server.setSecureContext(tlsOptions(next)) : undefined),
    close: () => closed(server),
  };
}

function httpOptions({ headersMs }: PortalLimits) {
  return {
    headersTimeout: headersMs,
    keepAliveTimeout: KEEP_ALIVE_MS,
    maxHeaderSize: HEADER_BYTES_MAX,
    insecureHTTPParser: false,
    /** Uploads may take hours; silence ends them, and small requests have their own limit. */
    requestTimeout: 0,
    connectionsCheckingInterval: Math.min(5_000, headersMs),
    noDelay: true,
  };
}

function tlsOptions({ cert, key }: TlsFiles) {
  // Buffers are what Node takes; a Uint8Array is one in all but name.
  const bytes = (value: string | Uint8Array) => (typeof value === 'string' ? value : Buffer.from(value));
  return {
    cert: bytes(cert),
    key: bytes(key),
    minVersion: 'TLSv1.2' as const,
    ciphers: CIPHERS,
    honorCipherOrder: true,
    ALPNProtocols: ['http/1.1'],
  };
}

/** Whoever listens on every address is found under the machine's own name. */
function originOf(host: string, port: number, secure: boolean): string {
  const isEvery = host === '0.0.0.0' || host === '::';
  const name = isLoopbackAddress(host) ? 'localhost' : isEvery ? hostname() : host.includes(':') ? `[${host}]` : host;
  return new URL(`${secure ? 'https' : 'http'}://${name}:${port}`).origin;
}

function listening(server: Server, host: string, port: number): Promise<void> {
  return new Promise((done, failed) => {
    server.once('error', failed);
    server.listen(port, host, () => {
      server.off('error', failed);
      done();
    });
  });
}

function closed(server: Server): Promise<void> {
  return new Promise((done) => {
    server.close(() => done());
    server.closeAllConnections();
  });
}

/**
 * Whoever sent no request in time gets no answer. Browsers open connections ahead, and an answer that waits there would be taken for that of the first
 * request, which they make again when the connection is merely closed.
 */
function refuseClient({ code }: NodeJS.ErrnoException, socket: Socket): void {
  if (code === 'ERR_HTTP_REQUEST_TIMEOUT') socket.destroy();
  else refuseConnection(socket);
}

function refuseConnection(socket: Socket): void {
  if (socket.writable) socket.end('HTTP/1.1 400 Bad Request\r\nConnection: close\r\nContent-Length: 0\r\n\r\n');
  else socket.destroy();
}

class Door {
  rooms: PortalRooms | undefined;
  hosts: ReadonlySet<string> = new Set();
  origin = '';
  readonly #secure: boolean;
  readonly #limits: PortalLimits;
  readonly #perAddress = new Map<string, number>();
  readonly #api = getRequestListener(
    (request, env) => this.#rooms().api.fetch(request, { from: plainAddress(env.incoming.socket.remoteAddress) }),
    { overrideGlobalObjects: false },
  );

  constructor(secure: boolean, limits: PortalLimits) {
    this.#secure = secure;
    this.#limits = limits;
  }

  connected(socket: Socket): void {
    const address = plainAddress(socket.remoteAddress);
    const count = (this.#perAddress.get(address) ?? 0) + 1;
    this.#perAddress.set(address, count);
    socket.once('close', () => {
      const left = (this.#perAddress.get(address) ?? 1) - 1;
      if (left === 0) this.#perAddress.delete(address);
      else this.#perAddress.set(address, left);
    });
    if (count > this.#limits.connectionsPerAddress) socket.destroy();
  }

  arrive(request: IncomingMessage, response: ServerResponse): void {
    setSecurityHeaders(response, this.#secure);
    const url = request.url ?? '/';
    const host = request.headers.host ?? '';
    if (!this.hosts.has(host.toLowerCase()))
      return problem(response, 421, 'unknown-host', 'This server is not called by this name.');
    if (url.length > URL_CHARS_MAX || !url.startsWith('/'))
      return problem(response, 414, 'bad-url', 'This address is not one of this server\u2019s.');
    if (this.rooms === undefined) return problem(response, 503, 'starting', 'Picturelock is starting.');
    if (BULK.test(url)) return this.#bulk(this.rooms, request, response);
    limitSmall(request, this.#limits.smallRequestMs);
    return this.#small(this.rooms, request, response, url);
  }

  #rooms(): PortalRooms {
    if (this.rooms === undefined) throw new Error('the rooms are not open');
    return this.rooms;
  }

  #bulk(rooms: PortalRooms, request: IncomingMessage, response: ServerResponse): void {
    if (rooms.bulk?.(request, response) !== true) problem(response, 404, 'not-found', 'There is nothing here.');
  }

  #small(rooms: PortalRooms, request: IncomingMessage, response: ServerResponse, url: string): void {
    const path = pathOf(url);
    if (path === undefined) return problem(response, 400, 'bad-url', 'This address is not one of this server\u2019s.');
    if (path === '/api' || path.startsWith('/api/')) return void this.#api(request, response);
    if (path.startsWith('/log/')) {
      servePublicLog(rooms.log, request, response, path).catch((error: unknown) => failed(rooms, response, error));
      return undefined;
    }
    return this.#page(rooms, request, response, path, url);
  }

  #page(rooms: PortalRooms, request: IncomingMessage, response: ServerResponse, path: string, url: string): void {
    if (request.method !== 'GET' && request.method !== 'HEAD')
      return problem(response, 405, 'not-found', 'Pages are only read.');
    // Passkeys are bound to a name, and cookies to a host: on loopback there is one name.
    if (!this.#secure && request.headers.host !== new URL(this.origin).host) {
      response.writeHead(307, { location: this.origin + url, 'cache-control': 'no-store' });
      response.end();
      return undefined;
    }
    if (rooms.pages === undefined)
      return problem(response, 503, 'pages-not-built', 'The pages are not built: run npm run build.');
    if (!rooms.pages.serve(request, response, path)) problem(response, 404, 'not-found', 'There is no such page.');
    return undefined;
  }
}

/** The path, decoded once; undefined for one that cannot be. */
function pathOf(url: string): string | undefined {
  try {
    return decodeURIComponent(url.split('?', 1)[0] ?? '/');
  } catch {
    return undefined; // A stray percent sign.
  }
}

function limitSmall(request: IncomingMessage, limitMs: number): void {
  const timer = setTimeout(() => (request.complete ? undefined : request.destroy()), limitMs);
  request.once('close', () => clearTimeout(timer));
}

function problem(response: ServerResponse, status: number, code: string, message: string): void {
  const body = JSON.stringify({ code, message });
  response.writeHead(status, {
    'content-type': 'application/json',
    'cache-control': 'no-store',
    'content-length': Buffer.byteLength(body),
  });
  response.end(body);
}

function failed(rooms: PortalRooms, response: ServerResponse, error: unknown): void {
  rooms.onFault(error);
  if (response.headersSent) response.destroy();
  else problem(response, 500, 'fault', 'Something failed inside.');
}
