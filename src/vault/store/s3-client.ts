/**
 * Asks a store that speaks S3: requests are signed over a hash of their bodies, bounded in time, answers bounded in size. What the network or a busy
 * store spoiled is tried again; whoever asks makes sure that twice does no harm.
 */
import { hash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { Agent as HttpAgent, request as httpRequest } from 'node:http';
import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';
import { isIPv4 } from 'node:net';
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https';
import { AwsV4Signer } from 'aws4fetch';
import { readS3Credential } from '#vault/store/s3-place.ts';
import type { S3Place } from '#vault/store/s3-place.ts';
import { textOf } from '#vault/store/s3-xml.ts';
import { Fault } from '#std/refused.ts';

const TRIES = 5;
const PAUSE_MS = 200;
const SILENCE_MS = 60_000;
const SOCKETS = 16;
const ANSWER_BYTES_MAX = 512 * 1024 * 1024;

export interface S3Ask {
  readonly method: 'GET' | 'HEAD' | 'PUT' | 'POST' | 'DELETE';
  /** Left out: the bucket itself. */
  readonly key?: string;
  readonly query?: Readonly<Record<string, string>>;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Uint8Array;
  readonly bytesMax?: number;
}

export interface S3Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
  /** What the store calls what is wrong; '' when nothing is, or it does not say. */
  readonly code: string;
}

export interface S3Client {
  /** Any status below 500 is an answer; whoever asks reads it. */
  ask(what: S3Ask): Promise<S3Answer>;
  /** The store's time less ours, by its newest answer; undefined before the first. */
  skewMs(): number | undefined;
  close(): void;
}

export function openS3Client(place: Pick<S3Place, 'endpoint' | 'bucket' | 'credentialFile' | 'caFile'>): S3Client {
  const { endpoint, bucket, caFile } = place;
  const isTls = endpoint.startsWith('https:');
  if (!isTls && !isLoopback(new URL(endpoint).hostname))
    throw new Fault('plain-http', 'a bucket elsewhere is reached over HTTPS only: use https:// in its address');
  const credential = readS3Credential(place);
  const ca = caFile === undefined ? {} : { ca: readFileSync(caFile) };
  const agent = isTls
    ? new HttpsAgent({ keepAlive: true, maxSockets: SOCKETS, minVersion: 'TLSv1.2', ...ca })
    : new HttpAgent({ keepAlive: true, maxSockets: SOCKETS });
  const cache = new Map<string, ArrayBuffer>();
  let skew: number | undefined;

  function addressOf({ key, query = {} }: S3Ask): string {
    const path = key === undefined ? '' : `/${key.split('/').map(encodeURIComponent).join('/')}`;
    const asked = Object.entries(query).map(([name, value]) => `${name}=${encodeURIComponent(value)}`);
    return `${endpoint}/${bucket}${path}${asked.length === 0 ? '' : `?${asked.join('&')}`}`;
  }

  async function once(what: S3Ask): Promise<S3Answer> {
    const { method, body = new Uint8Array(0), bytesMax = ANSWER_BYTES_MAX } = what;
    const signer = new AwsV4Signer({
      ...credential,
      method,
      url: addressOf(what),
      headers: { ...what.headers, 'x-amz-content-sha256': hash('sha256', body, 'hex') },
      service: 's3',
      cache,
    });
    const { url, headers } = await signer.sign();
    const sent = { ...Object.fromEntries(headers), 'content-length': String(body.length) };
    return new Promise((done, failed) => {
      const send = isTls ? httpsRequest : httpRequest;
      const asked = send(url, { method, agent, headers: sent, timeout: SILENCE_MS });
      asked.on('timeout', () => asked.destroy(new Error('the store is silent')));
      asked.on('error', failed);
      asked.on('response', (response) => collect(response, bytesMax).then(done, failed));
      asked.end(body);
    });
  }

  return {
    async ask(what) {
      for (let left = TRIES - 1; ; left -= 1) {
        try {
          const askedAt = Date.now();
          const answer = await once(what);
          skew = skewOf(answer, askedAt) ?? skew;
          if (answer.code === 'RequestTimeTooSkewed') throw skewed(skew);
          if (!isBusy(answer) || left === 0) return answer;
        } catch (cause) {
          if (cause instanceof Fault || left === 0) throw unreachable(cause);
        }
        await new Promise((go) => setTimeout(go, PAUSE_MS * 2 ** (TRIES - 1 - left)));
      }
    },
    skewMs: () => skew,
    close: () => agent.destroy(),
  };
}

/** It answered between our question and now, and tells whole seconds: what lies outside of that is skew. */
function skewOf({ headers }: S3Answer, askedAt: number): number | undefined {
  const theirs = Date.parse(headers.date ?? '');
  if (!Number.isFinite(theirs)) return undefined;
  const [earliest, latest] = [askedAt - 1000, Date.now() + 1000];
  return theirs < earliest ? theirs - earliest : Math.max(0, theirs - latest);
}

/** 409: two writers met at one key; the next try sees who won. */
function isBusy({ status, code }: S3Answer): boolean {
  return status >= 500 || status === 429 || code === 'ConditionalRequestConflict' || code === 'OperationAborted';
}

export function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '[::1]' || (isIPv4(host) && host.startsWith('127.'));
}

async function collect(response: IncomingMessage, bytesMax: number): Promise<S3Answer> {
  const parts: Buffer[] = [];
  let bytes = 0;
  for await (const part of response as AsyncIterable<Buffer>) {
    bytes += part.length;
    if (bytes > bytesMax) throw new Fault('answer-too-long', 'the store answers with more than it may');
    parts.push(part);
  }
  const body = Buffer.concat(parts);
  const status = response.statusCode ?? 0;
  const code = status < 400 ? '' : (textOf(body.toString('utf8', 0, 4096), 'Code') ?? '');
  return { status, headers: response.headers, body, code };
}

function skewed(skewMs: number | undefined): Fault {
  const by = skewMs === undefined ? '' : ` (it says ${Math.round(skewMs / 1000)} s more than we do)`;
  return new Fault('clock-skew', `the store finds the clock of this machine wrong${by}: set the clock`);
}

function unreachable(cause: unknown): Fault {
  if (cause instanceof Fault) return cause;
  return new Fault('vault-unreachable', `the bucket cannot be reached: ${String(cause)}`, { retry: true });
}

/** For an answer that is none of those that were expected. */
export function s3Fault({ status, code, body }: S3Answer, what: string): Fault {
  const says = textOf(body.toString('utf8', 0, 4096), 'Message') ?? '';
  const told = `${what}: the store answered ${status} ${code} ${says}`.trim();
  if (status === 401 || status === 403) return new Fault('vault-refused', told);
  if (code === 'QuotaExceeded' || status === 507) return new Fault('storage-full', told);
  return new Fault('vault-failed', told, { retry: status >= 500 });
}
