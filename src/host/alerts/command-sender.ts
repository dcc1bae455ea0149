/**
 * A program of the operator's own, run without a shell and without arguments, the message as JSON on its standard input. Who can write that file can run as
 * this service, so a file that others may write is refused.
 */
import { spawn } from 'node:child_process';
import { accessSync, constants, statSync } from 'node:fs';
import { isAbsolute } from 'node:path';
import type { Sender } from './sender.ts';
import { Fault } from '#std/refused.ts';

const RUN_MS_MAX = 30_000;
const OTHERS_MAY_WRITE = 0o022;

/** A Fault `alert-command` when the file is not one that only its owner may change. */
export function commandSender(file: string, timeoutMs = RUN_MS_MAX): Sender {
  checkCommand(file);
  return { way: 'command', to: file, send: (body, signal) => runCommand(file, body, signal, timeoutMs) };
}

function checkCommand(file: string): void {
  const no = (why: string): Fault => new Fault('alert-command', `The alert command ${file} ${why}.`);
  if (!isAbsolute(file)) throw no('needs its whole path');
  const found = statSync(file, { throwIfNoEntry: false });
  if (found?.isFile() !== true) throw no('is not there');
  if ((found.mode & OTHERS_MAY_WRITE) !== 0) throw no('can be changed by others: chmod go-w');
  if (found.uid !== 0 && found.uid !== process.getuid?.())
    throw no('belongs to somebody else than root and this account');
  try {
    accessSync(file, constants.X_OK);
  } catch {
    throw no('can’t be run: chmod u+x');
  }
}

/** In a process group of its own: what it started ends with it. */
function runCommand(file: string, body: string, signal: AbortSignal, timeoutMs: number): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const child = spawn(file, [], {
    stdio: ['pipe', 'ignore', 'ignore'],
    env: { PATH: '/usr/local/bin:/usr/bin:/bin', LANG: 'C.UTF-8' },
    cwd: '/',
    detached: true,
  });
  const end = (): void => {
    try {
      if (child.pid !== undefined) process.kill(-child.pid, 'SIGKILL');
    } catch {
      // It has ended by itself.
    }
  };
  let isSlow = false;
  const timer = setTimeout(() => {
    isSlow = true;
    end();
  }, timeoutMs);
  signal.addEventListener('abort', end, { once: true });
  child.once('error', (cause: NodeJS.ErrnoException) => reject(failed(cause.code ?? 'spawn')));
  child.once('close', (code, how) => {
    clearTimeout(timer);
    signal.removeEventListener('abort', end);
    if (code === 0) resolve();
    else reject(failed(isSlow ? 'timeout' : code === null ? String(how) : `exit-${code}`));
  });
  child.stdin.on('error', () => undefined); // a program that reads nothing may still be content
  child.stdin.end(body);
  return promise;
}

function failed(code: string): Fault {
  return new Fault(code.toLowerCase().slice(0, 60), 'the alert command did not take the message', { retry: true });
}
