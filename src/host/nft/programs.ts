/** Runs the system's network programs, in the warden's own namespace or in a named one, with a limit on time and on what they say. */
import { spawn } from 'node:child_process';
import type { ChildProcessByStdio } from 'node:child_process';
import type { Readable, Writable } from 'node:stream';
import { Fault } from '#std/refused.ts';

const SAID_BYTES_MAX = 256 << 20;

export interface Programs {
  /** Resolves with standard output; faults with what the program said on standard error. */
  run(program: string, args: readonly string[], options?: RunOptions): Promise<string>;
  /** A program that goes on running. */
  start(program: string, args: readonly string[]): ChildProcessByStdio<Writable, Readable, Readable>;
}

interface RunOptions {
  readonly input?: string;
  readonly timeoutMs?: number;
  /** Called with the process id as soon as it is known. */
  readonly onPid?: (pid: number) => void;
}

const TIMEOUT_MS = 30_000;
/** The C locale: what is printed is parsed. */
const ENV = { PATH: '/usr/sbin:/usr/bin:/sbin:/bin', LC_ALL: 'C' };

export function openPrograms(namespace?: string): Programs {
  const whole = (program: string, args: readonly string[]): readonly [string, string[]] =>
    namespace === undefined ? [program, [...args]] : ['ip', ['netns', 'exec', namespace, program, ...args]];
  return {
    start(program, args) {
      const [name, all] = whole(program, args);
      return spawn(name, all, { stdio: ['pipe', 'pipe', 'pipe'], env: ENV });
    },
    run(program, args, { input, timeoutMs = TIMEOUT_MS, onPid } = {}) {
      const [name, all] = whole(program, args);
      return new Promise((resolve, reject) => {
        const child = spawn(name, all, { stdio: ['pipe', 'pipe', 'pipe'], env: ENV, timeout: timeoutMs });
        if (child.pid !== undefined) onPid?.(child.pid);
        const [said, complained] = [gather(child.stdout), gather(child.stderr)];
        child.stdin.on('error', () => undefined); // it ended before it had read everything; its exit says why
        child.stdin.end(input ?? '');
        child.once('error', (cause) => reject(missing(program, cause)));
        child.once('close', (code, signal) => {
          if (code === 0) resolve(said());
          else
            reject(new Fault(`${program}-failed`, firstLines(complained()) || `${program} ended by ${signal ?? code}`));
        });
      });
    },
  };
}

export function missing(program: string, cause: unknown): Fault {
  return new Fault(`${program}-failed`, `${program} cannot be run: is it installed?`, { cause, retry: true });
}

function gather(stream: Readable): () => string {
  const chunks: Buffer[] = [];
  let size = 0;
  stream.on('data', (chunk: Buffer) => {
    size += chunk.length;
    if (size <= SAID_BYTES_MAX) chunks.push(chunk);
  });
  return () => Buffer.concat(chunks).toString('utf8');
}

/** nft repeats the whole line that it refuses, which may be long. */
export function firstLines(text: string): string {
  return text
    .split('\n')
    .slice(0, 3)
    .map((line) => line.slice(0, 200))
    .join(' ')
    .trim();
}
