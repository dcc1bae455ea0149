/** The real product in its own processes, on free loopback ports, with a data directory of its own. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ROOT } from '../source-files.ts';
import { endWithFile, stopProcess } from '../started.ts';

const READY_MS = 90_000;

export interface RunningFacility {
  readonly origin: string;
  readonly data: string;
  /** One-click sign-in addresses, as the demo writes them. */
  links(): readonly DemoLink[];
  /** Kills every process of it at once, as a power cut would, and starts it again on the same data and port; `meanwhile` runs while it is away. */
  killAndRestart(meanwhile?: () => Promise<void>): Promise<void>;
  /** From now on the clocks of all its processes are so much further ahead. */
  advance(ms: number): void;
  stop(): Promise<void>;
}

export interface DemoLink {
  readonly name: string;
  readonly roles: readonly string[];
  readonly url: string;
}

/** `args` come beside those that every facility of these tests has. */
export async function startFacility(args: readonly string[] = []): Promise<RunningFacility> {
  if (!existsSync(join(ROOT, 'dist/ui/index.html'))) throw new Error('the pages are not built: npm run build');
  const folder = mkdtempSync(join(tmpdir(), 'picturelock-e2e-'));
  const data = join(folder, 'var');
  const clock = join(folder, 'ahead-ms');
  let aheadMs = 0;
  let child = spawnFacility(data, '127.0.0.1:0', clock, args);
  const origin = await readyLine(child);
  return {
    origin,
    data,
    links: () => JSON.parse(readFileSync(join(data, 'run', 'demo-links.json'), 'utf8')) as readonly DemoLink[], // written by the portal with --demo
    killAndRestart: async (meanwhile) => {
      await killGroup(child);
      await meanwhile?.();
      child = spawnFacility(data, `127.0.0.1:${new URL(origin).port}`, clock, args);
      assert.equal(await readyLine(child), origin);
    },
    advance: (ms) => {
      aheadMs += ms;
      // Whole or not at all: a process that reads between truncation and text would leap back to the real time, and take its people for idle.
      writeFileSync(`${clock}.next`, String(aheadMs));
      renameSync(`${clock}.next`, clock);
    },
    stop: async () => {
      await stopProcess(child, () => void child.kill('SIGTERM'));
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** In a process group of its own, so that all of it can be killed at once. */
function spawnFacility(data: string, listen: string, clock: string, args: readonly string[]): ChildProcess {
  const env = {
    ...process.env,
    NODE_OPTIONS: `--import=${join(import.meta.dirname, 'shifted-clock.ts')}`,
    PICTURELOCK_TEST_CLOCK: clock,
  };
  return endWithFile(
    spawn(
      process.execPath,
      ['src/main.ts', 'start', '--demo', '--data', data, '--listen', listen, '--sftp', '127.0.0.1:0', ...args],
      { cwd: ROOT, stdio: ['ignore', 'pipe', 'pipe'], detached: true, env },
    ),
  );
}

async function killGroup(child: ChildProcess): Promise<void> {
  assert.ok(child.pid !== undefined);
  const ended = once(child, 'exit');
  process.kill(-child.pid, 'SIGKILL');
  await ended;
}

function readyLine(child: ChildProcess): Promise<string> {
  return new Promise((resolve, reject) => {
    let [out, err] = ['', ''];
    const timer = setTimeout(() => {
      child.kill('SIGTERM');
      reject(new Error(`no ready line in time: ${out}${err}`));
    }, READY_MS);
    child.stderr?.on('data', (chunk) => {
      err = `${err}${String(chunk)}`.slice(-4000);
    });
    child.stdout?.on('data', (chunk) => {
      out += String(chunk);
      const found = /ready portal=(\S+)/.exec(out)?.[1];
      if (found === undefined) return;
      clearTimeout(timer);
      resolve(found);
    });
    child.once('exit', () => {
      clearTimeout(timer);
      reject(new Error(`the facility did not start: ${out}${err}`));
    });
  });
}
