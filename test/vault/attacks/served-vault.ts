/** A vault that serves, with clocks that a test turns, and stock restic as a client that may have been taken over. */
import { execFile, spawn } from 'node:child_process';
import { hash } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { hashOfToken, openClientBook } from '#host/vault/client-book.ts';
import { startVaultService } from '#host/vault/vault-service.ts';
import type { VaultService, VaultServiceSettings } from '#host/vault/vault-service.ts';
import type { Client } from '#vault/server/admission.ts';
import type { ClockReading } from '#vault/server/vault-clock.ts';

const run = promisify(execFile);
export const DAY_MS = 86_400_000;
export const START = Date.UTC(2026, 0, 5);
const RESTIC_MS_MAX = 60_000;

export interface Arrival {
  readonly n: number;
  readonly type: string;
  readonly name: string;
  readonly arrivedAt: number;
  readonly lockedUntil: number;
  readonly setAsideBy?: string;
}

export interface Ran {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

export interface ServedVault {
  /** Holds `vault/`, `source/` and whatever a test puts there. */
  readonly folder: string;
  readonly root: string;
  readonly service: VaultService;
  clock: ClockReading;
  pass(ms: number): void;
  ask(method: string, path: string, options?: Asked): Promise<Response>;
  put(type: string, text: string, options?: Asked): Promise<{ readonly name: string; readonly status: number }>;
  arrivals(client?: string): Promise<readonly Arrival[]>;
  restic(...args: readonly string[]): Promise<Ran>;
  /** Resolves with what stock restic was told; it would try again for minutes, so it is ended then. Rejects when it is let through. */
  resticRefused(...args: readonly string[]): Promise<string>;
  again(): Promise<void>;
  close(): Promise<void>;
}

interface Asked {
  readonly body?: string | Uint8Array<ArrayBuffer>;
  readonly client?: string;
  readonly name?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

export const sha256 = (bytes: string | Uint8Array): string => hash('sha256', bytes, 'hex');
export const tokenOf = (client: string): string => `token-of-${client}`;

export async function serveTestVault(
  clients: readonly Partial<Client>[] = [{}],
  settings: Partial<VaultServiceSettings> = {},
): Promise<ServedVault> {
  const folder = mkdtempSync(join(tmpdir(), 'picturelock-attack-'));
  const root = settings.folder ?? join(folder, 'vault');
  mkdirSync(join(folder, 'source'));
  const book = openClientBook(root);
  for (const client of clients) {
    const name = client.name ?? 'edit';
    book.add({
      quotaBytes: 1 << 30,
      lockDays: 30,
      reads: true,
      tokenSha256: hashOfToken(tokenOf(name)),
      ...client,
      name,
    });
  }
  writeFileSync(join(folder, 'password'), 'a password\n');
  let clock: ClockReading = { wall: START, monotonic: 1000, boot: 'boot-1' };
  let service = await start();

  function start(): Promise<VaultService> {
    return startVaultService({
      host: '127.0.0.1',
      port: 0,
      read: () => clock,
      roundEveryMs: DAY_MS,
      freeBytesMin: 0,
      onTrouble: () => undefined,
      ...settings,
      folder: root,
    });
  }

  const world: ServedVault = {
    folder,
    root,
    get service() {
      return service;
    },
    get clock() {
      return clock;
    },
    set clock(reading) {
      clock = reading;
    },
    pass(ms) {
      clock = { ...clock, wall: clock.wall + ms, monotonic: clock.monotonic + ms };
    },
    ask: (method, path, { body, client = 'edit', headers = {} } = {}) =>
      fetch(`http://127.0.0.1:${service.port}/${path}`, {
        method,
        headers: { authorization: basic(client), ...headers },
        ...(body === undefined ? {} : { body }),
      }),
    async put(type, text, asked = {}) {
      const name = asked.name ?? sha256(text);
      const response = await world.ask('POST', `${asked.client ?? 'edit'}/${type}/${name}`, { ...asked, body: text });
      await response.text();
      return { name, status: response.status };
    },
    async arrivals(client = 'edit') {
      const response = await world.ask('GET', `${client}/?arrivals-after=0`, { client });
      return (await response.json()) as readonly Arrival[]; // our own server's
    },
    restic: (...args) => runRestic(service.port, folder, args),
    resticRefused: (...args) => refusedRestic(service.port, folder, args),
    async again() {
      await service.close();
      service = await start();
    },
    async close() {
      await service.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
  return world;
}

export function basic(client: string): string {
  return `Basic ${Buffer.from(`${client}:${tokenOf(client)}`).toString('base64')}`;
}

function environment(port: number, folder: string): NodeJS.ProcessEnv {
  return {
    ...process.env,
    RESTIC_REPOSITORY: `rest:http://edit:${tokenOf('edit')}@127.0.0.1:${port}/edit/`,
    RESTIC_PASSWORD_FILE: join(folder, 'password'),
    RESTIC_CACHE_DIR: join(folder, 'cache'),
  };
}

async function runRestic(port: number, folder: string, args: readonly string[]): Promise<Ran> {
  try {
    const options = { env: environment(port, folder), timeout: RESTIC_MS_MAX };
    const { stdout, stderr } = await run('restic', [...args], options);
    return { code: 0, out: stdout, err: stderr };
  } catch (cause) {
    const { code, stdout, stderr } = cause as { code?: number; stdout?: string; stderr?: string }; // of execFile
    return { code: code ?? 1, out: stdout ?? '', err: stderr ?? '' };
  }
}

function refusedRestic(port: number, folder: string, args: readonly string[]): Promise<string> {
  const options = { env: environment(port, folder), timeout: RESTIC_MS_MAX } as const;
  const child = spawn('restic', [...args], { ...options, stdio: ['ignore', 'ignore', 'pipe'] });
  let said = '';
  return new Promise((done, failed) => {
    child.stderr.on('data', (chunk: Buffer) => {
      said += chunk.toString('utf8');
      if (/\(40[13]\)|40[13] /.test(said)) child.kill('SIGKILL');
    });
    child.once('error', failed);
    child.once('close', (code) => (code === 0 ? failed(new Error(`it was let through: ${said}`)) : done(said)));
  });
}

/** A repository as its client made it: in a window, which is closed again. */
export async function initialise(world: ServedVault): Promise<void> {
  await world.service.vault.openWindow(10);
  const made = await world.restic('init');
  if (made.code !== 0) throw new Error(made.err);
  await world.service.vault.openWindow(0);
}

/** A config and a key without restic, for tests that need no repository that opens. */
export async function enrol(world: ServedVault, client = 'edit'): Promise<void> {
  await world.service.vault.openWindow(10);
  await world.ask('POST', `${client}/config`, { body: 'config', client });
  await world.service.vault.openWindow(0);
}
