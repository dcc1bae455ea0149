/** Child processes and waiting, for tests: every process is awaited, and killed by its own id when the test is over. */
import { spawn, type ChildProcess } from 'node:child_process';

export interface Done {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

export interface Running {
  readonly child: ChildProcess;
  readonly done: Promise<Done>;
}

const RUN_MS_MAX = 60_000;
const OUTPUT_CHARS_MAX = 1_000_000;

export function start(
  program: string,
  args: readonly string[],
  options: { readonly input?: string; readonly env?: NodeJS.ProcessEnv; readonly cwd?: string } = {},
): Running {
  const child = spawn(program, [...args], {
    stdio: ['pipe', 'pipe', 'pipe'],
    env: { ...process.env, ...options.env },
    cwd: options.cwd,
  });
  let [out, err] = ['', ''];
  child.stdout.setEncoding('utf8').on('data', (text: string) => (out = (out + text).slice(-OUTPUT_CHARS_MAX)));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (err = (err + text).slice(-OUTPUT_CHARS_MAX)));
  child.stdin.on('error', () => {});
  child.stdin.end(options.input ?? '');
  const timer = setTimeout(() => child.kill('SIGKILL'), RUN_MS_MAX);
  const done = new Promise<Done>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code) => {
      clearTimeout(timer);
      resolve({ code, out, err });
    });
  });
  return { child, done };
}

export function run(...args: Parameters<typeof start>): Promise<Done> {
  return start(...args).done;
}
