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
}

/** A Fault `program-missing` for one that is not there, `program-failed` for one that cannot be started now. */
export async function runProgram(name: string, args: readonly string[], options: RunOptions = {}): Promise<Ran> {
  const { input, signal, take = () => undefined } = options;
  const env = { PATH: process.env['PATH'], LC_ALL: 'C' };
  const child = spawn(name, args, { stdio: 'pipe', env, ...(signal === undefined ? {} : { signal }) });
  const ended = new Promise<number | null>((done, failed) => {
    child.on('error', (cause) => failed(signal?.aborted === true ? cause : faultOf(name, cause)));
    child.on('close', done);
  });
  ended.catch(() => undefined); // what it printed is read to its end first
  let [words, isCutShort] = ['', false];
  child.stderr.on('data', (part: Buffer) => {
    const all = words + part.toString();
    isCutShort ||= all.length > WORDS_BYTES_MAX;
    words = all.slice(0, WORDS_BYTES_MAX);
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
  return { status: await ended, words, isCutShort };
}

function faultOf(name: string, cause: Error): Fault {
  return 'code' in cause && cause.code === 'ENOENT'
    ? new Fault('program-missing', `${name} does not run here: install it`, { cause })
    : new Fault('program-failed', `${name} could not be started: ${cause.message}`, { cause, retry: true });
}
