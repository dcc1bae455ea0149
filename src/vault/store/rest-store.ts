/**
 * A repository behind restic's REST protocol: our vault, or anybody's server of it. Requests are bounded in time, answers in size; a request that
 * failed for the network's reasons is tried again, and a `put` that was already done is told by the server's answer.
 */
import { readFileSync } from 'node:fs';
import { Agent as HttpAgent, request as httpRequest } from 'node:http';
import type { IncomingMessage } from 'node:http';
import { isIPv4 } from 'node:net';
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https';
import type { AgentOptions } from 'node:https';
import { setTimeout } from 'node:timers/promises';
import { isObjectId } from '#vault/format/blob.ts';
import { listRows } from '#vault/store/list-rows.ts';
import { listOf } from '#vault/store/listed.ts';
import { ToldRows } from '#vault/store/told-rows.ts';
import type { ArrivedObject, ByteRange, ObjectStore, ObjectType, StoredObject } from '#ports/object-store.ts';
import { Fault } from '#std/refused.ts';
import { z } from 'zod';

export interface RestPlace {
  /** `https://vault.example:8443/`; plain HTTP only to this machine. */
  readonly url: string;
  /** A file that holds `user:password` on one line; never in the URL. */
  readonly credentialFile?: string;
  /** Files in PEM: the authority to trust, and the client's own certificate and key. */
  readonly caFile?: string;
  readonly certFile?: string;
  readonly keyFile?: string;
}

const TRIES = 4;
const PAUSE_MS = 250;
const SILENCE_MS = 60_000;
const PAGE_BYTES_MAX = 256 * 1024 * 1024;
const OBJECT_BYTES_MAX = 512 * 1024 * 1024;
/** As many as go at once in a copy. */
const SOCKETS = 8;
const V2 = 'application/vnd.x.restic.rest.v2';

const arrivals = z.array(
  z.object({
    n: z.int().min(1),
    type: z.enum(['config', 'data', 'index', 'keys', 'snapshots']),
    name: z.string(),
    arrivedAt: z.number(),
    lockedUntil: z.number(),
    setAsideBy: z.string().optional(),
  }),
);
type ArrivalRow = z.infer<typeof arrivals>[number];
/** A vault gives ten thousand at once. */
const ARRIVAL_PAGES_MAX = 2 ** 19;

interface Answer {
  readonly status: number;
  readonly body: Buffer;
  readonly headers: IncomingMessage['headers'];
}

interface Ask {
  readonly method: string;
  readonly path: string;
  readonly body?: Uint8Array;
  readonly headers?: Readonly<Record<string, string>>;
  readonly max?: number;
}

