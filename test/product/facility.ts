/** The composed product: `main.ts start` with its real processes, an owner, and freelancers who joined by invitation. */
import { execFileSync, spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { DAY_MS } from '#model/limits.ts';
import type { CutView } from '#api/endpoints/views.ts';
import { PortalClient } from '../../tool/demo/portal-client.ts';
import { makeKey } from '../../tool/demo/sftp-client.ts';
import { ROOT } from '../source-files.ts';
import { endWithFile, killTree, stopProcess } from '../started.ts';

const PASSWORD = 'correct-Horse-battery-9-staple';
const READY = /^picturelock ready portal=(\S+) sftp=(\S+):(\d+)(?: sshd=(\S+):(\d+))?$/;

export interface Freelancer {
  readonly person: string;
  readonly engagement: string;
  readonly client: PortalClient;
  readonly keyPath: string;
}

export interface Product {
  readonly folder: string;
  readonly data: string;
  readonly portal: string;
  readonly sftp: { readonly host: string; readonly port: number };
  readonly hostKey: string;
  readonly owner: PortalClient;
  project(alias: string): Promise<void>;
  /** Invited, joined, with an SSH key, on the project for a day. */
  freelancer(alias: string, role?: string): Promise<Freelancer>;
  /** Ends it as a producer's button does, and waits until every gate has answered. */
  end(engagement: string): Promise<CutView>;
  /** `kill -9`; the supervisor brings it back. */
  kill(role: 'engine' | 'portal' | 'sftp'): void;
  /** `kill -9` of every process at once. */
  killAll(): void;
  /** Whether the portal answers. */
  isUp(): Promise<boolean>;
  close(): Promise<void>;
}

export async function startProduct(
  options: { readonly folder?: string; readonly args?: readonly string[] } = {},
): Promise<Product> {
  const folder = options.folder ?? mkdtempSync(join(tmpdir(), 'picturelock-product-'));
  const data = join(folder, 'data');
  const ports = ['--listen', '127.0.0.1:0', '--sftp', '127.0.0.1:0', '--pages', join(folder, 'none')];
  const product = spawn(process.execPath, ['src/main.ts', 'start', '--data', data, ...ports, ...(options.args ?? [])], {
    cwd: ROOT,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, PICTURELOCK_LOG: 'silent' },
  });
  const main = endWithFile(product, ['stderr']);
  const ended = once(main, 'exit');
  const { portal, sftp, hostKey } = await said(main, ended);
  const owner = new PortalClient(portal);
  await owner.firstRun('Harbour Post', 'Olive Owner', PASSWORD);
  const self = await owner.call<{ person: { id: string } }>('GET', '/me');
  let joined = 0;

  return {
    folder,
    data,
    portal,
    sftp,
    hostKey,
    owner,
    async project(alias) {
      await owner.call('POST', '/projects', { alias, title: `Title of ${alias}`, owner: self.person.id });
    },
    async freelancer(alias, role = 'assistant-editor') {
      joined += 1;
      const place = join(folder, `freelancer-${joined}`);
      mkdirSync(place);
      const added = await owner.call<{ person: { id: string }; link: string }>('POST', '/people', {
        name: `Robin ${joined}`,
        inviteDays: 1,
      });
      const from = Date.now();
      const given = await owner.call<{ engagement: { id: string } }>('POST', `/projects/${alias}/engagements`, {
        person: added.person.id,
        role,
        from,
        until: from + DAY_MS,
      });
      const client = new PortalClient(portal);
      await client.acceptInvitation(added.link, PASSWORD);
      const key = makeKey(place);
      await client.call('POST', '/me/credentials/ssh-key', { publicKey: key.publicKey, label: 'laptop' });
      return { person: added.person.id, engagement: given.engagement.id, client, keyPath: key.privateKey };
    },
    async end(engagement) {
      const ended = await owner.call<{ cut: string }>('POST', `/engagements/${engagement}/end`, {
        reason: 'Delivered.',
      });
      return (await owner.call<{ cut: CutView }>('GET', `/cuts/${ended.cut}?wait=5000`)).cut;
    },
    kill: (role) => process.kill(processOf(main, role), 'SIGKILL'),
    killAll: () => killTree(main),
    isUp: () =>
      fetch(`${portal}/api/v1/status`).then(
        ({ ok }) => ok,
        () => false,
      ),
    async close() {
      await stopProcess(main, () => void main.kill('SIGTERM'));
      if (options.folder === undefined) rmSync(folder, { recursive: true, force: true });
    },
  };
}

async function said(
  main: ChildProcess,
  ended: Promise<unknown[]>,
): Promise<Pick<Product, 'portal' | 'sftp' | 'hostKey'>> {
  if (main.stdout === null) throw new Error('no output');
  let ready: RegExpExecArray | null = null;
  for await (const line of createInterface({ input: main.stdout })) {
    ready ??= READY.exec(line);
    const hostKey = /^picturelock sftp host key (.+)$/.exec(line)?.[1];
    if (ready === null || hostKey === undefined) continue;
    const [, portal = '', host = '', port = '', sshdHost, sshdPort] = ready;
    return { portal, sftp: { host: sshdHost ?? host, port: Number(sshdPort ?? port) }, hostKey };
  }
  throw new Error(`it never was ready, and ended with ${String(await ended)}; what it said is above`);
}

function processOf(main: ChildProcess, role: string): number {
  const rows = execFileSync('/bin/ps', ['-o', 'pid=,args=', '--ppid', String(main.pid)], { encoding: 'utf8' });
  const row = rows.split('\n').find((one) => one.endsWith(` role ${role}`));
  if (row === undefined) throw new Error(`no ${role} runs`);
  return Number(row.trim().split(' ')[0]);
}

/** A file of random bytes that begins like a QuickTime film. */
export function filmAt(path: string, sizeBytes: number, bytes: (count: number) => Buffer): Buffer {
  const film = Buffer.concat([Buffer.from('\0\0\0\x14ftypqt  \0\0\0\0qt  ', 'latin1'), bytes(sizeBytes)]);
  writeFileSync(path, film);
  return film;
}
