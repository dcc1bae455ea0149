/** Programs of Debian's `attr` and of coreutils, run so that whatever they print is held in a bounded part. */
import { spawn } from 'node:child_process';
import { Fault } from '#std/refused.ts';

const WORDS_BYTES_MAX = 64 * 1024;

export interface Ran {
  /** Null for one that was ended from outside. */
  readonly status: number | null;
  /** What it said of its troubles, as much as is held. */
  readonly words: string;
  readonly isCutShort: boolean;
}

export interface RunOptions {
  readonly input?: Buffer;
  readonly signal?: AbortSignal | undefined;
  /** Takes each part of what it prints; what it throws ends the program. */
  take?(part: Buffer): void;
  /** Lines of its words that are no trouble: they are neither held nor counted. */
  passesOver?(line: string): boolean;
}

/** A Fault `program-missing` for one that is not there, `program-failed` for one that cannot be started now. */
export async function runProgram(name: string, args: readonly string[], options: RunOptions = {}): Promise<Ran> {
  const { input, signal, take = () => undefined, passesOver = () => false } = options;
  const env = { PATH: process.env['PATH'], LC_ALL: 'C' };
  const child = spawn(name, args, { stdio: 'pipe', env, ...(signal === undefined ? {} : { signal }) });
  const ended = new Promise<number | null>((done, failed) => {
    child.on('error', (cause) => failed(signal?.aborted === true ? cause : faultOf(name, cause)));
    child.on('close', done);
  });
  ended.catch(() => undefined); // what it printed is read to its end first
  let [words, isCutShort, begun] = ['', false, ''];
  const hold = (line: string): void => {
    if (line === '' || passesOver(line)) return;
    isCutShort ||= words.length + line.length >= WORDS_BYTES_MAX;
    if (!isCutShort) words += `${line}\n`;
  };
  child.stderr.setEncoding('utf8').on('data', (part: string) => {
    const lines = (begun + part).split('\n');
    begun = (lines.pop() ?? '').slice(0, WORDS_BYTES_MAX);
    for (const line of lines) hold(line);
  });
  child.stdin.on('error', () => undefined); // it ended before it read everything; its exit says why
  child.stdin.end(input);
  try {
    for await (const part of child.stdout) take(part as Buffer); // no encoding is set
  } catch (cause) {
    child.kill();
    await ended; // its own failure comes first
    throw cause;
  }
  const status = await ended;
  hold(begun);
  return { status, words, isCutShort };
}

function faultOf(name: string, cause: Error): Fault {
  return 'code' in cause && cause.code === 'ENOENT'
    ? new Fault('program-missing', `${name} does not run here: install it`, { cause })
    : new Fault('program-failed', `${name} could not be started: ${cause.message}`, { cause, retry: true });
}
