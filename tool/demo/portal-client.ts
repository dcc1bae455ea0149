/**
 * A small stand-in for a browser: one person's cookie, the API's JSON, tus uploads and ranged downloads, over real HTTP.
 * It holds nothing that a browser would not hold.
 */
import { createHash } from 'node:crypto';
import { createReadStream, statSync } from 'node:fs';
import { get as httpGet } from 'node:http';
import { TOTP } from 'otpauth';

const TUS_CHUNK_BYTES = 16 * 2 ** 20;

export class Refusal extends Error {
  readonly status: number;
  readonly code: string;
  constructor(status: number, body: { readonly code?: string; readonly message?: string }) {
    super(body.message ?? `status ${status}`);
    this.status = status;
    this.code = body.code ?? 'unknown';
  }
}

interface EnrolOptions {
  readonly ceremony: string;
  readonly totp: { readonly secret: string };
}

export class PortalClient {
  readonly base: string;
  #cookie = '';

  constructor(base: string) {
    this.base = base;
  }

  get cookie(): string {
    return this.#cookie;
  }

  async call<T>(method: string, path: string, body?: unknown): Promise<T> {
    const response = await this.#fetch(`/api/v1${path}`, {
      method,
      headers: { 'content-type': 'application/json' },
      ...(body === undefined && method === 'GET' ? {} : { body: JSON.stringify(body ?? {}) }),
    });
    const text = await response.text();
    const json: unknown = text === '' ? {} : JSON.parse(text);
    if (!response.ok) throw new Refusal(response.status, json as { code?: string }); // the API's problem body
    return json as T; // the endpoint table's response
  }

  async raw(method: string, path: string, body: unknown): Promise<Uint8Array> {
    const response = await this.#fetch(path, {
      method,
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });
    if (!response.ok) throw new Refusal(response.status, (await response.json()) as { code?: string }); // the API's problem body
    return new Uint8Array(await response.arrayBuffer());
  }

  /** Enrols with a password and a TOTP app, as somebody without a passkey would. */
  async acceptInvitation(link: string, password: string): Promise<void> {
    const token = new URL(link, this.base).hash.replace(/^#(token=)?/, '');
    const look = await this.call<{ readonly options: EnrolOptions }>('POST', '/invitations/look', { token });
    await this.call('POST', '/invitations/accept', { token, enrolment: enrolment(look.options, password) });
  }

  async firstRun(facility: string, ownerName: string, password: string): Promise<void> {
    const options = await this.call<EnrolOptions>('POST', '/first-run/options', { ownerName });
    await this.call('POST', '/first-run', {
      facility,
      timeZone: Intl.DateTimeFormat().resolvedOptions().timeZone,
      ownerName,
      enrolment: enrolment(options, password),
    });
  }

  /** tus 1.0.0: create, then append in pieces. */
  async upload(project: string, to: string, file: string): Promise<void> {
    const { size } = statSync(file);
    const slash = to.lastIndexOf('/');
    const metadata = Object.entries({ project, path: to.slice(0, slash), filename: to.slice(slash + 1) })
      .map(([key, value]) => `${key} ${Buffer.from(value).toString('base64')}`)
      .join(',');
    const created = await this.#fetch('/uploads', {
      method: 'POST',
      headers: { 'tus-resumable': '1.0.0', 'upload-length': String(size), 'upload-metadata': metadata },
    });
    if (created.status !== 201) throw new Refusal(created.status, (await created.json()) as { code?: string }); // the API's problem body
    const place = new URL(created.headers.get('location') ?? '', this.base);
    let offset = 0;
    do {
      const end = Math.min(offset + TUS_CHUNK_BYTES, size);
      const piece = end === offset ? new Uint8Array() : await readPiece(file, offset, end);
      const sent = await this.#fetch(place.pathname, {
        method: 'PATCH',
        headers: {
          'tus-resumable': '1.0.0',
          'upload-offset': String(offset),
          'content-type': 'application/offset+octet-stream',
        },
        body: piece,
      });
      if (sent.status !== 204) throw new Refusal(sent.status, (await sent.json()) as { code?: string }); // the API's problem body
      offset = end;
    } while (offset < size);
  }

  async downloadHash(project: string, path: string): Promise<{ readonly sha256: string; readonly sizeBytes: number }> {
    const response = await this.#fetch(fileUrl(project, path), { method: 'GET' });
    if (!response.ok || response.body === null)
      throw new Refusal(response.status, (await response.json()) as { code?: string }); // the API's problem body
    const hash = createHash('sha256');
    let sizeBytes = 0;
    for await (const piece of response.body) {
      hash.update(piece);
      sizeBytes += piece.byteLength;
    }
    return { sha256: hash.digest('hex'), sizeBytes };
  }

  /** Reads slowly, like a thin line; tells every byte's time, and how the transfer ended. */
  slowDownload(project: string, path: string, bytesPerSecond: number): SlowDownload {
    const url = new URL(fileUrl(project, path), this.base);
    const state = {
      received: 0,
      lastByteAt: 0,
      ended: Promise.withResolvers<string>(),
      started: Promise.withResolvers<void>(),
    };
    const request = httpGet(url, { headers: { cookie: this.#cookie } }, (response) => {
      if (response.statusCode !== 200) return state.ended.resolve(`status ${response.statusCode}`);
      response.on('data', (piece: Buffer) => {
        state.received += piece.length;
        state.lastByteAt = Date.now();
        state.started.resolve();
        response.pause();
        setTimeout(() => response.resume(), (piece.length / bytesPerSecond) * 1000);
      });
      response.on('end', () => state.ended.resolve(response.complete ? 'complete' : 'cut'));
      response.on('error', () => state.ended.resolve('cut'));
      response.on('close', () => state.ended.resolve(response.complete ? 'complete' : 'cut'));
    });
    request.on('error', () => state.ended.resolve('cut'));
    return {
      started: state.started.promise,
      ended: state.ended.promise,
      received: () => state.received,
      lastByteAt: () => state.lastByteAt,
    };
  }

  async #fetch(path: string, init: RequestInit & { headers?: Record<string, string> }): Promise<Response> {
    const headers = {
      ...init.headers,
      // A connection of its own for each request: a cut severs those of a session, and another client of this process may be about to use one.
      connection: 'close',
      origin: this.base,
      'sec-fetch-site': 'same-origin',
      'x-picturelock': '1',
      ...(this.#cookie === '' ? {} : { cookie: this.#cookie }),
    };
    const response = await fetch(new URL(path, this.base), { ...init, headers, redirect: 'manual' });
    for (const cookie of response.headers.getSetCookie()) {
      const [pair = ''] = cookie.split(';');
      if (/^(__Host-picturelock|picturelock-loopback)=/.test(pair)) this.#cookie = pair;
    }
    return response;
  }
}

export interface SlowDownload {
  readonly started: Promise<void>;
  readonly ended: Promise<string>;
  received(): number;
  lastByteAt(): number;
}

function fileUrl(project: string, path: string): string {
  return `/files/${project}/${path.split('/').map(encodeURIComponent).join('/')}`;
}

function enrolment(options: EnrolOptions, password: string): unknown {
  const code = new TOTP({ secret: options.totp.secret }).generate();
  return { type: 'password', ceremony: options.ceremony, password, code };
}

async function readPiece(file: string, start: number, end: number): Promise<Uint8Array<ArrayBuffer>> {
  const pieces: Buffer[] = [];
  for await (const piece of createReadStream(file, { start, end: end - 1 })) pieces.push(piece as Buffer);
  return new Uint8Array(Buffer.concat(pieces));
}
