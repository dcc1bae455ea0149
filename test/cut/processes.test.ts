/** `main.ts start` as an operator runs it: what it prints, what it refuses, and that killed parts come back. */
import { test } from 'node:test';
import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { endWithFile, stopProcess } from '../started.ts';
import { connectEngine } from '#host/engine-socket/client.ts';
import { until } from '../until.ts';

const ROOT = join(import.meta.dirname, '..', '..');
const READY = /^picturelock ready portal=(http:\/\/localhost:\d+) sftp=(127\.0\.0\.1:\d+)$/;

interface Started {
  readonly main: ChildProcess;
  readonly portal: string;
  readonly sftp: string;
}

async function start(data: string): Promise<Started> {
  const main = endWithFile(
    spawn(
      process.execPath,
      ['src/main.ts', 'start', '--data', data, '--listen', '127.0.0.1:0', '--sftp', '127.0.0.1:0'],
      {
        cwd: ROOT,
        stdio: ['ignore', 'pipe', 'ignore'],
        env: { ...process.env, PICTURELOCK_LOG: 'silent' },
      },
    ),
  );
  for await (const line of createInterface({ input: main.stdout })) {
    const ready = READY.exec(line);
    if (ready !== null) return { main, portal: ready[1] ?? '', sftp: ready[2] ?? '' };
  }
  throw new Error('it never was ready');
}

function stop(main: ChildProcess): Promise<number | null> {
  return stopProcess(main, () => void main.kill('SIGTERM'));
}

/** Role and process id of the children of one supervisor. */
function childrenOf(pid: number): ReadonlyMap<string, number> {
  const rows = execFileSync('/bin/ps', ['-o', 'pid=,args=', '--ppid', String(pid)], { encoding: 'utf8' })
    .trim()
    .split('\n');
  return new Map(
    rows.flatMap((row) => {
      const match = /^\s*(\d+) .* role (\w+)$/.exec(row);
      return match === null ? [] : [[match[2] ?? '', Number(match[1])] as const];
    }),
  );
}

test(
  'a facility starts, loses any of its processes, recovers, and stops with nothing left behind',
  { timeout: 90_000 },
  async () => {
    const base = mkdtempSync(join(tmpdir(), 'picturelock-processes-'));
    const data = join(base, 'data');
    const { main, portal, sftp } = await start(data);
    const status = async (): Promise<boolean> => (await fetch(`${portal}/api/v1/status`)).ok;
    assert.ok(await status());
    assert.equal(statSync(data).mode & 0o777, 0o700);
    const exposed = readdirSync(join(data, 'keys')).filter(
      (name) => (statSync(join(data, 'keys', name)).mode & 0o077) !== 0,
    );
    assert.deepEqual(exposed, []);

    for (const role of ['portal', 'sftp', 'engine']) {
      const before = childrenOf(main.pid ?? 0);
      assert.deepEqual([...before.keys()].sort(), ['backup', 'engine', 'portal', 'sftp']);
      process.kill(before.get(role) ?? 0, 'SIGKILL');
      await until(async () => {
        const now = childrenOf(main.pid ?? 0);
        return now.get(role) !== undefined && now.get(role) !== before.get(role);
      }, `${role} comes back`);
      if (role === 'portal') await until(status, 'the portal listens where it did');
    }
    const engine = await connectEngine(data);
    await until(
      async () => (await engine.search({ kind: 'engine.started', limit: 10 })).entries.length === 2,
      'the engine said that it started again',
    );
    await engine.close();
    await until(status, 'the portal answers');

    const second = spawn(
      process.execPath,
      ['src/main.ts', 'start', '--data', data, '--listen', '127.0.0.1:0', '--sftp', '127.0.0.1:0'],
      { cwd: ROOT, stdio: ['ignore', 'ignore', 'pipe'], env: { ...process.env, PICTURELOCK_LOG: 'silent' } },
    );
    const said: Buffer[] = [];
    second.stderr?.on('data', (part: Buffer) => said.push(part));
    assert.deepEqual(await once(second, 'exit'), [3, null], 'one writer for each data directory');
    assert.notEqual(Buffer.concat(said).toString().trim(), '');

    const children = [...childrenOf(main.pid ?? 0).values()];
    assert.equal(await stop(main), 0);
    for (const pid of children) assert.throws(() => process.kill(pid, 0), { code: 'ESRCH' });
    const again = await start(data);
    assert.notEqual(again.sftp, '', sftp);
    const ends = await connectEngine(again.main.pid === undefined ? '' : data);
    const kinds = (await ends.search({ kind: 'engine.', limit: 20 })).entries.map(({ entry }) => entry.kind);
    assert.deepEqual(kinds, ['engine.started', 'engine.stopped', 'engine.started', 'engine.started']);
    await ends.close();
    // Children whose supervisor is killed do not outlive it.
    const orphans = [...childrenOf(again.main.pid ?? 0).values()];
    const gone = once(again.main, 'exit');
    again.main.kill('SIGKILL');
    await gone;
    await until(async () => orphans.every((pid) => !isAlive(pid)), 'no orphan stays');
    rmSync(base, { recursive: true });
  },
);

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return !readFileSync(`/proc/${pid}/stat`, 'utf8').includes(') Z ');
  } catch {
    return false;
  }
}

test('what is unsafe does not start, and says what to do', { timeout: 60_000 }, async (t) => {
  const base = mkdtempSync(join(tmpdir(), 'picturelock-refusals-'));
  const open = join(base, 'open');
  mkdirSync(open);
  chmodSync(open, 0o755);
  const cases: readonly (readonly [string, readonly string[], RegExp])[] = [
    ['plain HTTP beyond loopback', ['--data', join(base, 'a'), '--listen', '0.0.0.0:0'], /--tls-cert/],
    ['one-click links beyond loopback', ['--data', join(base, 'a'), '--listen', '0.0.0.0:0', '--demo'], /loopback/],
    ['a certificate without its key', ['--data', join(base, 'a'), '--tls-cert', 'x.pem'], /--tls-key/],
    ['a data directory that others can enter', ['--data', open], /chmod 700/],
    ['an address that is none', ['--data', join(base, 'a'), '--listen', 'here'], /127\.0\.0\.1:8080/],
  ];
  for (const [name, args, says] of cases) {
    await t.test(name, async () => {
      const child = spawn(process.execPath, ['src/main.ts', 'start', ...args], {
        cwd: ROOT,
        stdio: ['ignore', 'ignore', 'pipe'],
        env: { ...process.env, PICTURELOCK_LOG: 'silent' },
      });
      const said: Buffer[] = [];
      child.stderr?.on('data', (part: Buffer) => said.push(part));
      const [code] = (await once(child, 'close')) as [number];
      assert.equal(code, 3);
      assert.match(Buffer.concat(said).toString(), says);
    });
  }
  rmSync(base, { recursive: true });
});
