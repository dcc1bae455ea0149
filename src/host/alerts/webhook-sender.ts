/**
 * An HTTPS endpoint: one POST a message, its body signed with a key that only this machine and the receiver have. The address often is a secret itself, so it
 * comes in a file, and the ledger knows the host alone. Redirects are not followed.
 */
import { createHmac, randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { request as httpRequest } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { dirname } from 'node:path';
import type { Sender } from './sender.ts';
import { isLoopback } from '#host/process/settings.ts';
import { Fault } from '#std/refused.ts';

const ANSWER_MS_MAX = 15_000;
const KEY_BYTES = 32;
const OTHERS_MAY_READ = 0o077;

export const SIGNATURE_HEADER = 'picturelock-signature';

export interface WebhookOptions {
  /** Its first line is the address. */
  readonly addressFile: string;
  /** Made when it is not there. */
  readonly keyFile: string;
  readonly caFile?: string;
  readonly timeoutMs?: number;
  readonly now: () => number;
}

/** A Fault `alert-webhook` when the address is none that may be used. */
export function webhookSender(options: WebhookOptions): Sender {
  const url = readAddress(options.addressFile);
  const key = readKey(options.keyFile);
  const ca = options.caFile === undefined ? undefined : readFileSync(options.caFile);
  return {
    way: 'webhook',
    to: url.host,
    send: (body, signal) =>
      post(url, body, { key, ca, signal, at: options.now(), timeoutMs: options.timeoutMs ?? ANSWER_MS_MAX }),
  };
}

function readAddress(file: string): URL {
  const no = (why: string): Fault => new Fault('alert-webhook', `The webhook’s address in ${file} ${why}.`);
  if (!existsSync(file)) throw no('is not there');
  if ((statSync(file).mode & OTHERS_MAY_READ) !== 0) throw no('can be read by others: chmod 600');
  const url = URL.parse(readFileSync(file, 'utf8').split('\n')[0]?.trim() ?? '');
  if (url === null) throw no('is no address');
  if (url.username !== '' || url.password !== '') throw no('holds a user or a password');
  const isNear = url.protocol === 'http:' && isLoopback(url.hostname.replace(/^\[|\]$/g, ''));
  if (url.protocol !== 'https:' && !isNear) throw no('is not https');
  return url;
}

function readKey(file: string): string {
  if (!existsSync(file)) {
    mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
    writeFileSync(file, `${randomBytes(KEY_BYTES).toString('base64url')}\n`, { mode: 0o600, flush: true, flag: 'wx' });
  }
  return readFileSync(file, 'utf8').trim();
}

/** `t=MS,v1=HEX`: HMAC-SHA-256 with the key over the time, a dot and the body. */
export function signatureOf(key: string, at: number, body: string): string {
  return `t=${at},v1=${createHmac('sha256', key).update(`${at}.${body}`).digest('hex')}`;
}

interface Post {
  readonly key: string;
  readonly ca: Buffer | undefined;
  readonly signal: AbortSignal;
  readonly at: number;
  readonly timeoutMs: number;
}

function post(url: URL, body: string, { key, ca, signal, at, timeoutMs }: Post): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const limit = AbortSignal.timeout(timeoutMs);
  const headers = {
    'content-type': 'application/json',
    'content-length': Buffer.byteLength(body),
    'user-agent': 'picturelock',
    [SIGNATURE_HEADER]: signatureOf(key, at, body),
  };
  const options = { method: 'POST', headers, agent: false, signal: AbortSignal.any([signal, limit]) } as const;
  const sent =
    url.protocol === 'https:'
      ? httpsRequest(url, { ...options, minVersion: 'TLSv1.2', ...(ca === undefined ? {} : { ca }) })
      : httpRequest(url, options);
  sent.once('error', (cause: NodeJS.ErrnoException) =>
    reject(failed(limit.aborted ? 'timeout' : (cause.code ?? 'unreachable'))),
  );
  sent.once('response', (answer) => {
    const { statusCode = 0 } = answer;
    answer.destroy(); // what it says is of no use here
    if (statusCode >= 200 && statusCode < 300) resolve();
    else reject(failed(`http-${statusCode}`));
  });
  sent.end(body);
  return promise;
}

function failed(code: string): Fault {
  return new Fault(code.toLowerCase().slice(0, 60), 'the webhook did not take the message', { retry: true });
}
