/**
 * Runs a program that is not ours to its end, and no further: time and output are bounded, it ends with whoever asked, and what it says is taken as bytes
 * of a stranger.
 */
import { spawn } from 'node:child_process';

export interface ToolProcess {
  readonly file: string;
  readonly args: readonly string[];
  /** All of its environment. */
  readonly env: Readonly<Record<string, string>>;
  /** What it reads on its standard input; nothing when left out. */
  readonly stdin?: Uint8Array;
  /** An open file that it finds as its third one. */
  readonly fd?: number;
  readonly wallMs: number;
  readonly outputBytes: number;
  readonly signal?: AbortSignal;
}

export interface ToolEnd {
  /**
   * `well`: by itself, and content. `badly`: by itself, and not. `late`: it took too long. `too-loud`: it said more than it may. `stopped`: by a signal, as
   * when it used more of the processor than it may. `absent`: there is no such program.
   */
  readonly end: 'well' | 'badly' | 'late' | 'too-loud' | 'stopped' | 'absent';
  readonly out: string;
  /** The first line of what it complained about, fit to be shown. */
  readonly says: string;
}

const SAYS_CHARS_MAX = 160;

/** Rejects with the signal's reason when that ended it, and not before it is gone. */
export function runToEnd(ask: ToolProcess): Promise<ToolEnd> {
  const { promise, resolve, reject } = Promise.withResolvers<ToolEnd>();
  const { signal } = ask;
  if (signal?.aborted === true) return Promise.reject(signal.reason as Error); // whatever aborted it
  const child = spawn(ask.file, ask.args, {
    cwd: '/',
    env: ask.env,
    // A group of its own: what it started ends with it.
    detached: true,
    stdio: [ask.stdin === undefined ? 'ignore' : 'pipe', 'pipe', 'pipe', ...(ask.fd === undefined ? [] : [ask.fd])],
  });
  let cut: 'late' | 'too-loud' | undefined;
  const kill = (): void => endGroup(child.pid);
  const cutShort = (why: 'late' | 'too-loud'): void => {
    cut ??= why;
    kill();
  };
  const timer = setTimeout(() => cutShort('late'), ask.wallMs);
  signal?.addEventListener('abort', kill, { once: true });
  const said = { out: [] as Buffer[], err: [] as Buffer[], bytes: 0 };
  const hear = (into: Buffer[]) => (chunk: Buffer) => {
    said.bytes += chunk.length;
    if (said.bytes > ask.outputBytes) cutShort('too-loud');
    else into.push(chunk);
  };
  child.stdout?.on('data', hear(said.out));
  child.stderr?.on('data', hear(said.err));
  child.stdin?.on('error', () => undefined); // one that reads nothing has its reasons
  child.stdin?.end(ask.stdin);
  const ended = (end: ToolEnd['end']): void => {
    clearTimeout(timer);
    signal?.removeEventListener('abort', kill);
    if (signal?.aborted === true) reject(signal.reason as Error); // whatever aborted it
    else resolve({ end, out: String(Buffer.concat(said.out)), says: shown(String(Buffer.concat(said.err))) });
  };
  child.once('error', () => ended('absent'));
  child.once('close', (code) => ended(cut ?? endOf(code)));
  return promise;
}

/** A shell says by a number above 128 that a signal ended what it ran. */
function endOf(code: number | null): ToolEnd['end'] {
  if (code === 0) return 'well';
  return code === null || code > 128 ? 'stopped' : 'badly';
}

function endGroup(pid: number | undefined): void {
  try {
    if (pid !== undefined) process.kill(-pid, 'SIGKILL');
  } catch {
    // It has ended by itself.
  }
}

/** Its first line; what would move a terminal's cursor or cannot be seen is a question mark. */
export function shown(said: string): string {
  return (said.trimStart().split('\n', 1)[0] ?? '').replace(/[\p{C}\u{2028}\u{2029}]/gu, '?').slice(0, SAYS_CHARS_MAX);
}
