/** `self-test`: checks a running portal from outside, as a client's scanner would (controls TS-1.10, TS-8.1, TS-8.2). */
import { connect } from 'node:tls';
import type { Command } from 'commander';
import type { Cli } from '../cli.ts';
import { Failure, usage } from '../failure.ts';
import { EXIT } from '../output.ts';

const TIMEOUT_MS = 5000;
const MISDIRECTED = 421;

interface Check {
  readonly name: string;
  readonly holds: boolean;
  readonly found: string;
}

export function addSelfTestCommand(program: Command, cli: Cli): void {
  program
    .command('self-test <url>')
    .description('check a running portal from outside: headers, cookies, TLS, what answers without a session')
    .action(async (text: string) => {
      const url = URL.canParse(text) ? new URL(text) : undefined;
      if (url === undefined || !/^https?:$/.test(url.protocol))
        throw usage(`"${text}" is not an address.`, 'picturelock self-test http://127.0.0.1:8080');
      const checks = await allChecks(url).catch((cause: unknown) => {
        if (cause instanceof Failure) throw cause;
        throw new Failure('not-reached', `Nothing answers at ${url.origin}.`, {
          exit: EXIT.fault,
          next: 'picturelock start prints where the portal is',
        });
      });
      cli
        .output()
        .show(checks, () => checks.map((check) => `${check.holds ? 'ok  ' : 'FAIL'}  ${check.name}: ${check.found}`));
      if (checks.some((check) => !check.holds)) cli.leave(EXIT.no);
    });
}

async function allChecks(url: URL): Promise<readonly Check[]> {
  const { status } = await fetch(new URL('/api/v1/status', url), { signal: AbortSignal.timeout(TIMEOUT_MS) });
  if (status === MISDIRECTED)
    throw new Failure('other-name', `The portal is not called ${url.host}.`, {
      next: 'Use the name that picturelock start printed.',
    });
  return [
    ...(await headerChecks(url)),
    ...(await apiChecks(url)),
    ...(url.protocol === 'https:' ? await tlsChecks(url) : []),
  ];
}

async function headerChecks(url: URL): Promise<readonly Check[]> {
  const { headers } = await fetch(url, { signal: AbortSignal.timeout(TIMEOUT_MS) });
  const value = (name: string): string => headers.get(name) ?? 'absent';
  const policy = value('content-security-policy');
  const checks: Check[] = [
    {
      name: 'content security policy without inline scripts or eval',
      holds: policy !== 'absent' && !/script-src[^;]*'unsafe-(inline|eval)'/.test(policy),
      found: policy,
    },
    { name: 'no framing', holds: /frame-ancestors 'none'/.test(policy), found: value('x-frame-options') },
    {
      name: 'no content sniffing',
      holds: value('x-content-type-options') === 'nosniff',
      found: value('x-content-type-options'),
    },
    { name: 'no referrer', holds: value('referrer-policy') === 'no-referrer', found: value('referrer-policy') },
    {
      name: 'software not named',
      holds: headers.get('server') === null && headers.get('x-powered-by') === null,
      found: value('server'),
    },
  ];
  if (url.protocol !== 'https:') return checks;
  return [
    ...checks,
    {
      name: 'strict transport security',
      holds: /max-age=[1-9]\d{6,}/.test(value('strict-transport-security')),
      found: value('strict-transport-security'),
    },
  ];
}

async function apiChecks(url: URL): Promise<readonly Check[]> {
  const closed = [
    '/api/v1/me',
    '/api/v1/projects',
    '/api/v1/people',
    '/api/v1/ledger',
    '/log/checkpoint',
    '/files/x/y',
  ];
  const checks: Check[] = [];
  for (const path of closed) {
    const { status } = await fetch(new URL(path, url), { signal: AbortSignal.timeout(TIMEOUT_MS) });
    checks.push({
      name: `${path} needs a session`,
      holds: status === 401 || status === 403,
      found: `status ${status}`,
    });
  }
  const foreign = await fetch(new URL('/api/v1/sign-out', url), {
    method: 'POST',
    headers: {
      origin: 'https://elsewhere.example',
      'sec-fetch-site': 'cross-site',
      'content-type': 'application/json',
    },
    body: '{}',
    signal: AbortSignal.timeout(TIMEOUT_MS),
  });
  return [
    ...checks,
    {
      name: 'a request from another site is refused',
      holds: foreign.status === 403,
      found: `status ${foreign.status}`,
    },
  ];
}

async function tlsChecks(url: URL): Promise<readonly Check[]> {
  const old = await handshake(url, 'TLSv1.1').catch(
    (cause: unknown) => `refused (${cause instanceof Error ? cause.message.slice(0, 60) : 'error'})`,
  );
  const now = await handshake(url, 'TLSv1.3').catch(() => 'refused');
  return [
    { name: 'TLS 1.1 is refused', holds: old.startsWith('refused'), found: old },
    { name: 'TLS 1.3 is spoken', holds: now === 'TLSv1.3', found: now },
  ];
}

/** Only the protocol version is looked at; whose certificate it is, the browser checks. */
function handshake(url: URL, version: 'TLSv1.1' | 'TLSv1.3'): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect({
      host: url.hostname,
      port: Number(url.port || 443),
      minVersion: version,
      maxVersion: version,
      rejectUnauthorized: false,
      timeout: TIMEOUT_MS,
    });
    socket.once('secureConnect', () => {
      resolve(socket.getProtocol() ?? 'unknown');
      socket.destroy();
    });
    socket.once('error', reject);
    socket.once('timeout', () => socket.destroy(new Error('no answer')));
  });
}
