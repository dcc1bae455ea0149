/**
 * Speaks to the first vault over TLS with a certificate on both sides: ours is known there by its hash, theirs is compared whole with the file that was carried
 * here. No name, no authority and no password stands between.
 */
import { hash } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { Agent, request } from 'node:https';
import { X509Certificate } from 'node:crypto';
import { arrivalRows, repositoryNames } from '#vault/offsite/upstream.ts';
import type { Upstream } from '#vault/offsite/upstream.ts';
import { Fault } from '#std/refused.ts';

const SILENCE_MS = 60_000;
const SOCKETS = 6;
const LIST_BYTES_MAX = 32 << 20;

export interface UpstreamAddress {
  /** `https://first.example:8443/`. */
  readonly url: string;
  /** What we are called there. */
  readonly client: string;
  /** PEM: the certificate that the first vault shows, and our own with its key. */
  readonly serverCert: string;
  readonly cert: string;
  readonly key: string;
}

export function openUpstream({ url, client, serverCert, cert, key }: UpstreamAddress): Upstream {
  const base = new URL(url);
  if (base.protocol !== 'https:') throw new Fault('plain-http', 'a vault is pulled over https:// only');
  const pinned = hash('sha256', new X509Certificate(serverCert).raw, 'hex');
  const agent = new Agent({
    keepAlive: true,
    maxSockets: SOCKETS,
    minVersion: 'TLSv1.2',
    cert,
    key,
    ca: serverCert,
    allowPartialTrustChain: true,
    checkServerIdentity: (_host, { raw }) =>
      hash('sha256', raw, 'hex') === pinned
        ? undefined
        : new Error('another certificate than the one that was carried here'),
  });

  function ask(path: string, headers: Readonly<Record<string, string>> = {}): Promise<IncomingMessage> {
    return new Promise((done, failed) => {
      const asked = request(new URL(path, base), { agent, headers, timeout: SILENCE_MS });
      asked.on('timeout', () => asked.destroy(new Error('the first vault is silent')));
      asked.on('error', (cause) => failed(unreachable(cause)));
      asked.on('response', done);
      asked.end();
    });
  }

  async function json(path: string): Promise<unknown> {
    const response = await ask(path);
    const body = await collect(response);
    if (response.statusCode !== 200) throw answered(response.statusCode, body);
    try {
      return JSON.parse(body.toString('utf8'));
    } catch (cause) {
      throw new Fault('upstream-broken', 'the first vault answers with what cannot be read', { cause });
    }
  }

  return {
    repositories: async () => expectShape(repositoryNames.safeParse(await json(`/${client}/?repositories`))),
    arrivals: async (repository, after) =>
      expectShape(arrivalRows.safeParse(await json(`/${repository}/?arrivals-after=${after}`))),
    async *read(repository, type, name, offset) {
      const path = `/${repository}/${type === 'config' ? 'config' : `${type}/${name}`}`;
      const response = await ask(path, offset === 0 ? {} : { range: `bytes=${offset}-` });
      if (response.statusCode !== (offset === 0 ? 200 : 206))
        throw answered(response.statusCode, await collect(response));
      try {
        for await (const part of response as AsyncIterable<Buffer>) yield part;
      } catch (cause) {
        throw unreachable(cause);
      }
    },
    close: () => agent.destroy(),
  };
}

function expectShape<T>(parsed: { readonly success: boolean; readonly data?: T }): T {
  if (!parsed.success || parsed.data === undefined)
    throw new Fault('upstream-broken', 'the first vault answers with what no vault says');
  return parsed.data;
}

async function collect(response: IncomingMessage): Promise<Buffer> {
  const parts: Buffer[] = [];
  let bytes = 0;
  try {
    for await (const part of response as AsyncIterable<Buffer>) {
      bytes += part.length;
      if (bytes > LIST_BYTES_MAX) throw new Fault('answer-too-long', 'the first vault answers with more than it may');
      parts.push(part);
    }
  } catch (cause) {
    throw unreachable(cause);
  }
  return Buffer.concat(parts);
}

function unreachable(cause: unknown): Fault {
  if (cause instanceof Fault) return cause;
  const says = cause instanceof Error ? cause.message : String(cause);
  if (/certificate/i.test(says))
    return new Fault('upstream-unknown', `what answers there is not the first vault: ${says}`);
  return new Fault('upstream-unreachable', `the first vault cannot be reached: ${says}`, { retry: true });
}

function answered(status: number | undefined, body: Buffer): Fault {
  const says = body.toString('utf8', 0, 300).trim();
  if (status === 401)
    return new Fault('upstream-refused', 'the first vault does not know our certificate: enrol it there');
  if (status === 404) return new Fault('object-missing', 'it is listed at the first vault and is not there');
  return new Fault('upstream-failed', `the first vault answered ${status}: ${says}`, { retry: (status ?? 500) >= 500 });
}
