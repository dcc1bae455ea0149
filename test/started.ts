/**
 * Processes that a test file starts. They end with the file, however it ends: a failed test leaves nothing running, and nothing that
 * keeps the runner waiting. None of them holds the file's own output, for the runner reads that to its end.
 */
import { execFileSync } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';

const STOP_MS_MAX = 15_000;

const started = new Set<ChildProcess>();
process.once('exit', () => {
  for (const child of started) killTree(child);
});

/** Kills it at the end of the file at the latest. What it says that nobody reads goes on to the errors of the file. */
export function endWithFile<Child extends ChildProcess>(
  child: Child,
  unread: readonly ('stdout' | 'stderr')[] = [],
): Child {
  started.add(child);
  child.once('exit', () => started.delete(child));
  for (const name of unread) child[name]?.on('data', (part: Buffer) => void process.stderr.write(part));
  return child;
}

/** Asks it to stop and waits for that; kills it, and all that it started, when it does not. Resolves with its exit code, or null. */
export async function stopProcess(child: ChildProcess, ask: () => void): Promise<number | null> {
  if (child.exitCode !== null || child.signalCode !== null) return child.exitCode;
  const gone = once(child, 'exit');
  const timer = setTimeout(() => killTree(child), STOP_MS_MAX);
  ask();
  const [code] = (await gone) as [number | null];
  clearTimeout(timer);
  return code;
}

export function killTree({ pid }: ChildProcess): void {
  if (pid === undefined) return;
  for (const one of [pid, ...descendantsOf(pid)]) {
    try {
      process.kill(one, 'SIGKILL');
    } catch {
      // It has ended by itself.
    }
  }
}

function descendantsOf(pid: number): readonly number[] {
  const rows = execFileSync('/bin/ps', ['-e', '-o', 'pid=,ppid='], { encoding: 'utf8' }).trim().split('\n');
  const pairs = rows.map((row) => row.trim().split(/\s+/).map(Number) as [number, number]); // two columns of numbers
  const found = new Set([pid]);
  for (let size = 0; size !== found.size;) {
    size = found.size;
    for (const [child, parent] of pairs) if (found.has(parent)) found.add(child);
  }
  found.delete(pid);
  return [...found];
}
