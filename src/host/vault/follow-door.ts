/** A vault's two requests for its follower, over HTTPS: the certificate that was carried here or an authority's, our token or our own certificate. */
import { hash, X509Certificate } from 'node:crypto';
import { request as httpRequest } from 'node:http';
import type { IncomingMessage } from 'node:http';
import { request as httpsRequest } from 'node:https';
import type { RequestOptions } from 'node:https';
import type { Door } from '#host/vault/follow.ts';
import { Fault } from '#std/refused.ts';

const SILENCE_MS = 60_000;
const REPORT_BYTES_MAX = 64 << 20;

export interface DoorAddress {
  /** `https://vault.example:8443/`; plain HTTP only to this machine. */
  readonly url: string;
  /** `user:token`, from a file. */
  readonly credential?: string;
  /** PEM: the vault's own certificate, compared whole, or the authority that signed it. */
  readonly serverCert?: Buffer;
  readonly ca?: Buffer;
  readonly cert?: Buffer;
  readonly key?: Buffer;
}

export function openDoor(address: DoorAddress): Door {
  const base = new URL(address.url);
  if (base.protocol !== 'https:' && base.hostname !== '127.0.0.1')
    throw new Fault('plain-http', 'a vault elsewhere is reached over https:// only');
  const options = optionsOf(address);
  const send = base.protocol === 'https:' ? httpsRequest : httpRequest;

  async function ask(path: string, method: string, body?: string): Promise<IncomingMessage & { body: Buffer }> {
    const answered = Promise.withResolvers<IncomingMessage>();
    const asked = send(new URL(path, base), { ...options, method });
    asked.on('timeout', () => asked.destroy(new Error('it is silent')));
    asked.on('error', answered.reject);
    asked.on('response', answered.resolve);
    asked.end(body);
    try {
      const response = await answered.promise;
      const got = await collect(response);
      if (response.statusCode === 200) return Object.assign(response, { body: got });
      throw refusedBy(response.statusCode, got);
    } catch (cause) {
      if (cause instanceof Fault) throw cause;
      const says = cause instanceof Error ? cause.message : String(cause);
      throw new Fault('vault-unreachable', `The vault at ${base.host} cannot be reached: ${says}.`, {
        cause,
        retry: true,
      });
    }
  }

  return {
    async report({ after, renewedAt, line }) {
      const { body, headers } = await ask(`/-/report?after=${after}&renewed=${renewedAt}&line=${line}`, 'GET');
      return { body, signature: one(headers['picturelock-signature']), key: one(headers['picturelock-key']) };
    },
    async leaveWord(word) {
      await ask('/-/word', 'POST', JSON.stringify(word));
    },
  };
}

function optionsOf({ credential, serverCert, ca, cert, key }: DoorAddress): RequestOptions {
  const authorization = credential === undefined ? undefined : `Basic ${Buffer.from(credential).toString('base64')}`;
  const pinned = serverCert === undefined ? undefined : hash('sha256', new X509Certificate(serverCert).raw, 'hex');
  return {
    timeout: SILENCE_MS,
    minVersion: 'TLSv1.2',
    headers: authorization === undefined ? {} : { authorization },
    ...(ca === undefined ? {} : { ca }),
    ...(cert === undefined || key === undefined ? {} : { cert, key }),
    ...(serverCert === undefined || pinned === undefined ? {} : pinning(serverCert, pinned)),
  };
}

function pinning(serverCert: Buffer, pinned: string): RequestOptions {
  return {
    ca: serverCert,
    allowPartialTrustChain: true,
    checkServerIdentity: (_host, { raw }) =>
      hash('sha256', raw, 'hex') === pinned ? undefined : new Error('it shows another certificate than the one named'),
  };
}

async function collect(response: IncomingMessage): Promise<Buffer> {
  const parts: Buffer[] = [];
  let bytes = 0;
  for await (const part of response as AsyncIterable<Buffer>) {
    bytes += part.length;
    if (bytes > REPORT_BYTES_MAX) throw new Fault('answer-too-long', 'the vault answers with more than it may');
    parts.push(part);
  }
  return Buffer.concat(parts);
}

function refusedBy(status: number | undefined, body: Buffer): Fault {
  if (status === 401)
    return new Fault(
      'vault-refused',
      'The vault does not know who follows: add it there with vault client add --follows.',
    );
  return new Fault('vault-refused', `The vault answered ${status}: ${body.toString('utf8', 0, 300).trim()}`);
}

function one(value: string | string[] | undefined): string {
  return typeof value === 'string' ? value : '';
}