export function openRestStore(place: RestPlace): ObjectStore {
  const base = new URL(place.url.endsWith('/') ? place.url : `${place.url}/`);
  const isTls = base.protocol === 'https:';
  if (!isTls && !isLoopback(base.hostname))
    throw new Fault('plain-http', 'a vault elsewhere is reached over HTTPS only: use https:// in its address');
  const agent = isTls ? new HttpsAgent(tlsOptions(place)) : new HttpAgent({ keepAlive: true, maxSockets: SOCKETS });
  const authorization = credential(place);

  function send({ method, path, body, headers = {} }: Ask): Promise<IncomingMessage> {
    return new Promise((done, failed) => {
      const all = {
        ...headers,
        ...(authorization === undefined ? {} : { authorization }),
        ...(body === undefined ? {} : { 'content-length': String(body.length) }),
      };
      const request = isTls ? httpsRequest : httpRequest;
      const asked = request(new URL(path, base), { method, agent, headers: all, timeout: SILENCE_MS });
      asked.on('timeout', () => asked.destroy(new Error('the vault is silent')));
      asked.on('error', failed);
      asked.on('response', done);
      asked.end(body);
    });
  }

  async function once(what: Ask): Promise<Answer> {
    return collect(await send(what), what.max ?? OBJECT_BYTES_MAX);
  }

  /** Tries again what the network or a busy server spoiled. */
  async function ask(what: Ask): Promise<Answer> {
    for (let left = TRIES - 1; ; left -= 1) {
      try {
        const answer = await once(what);
        if (answer.status < 500 || left === 0) return answer;
      } catch (cause) {
        if (cause instanceof Fault || left === 0) throw unreachable(cause);
      }
      await pause(left);
    }
  }

  function pathOf(type: ObjectType, name: string): string {
    if (type === 'config') return 'config';
    if (!isObjectId(name)) throw new Fault('object-name', `${name.slice(0, 80)} is no name of an object`);
    return `${type}/${name}`;
  }

  /** One that breaks off is asked for again, and goes on behind what was told. */
  async function* each(type: ObjectType): AsyncGenerator<StoredObject> {
    const told = new ToldRows();
    for (let left = TRIES - 1; ; left -= 1) {
      try {
        return yield* told.rest(listNow(type));
      } catch (cause) {
        if ((cause instanceof Fault && !cause.retry) || left === 0) throw unreachable(cause);
      }
      await pause(left);
    }
  }

  async function* listNow(type: ObjectType): AsyncGenerator<StoredObject> {
    const response = await send({ method: 'GET', path: `${type}/`, headers: { accept: V2 } });
    if (response.statusCode === 200) return yield* listRows(response as AsyncIterable<Buffer>); // without an encoding it gives buffers
    const { status, body } = await collect(response, OBJECT_BYTES_MAX);
    if (status !== 404) throw answered(status, body);
  }

  async function get(type: ObjectType, name: string, range?: ByteRange): Promise<Uint8Array> {
    const headers = range === undefined ? {} : { range: `bytes=${range.offset}-${range.offset + range.length - 1}` };
    const { status, body } = await ask({ method: 'GET', path: pathOf(type, name), headers });
    if (status === 404) throw new Fault('object-missing', `an object of the repository is missing: ${type} ${name}`);
    if (status !== (range === undefined ? 200 : 206)) throw answered(status, body);
    if (range !== undefined && body.length !== range.length)
      throw new Fault('object-short', `an object of the repository is shorter than it should be: ${type} ${name}`);
    return body;
  }

  async function put(type: ObjectType, name: string, body: Uint8Array): Promise<'created' | 'present'> {
    const known = await size(type, name);
    if (known === body.length) return 'present';
    const answer = await ask({
      method: 'POST',
      path: pathOf(type, name),
      body,
      headers: { 'content-type': 'application/octet-stream' },
    });
    if (answer.status === 200 || answer.status === 201) return 'created';
    // The first try may have got through although its answer did not.
    if ((answer.status === 403 || answer.status === 409) && (await size(type, name)) === body.length) return 'present';
    throw answered(answer.status, answer.body);
  }

  /** Our vault looks at what it has first. Another server than ours has no such verb: it refuses the name as present. */
  async function heal(type: ObjectType, name: string, body: Uint8Array): Promise<'healed' | 'whole'> {
    const { status, body: says } = await ask({
      method: 'POST',
      path: `${pathOf(type, name)}?heal=true`,
      body,
      headers: { 'content-type': 'application/octet-stream' },
    });
    if (status === 200) return 'healed';
    // It lost all trace of it: what it does not hold it takes as anything new.
    if (status === 404) return (await put(type, name, body)) === 'created' ? 'healed' : 'whole';
    if (status === 403 && says.toString('utf8').startsWith('whole:')) return 'whole';
    throw answered(status, says);
  }

  /** Everything that arrived, page by page; whether the vault said all of it. Another server than our vault does not say. */
  async function eachArrival(take: (row: ArrivalRow) => void): Promise<boolean> {
    let after = 0;
    for (let pages = 0; pages < ARRIVAL_PAGES_MAX; pages += 1) {
      const { status, body } = await ask({ method: 'GET', path: `?arrivals-after=${after}`, max: PAGE_BYTES_MAX });
      const rows = status === 200 ? arrivals.safeParse(jsonOf(body)) : undefined;
      if (rows?.success !== true) return false;
      const [last] = rows.data.slice(-1);
      if (last === undefined) return true;
      for (const row of rows.data) take(row);
      if (last.n <= after) return false;
      after = last.n;
    }
    return false;
  }

  /** The earliest end of a lock, over everything that arrived. */
  async function lockedUntil(): Promise<number | undefined> {
    let earliest = Infinity;
    const isWhole = await eachArrival((row) => (earliest = Math.min(earliest, row.lockedUntil)));
    return isWhole && Number.isFinite(earliest) ? earliest : undefined;
  }

  async function newestArrival(): Promise<number | undefined> {
    let newest = 0;
    const isWhole = await eachArrival(({ n, setAsideBy }) => {
      if (setAsideBy === undefined) newest = Math.max(newest, n);
    });
    return isWhole ? newest : undefined;
  }

  async function arrived(only?: ObjectType): Promise<readonly ArrivedObject[] | undefined> {
    const rows: ArrivedObject[] = [];
    const isWhole = await eachArrival(({ n, type, name, arrivedAt, setAsideBy }) => {
      if (setAsideBy === undefined && (only ?? type) === type) rows.push({ n, type, name, arrivedAt });
    });
    return isWhole ? rows : undefined;
  }

  async function size(type: ObjectType, name: string): Promise<number | undefined> {
    const { status, headers, body } = await ask({ method: 'HEAD', path: pathOf(type, name) });
    if (status === 404) return undefined;
    if (status !== 200) throw answered(status, body);
    return Number(headers['content-length']);
  }

  return {
    each,
    list: listOf(each),
    size,
    get,
    put,
    heal,
    lockedUntil,
    arrivals: arrived,
    newestArrival,
    async remove(type, name) {
      const { status, body } = await ask({ method: 'DELETE', path: pathOf(type, name) });
      if (status !== 200 && status !== 404) throw answered(status, body);
    },
    async close() {
      agent.destroy();
    },
  };
}

