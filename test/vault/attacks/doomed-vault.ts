/** A vault in a process of its own that a test kills, at a system call of its choice if need be; and what must hold afterwards. */
import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { basic, sha256, tokenOf } from './served-vault.ts';
import { hashOfToken, openClientBook } from '#host/vault/client-book.ts';
import { readMachineClock } from '#host/vault/machine-clock.ts';
import { startVaultService } from '#host/vault/vault-service.ts';
import { openVault } from '#vault/server/vault.ts';

const CHILD = join(import.meta.dirname, 'vault-child.ts');
export const headers = { authorization: basic('edit') };

export interface Life {
  readonly child: ChildProcess;
  readonly url: string;
  readonly ended: Promise<number | null>;
}

export async function live(folder: string, freeBytesMin = 0): Promise<Life> {
  const child = spawn(process.execPath, [CHILD, folder, String(freeBytesMin)], {
    stdio: ['ignore', 'pipe', 'ignore'],
    // One thread for files: calls are counted thread by thread.
    env: { ...process.env, UV_THREADPOOL_SIZE: '1' },
  });
  const ended = new Promise<number | null>((done) => child.once('close', done));
  const port = await new Promise<string>((done, failed) => {
    child.stdout?.on('data', (chunk: Buffer) => {
      const said = /ready (\d+)/.exec(chunk.toString('utf8'))?.[1];
      if (said !== undefined) done(said);
    });
    void ended.then(() => failed(new Error('the vault did not start')));
  });
  return { child, url: `http://127.0.0.1:${port}/edit`, ended };
}

export async function prepared(folder: string): Promise<void> {
  const client = { name: 'edit', quotaBytes: 1 << 30, lockDays: 30, reads: true };
  openClientBook(folder).add({ ...client, tokenSha256: hashOfToken(tokenOf('edit')) });
  const vault = await openVault({ folder, read: readMachineClock, freeBytesMin: 0 });
  const config = async function* () {
    yield Buffer.from('config');
  };
  await vault.accept(client, 'config', '', config(), 6);
  await vault.close();
}

/** Stores until it is gone; the names that were acknowledged. */
export async function storeUntilGone(url: string, acked: Map<string, number>): Promise<void> {
  for (;;) {
    const body = randomBytes(1 + Math.floor(Math.random() * 60_000));
    const name = sha256(body);
    const answer = await fetch(`${url}/data/${name}`, { method: 'POST', headers, body }).catch(() => undefined);
    if (answer === undefined) return;
    if (answer.status === 200) acked.set(name, body.length);
    else if (answer.status !== 507) throw new Error(`${answer.status} ${await answer.text()}`);
    if (answer.status === 507) return;
  }
}

export async function expectAll(url: string, acked: ReadonlyMap<string, number>): Promise<void> {
  const accept = 'application/vnd.x.restic.rest.v2';
  const listed = await fetch(`${url}/data/`, { headers: { ...headers, accept } });
  const rows = (await listed.json()) as readonly { name: string; size: number }[]; // our own server's
  const sizes = new Map(rows.map(({ name, size }) => [name, size]));
  for (const [name, size] of acked) assert.equal(sizes.get(name), size, `${name} was acknowledged`);
  for (const { name } of rows) {
    const bytes = await (await fetch(`${url}/data/${name}`, { headers })).bytes();
    assert.equal(sha256(bytes), name, 'nothing that is listed is anything else than its name says');
  }
}

/** A new start, in this process: serves while `look` looks. */
export async function revived(folder: string, look: (url: string) => Promise<void>): Promise<void> {
  const service = await startVaultService({
    folder,
    host: '127.0.0.1',
    port: 0,
    freeBytesMin: 0,
    roundEveryMs: 86_400_000,
    onTrouble: () => undefined,
  });
  try {
    await look(`http://127.0.0.1:${service.port}/edit`);
  } finally {
    await service.close();
  }
}

const hasStrace = process.getuid?.() === 0 && spawnSync('strace', ['-V']).status === 0;
export const stagesNeed = hasStrace ? undefined : 'needs root and strace';

/** Resolves when every thread is held. */
export async function attach(child: ChildProcess, calls: string, when: string): Promise<void> {
  const inject = `inject=${calls}:signal=SIGKILL:when=${when}`;
  const args = ['-f', '-p', String(child.pid), '-e', `trace=${calls}`, '-e', inject];
  const strace = spawn('strace', args, { stdio: ['ignore', 'ignore', 'pipe'] });
  await new Promise<void>((done, failed) => {
    strace.stderr.on('data', (chunk: Buffer) => (chunk.includes('attached') ? done() : undefined));
    strace.once('error', failed);
  });
}
