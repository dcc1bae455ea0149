/** Clients that hold a connection and watch their own bytes: a browser's download and event stream, and stock OpenSSH `sftp`. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { statSync } from 'node:fs';
import { get } from 'node:http';
import type { IncomingMessage } from 'node:http';

/** A connection under watch. `lastByteAt` is the client's clock, which is this machine's. */
export interface Watched {
  bytes(): number;
  lastByteAt(): number;
  /** Resolves when the connection is over, with how. */
  readonly over: Promise<string>;
  stop(): void;
}

export class Browser {
  readonly base: string;
  #cookie = '';

  constructor(base: string) {
    this.base = base;
  }

  get cookie(): string {
    return this.#cookie;
  }

  async signIn(link: string): Promise<void> {
    const response = await this.request('POST', '/api/v1/sign-in/link', { token: new URL(link).hash.slice(1) });
    this.#cookie = response.headers.getSetCookie()[0]?.split(';', 1)[0] ?? '';
    if (!response.ok || this.#cookie === '') throw new Error(`sign-in: ${response.status} ${await response.text()}`);
  }

  async request(method: string, path: string, body?: unknown): Promise<Response> {
    return fetch(new URL(path, this.base), {
      method,
      headers: {
        origin: this.base,
        'sec-fetch-site': 'same-origin',
        'content-type': 'application/json',
        'x-picturelock': '1',
        cookie: this.#cookie,
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
  }

  /** Resolves when the first byte is here. */
  watch(path: string, bytesPerSecond = 20_000_000, from: Origin = {}): Promise<Watched> {
    const [first, over] = [Promise.withResolvers<void>(), Promise.withResolvers<string>()];
    const seen = { bytes: 0, lastByteAt: 0 };
    const request = get(
      new URL(path, this.base),
      { headers: { ...identityOf(from, this.#cookie), accept: '*/*' }, agent: false, localAddress: from.address },
      (response) => {
        if (response.statusCode !== 200) first.reject(new Error(`status ${response.statusCode}`));
        response.on('data', (piece: Buffer) => {
          seen.bytes += piece.length;
          seen.lastByteAt = Date.now();
          first.resolve();
          rest(response, (piece.length / bytesPerSecond) * 1000);
        });
        response.on('error', () => undefined);
        response.on('close', () => over.resolve(response.complete ? 'complete' : 'cut'));
      },
    );
    request.on('error', (error) => {
      over.resolve('cut');
      first.reject(error);
    });
    const watched = {
      bytes: () => seen.bytes,
      lastByteAt: () => seen.lastByteAt,
      over: over.promise,
      stop: () => void request.destroy(),
    };
    return first.promise.then(() => watched);
  }
}

/** Another machine (an address of loopback), or a machine with a token. */
export interface Origin {
  readonly address?: string;
  readonly token?: string;
}

function identityOf({ token }: Origin, cookie: string): Readonly<Record<string, string>> {
  return token === undefined ? { cookie } : { authorization: `Bearer ${token}` };
}

function rest(response: IncomingMessage, ms: number): void {
  if (ms < 1) return;
  response.pause();
  setTimeout(() => response.resume(), ms);
}

/** The embedded gate takes any name; sshd takes the account's. */
const USER = 'picturelock';

export interface SftpPlace {
  readonly host: string;
  readonly port: number;
}

/** `sftp` fetching one large file slowly; the local file is what arrived. Resolves when the first bytes are on disk. */
export async function watchSftp(at: SftpPlace, keyPath: string, remote: string, user = USER): Promise<Watched> {
  const local = `${keyPath}.${Math.random().toString(36).slice(2)}.mov`;
  const child = sftp(at, keyPath, user, ['-l', '80000'], [`get ${remote} ${local}`]);
  const seen = { bytes: 0, lastByteAt: 0 };
  const look = (): void => {
    const size = sizeOf(local);
    if (size === seen.bytes) return;
    seen.bytes = size;
    seen.lastByteAt = Date.now();
  };
  const timer = setInterval(look, 5);
  const over = child.over.then((code) => {
    look();
    clearInterval(timer);
    return code === 0 ? 'complete' : 'cut';
  });
  while (seen.bytes === 0) {
    const ended = await Promise.race([over, new Promise<undefined>((done) => setTimeout(done, 10))]);
    if (ended !== undefined) throw new Error(`sftp ${ended} before its first byte: ${child.output()}`);
  }
  return { bytes: () => seen.bytes, lastByteAt: () => seen.lastByteAt, over, stop: () => void child.kill() };
}

/** True when the gate lets this key in and lists the root. */
export async function canSftp(at: SftpPlace, keyPath: string, user = USER): Promise<boolean> {
  return (await sftp(at, keyPath, user, [], ['ls -1 /']).over) === 0;
}

function sftp(at: SftpPlace, keyPath: string, user: string, flags: readonly string[], commands: readonly string[]) {
  const options = [
    'StrictHostKeyChecking=no',
    `UserKnownHostsFile=${keyPath}.known`,
    'IdentitiesOnly=yes',
    'BatchMode=yes',
    'LogLevel=ERROR',
    'IdentityAgent=none',
  ];
  const child = spawn(
    '/usr/bin/sftp',
    [
      '-F',
      'none',
      ...options.flatMap((option) => ['-o', option]),
      '-i',
      keyPath,
      '-P',
      String(at.port),
      ...flags,
      '-b',
      '-',
      `${user}@${at.host}`,
    ],
    { stdio: ['pipe', 'pipe', 'pipe'] },
  );
  const output: Buffer[] = [];
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (part: Buffer) => output.push(part));
  child.stdin.end(`${commands.join('\n')}\n`);
  const over = once(child, 'exit').then(([code]) => (code as number | null) ?? 255); // a signal counts as failure
  return { over, output: () => Buffer.concat(output).toString('utf8'), kill: () => child.kill() };
}

function sizeOf(path: string): number {
  return statSync(path, { throwIfNoEntry: false })?.size ?? 0;
}