function pause(left: number): Promise<void> {
  return setTimeout(PAUSE_MS * 2 ** (TRIES - 1 - left));
}

function jsonOf(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString('utf8'));
  } catch {
    return undefined; // somebody else's server, which answers this path in its own way
  }
}

function tlsOptions({ caFile, certFile, keyFile }: RestPlace): AgentOptions {
  return {
    keepAlive: true,
    maxSockets: SOCKETS,
    minVersion: 'TLSv1.2',
    ...(caFile === undefined ? {} : { ca: readFileSync(caFile) }),
    ...(certFile === undefined ? {} : { cert: readFileSync(certFile) }),
    ...(keyFile === undefined ? {} : { key: readFileSync(keyFile) }),
  };
}

function credential({ credentialFile }: RestPlace): string | undefined {
  if (credentialFile === undefined) return undefined;
  const [line] = readFileSync(credentialFile, 'utf8').split('\n');
  return `Basic ${Buffer.from(line ?? '').toString('base64')}`;
}

function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '[::1]' || (isIPv4(host) && host.startsWith('127.'));
}

async function collect(response: IncomingMessage, max: number): Promise<Answer> {
  const parts: Buffer[] = [];
  let bytes = 0;
  for await (const part of response as AsyncIterable<Buffer>) {
    bytes += part.length;
    if (bytes > max) throw new Fault('answer-too-long', 'the vault answers with more than it may');
    parts.push(part);
  }
  return { status: response.statusCode ?? 0, body: Buffer.concat(parts), headers: response.headers };
}

function unreachable(cause: unknown): Fault {
  if (cause instanceof Fault) return cause;
  return new Fault('vault-unreachable', `the vault cannot be reached: ${String(cause)}`, { retry: true });
}

function answered(status: number, body: Buffer): Fault {
  const says = body.toString('utf8', 0, 300).trim();
  if (status === 401 || status === 403)
    return new Fault('vault-refused', `the vault refuses this: ${says === '' ? status : says}`);
  // Room on its disk comes back when somebody makes it; a quota is raised by somebody, or its cause is found.
  if (says.startsWith('quota-reached:')) return new Fault('quota-reached', `the vault refuses more: ${says}`);
  if (status === 507 || status === 413)
    return new Fault('storage-full', `the vault has no room: ${says}`, { retry: status === 507 });
  return new Fault('vault-failed', `the vault answered ${status}: ${says}`, { retry: status >= 500 });
}
