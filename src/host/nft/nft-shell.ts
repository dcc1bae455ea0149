/**
 * One nft that goes on running: a change then costs milliseconds and no new process. A line is a transaction. nft says nothing of success,
 * so each line is followed by a question whose answer is known (a table that nobody has): what comes before that answer is the line's own
 * error. When nft dies, the line under way faults and the next one starts another.
 */
import type { ChildProcess } from 'node:child_process';
import type { Programs } from './programs.ts';
import { firstLines, missing } from './programs.ts';
import { Fault } from '#std/refused.ts';

const LINE_MS_MAX = 10_000;
const COMPLAINT_CHARS_MAX = 4 << 20;
const WAITING_MAX = 1000;

export interface NftShell {
  /** Resolves when the kernel has committed the line. */
  commit(line: string): Promise<void>;
  /** Its process, when there is one: commits by it are our own. */
  readonly pid: number | undefined;
  close(): void;
}

interface Pending {
  readonly fence: string;
  readonly done: (fault?: Fault) => void;
}

export function openNftShell(programs: Programs): NftShell {
  let child: ReturnType<Programs['start']> | undefined;
  let pending: Pending | undefined;
  let complaint = '';
  let fences = 0;
  let waiting = 0;
  let queue: Promise<unknown> = Promise.resolve();

  function start(): ReturnType<Programs['start']> {
    const started = programs.start('nft', ['-i']);
    child = started;
    started.stdout.resume();
    started.stdin.on('error', () => undefined);
    started.stderr.on('data', (chunk: Buffer) => hear(chunk.toString('utf8')));
    started.once('error', (cause) => died(started, missing('nft', cause)));
    started.once('exit', () => died(started, new Fault('nft-failed', 'nft ended by itself', { retry: true })));
    return started;
  }

  function hear(text: string): void {
    complaint += text;
    if (pending === undefined || complaint.length > COMPLAINT_CHARS_MAX) {
      complaint = '';
      return;
    }
    const at = complaint.indexOf(pending.fence);
    if (at < 0 || !complaint.includes('^', at)) return; // the fence's own error is complete with its marker
    const before = complaint.slice(0, complaint.lastIndexOf('Error:', at));
    complaint = '';
    pending.done(before.includes('Error') ? new Fault('nft-failed', firstLines(before)) : undefined);
  }

  function died(which: ChildProcess, fault: Fault): void {
    if (child !== which) return;
    child = undefined;
    complaint = '';
    pending?.done(fault);
  }

  function run(line: string): Promise<void> {
    return new Promise((resolve, reject) => {
      const running = child ?? start();
      fences += 1;
      const timer = setTimeout(() => running.kill('SIGKILL'), LINE_MS_MAX);
      pending = {
        fence: `picturelock_fence_${fences}`,
        done(fault) {
          clearTimeout(timer);
          pending = undefined;
          if (fault === undefined) resolve();
          else reject(fault);
        },
      };
      running.stdin.write(`${line}\nlist table inet ${pending.fence}\n`);
    });
  }

  return {
    commit(line) {
      if (line.includes('\n')) throw new Fault('nft-failed', 'a line holds no line end');
      if (waiting >= WAITING_MAX) return Promise.reject(new Fault('nft-busy', 'too much waits', { retry: true }));
      waiting += 1;
      const turn = queue.then(() => run(line)).finally(() => (waiting -= 1));
      queue = turn.catch(() => undefined);
      return turn;
    },
    get pid() {
      return child?.pid;
    },
    close() {
      child?.stdin.end('quit\n');
      child?.kill('SIGTERM');
    },
  };
}
