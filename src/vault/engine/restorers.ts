/** The threads of a restore or a check: each has one job at hand and one waiting; the rest wait here. */
import { Worker } from 'node:worker_threads';
import type {
  CheckedPack,
  DamagedPiece,
  FromRestorer,
  RestorerSetting,
  ToRestorer,
} from '#vault/engine/restore-work.ts';
import { threadSetting } from '#vault/engine/thread-setting.ts';
import type { PackJob } from '#vault/engine/restore-plan.ts';
import { Fault } from '#std/refused.ts';

export interface Restorers {
  /** Waits its turn; `done` is called when all its pieces are written or named as damaged. */
  restore(job: PackJob, paths: readonly (readonly [number, Uint8Array])[], done: () => void): void;
  /** Resolves when a thread has it at hand. */
  check(pack: string): Promise<void>;
  /** Resolves when a job is done; rejects when a thread failed. */
  change(): Promise<void>;
  /** Resolves when everything handed over is done and every file is closed. */
  finish(): Promise<void>;
  close(): Promise<void>;
}

export interface RestorerEvents {
  done(bytes: number, damaged: readonly DamagedPiece[]): void;
  checked(pack: CheckedPack): void;
}

const AHEAD = 2;

interface Job {
  readonly message: ToRestorer;
  readonly done?: () => void;
}

interface Hand {
  readonly worker: Worker;
  readonly jobs: Job[];
}

export function startRestorers(count: number, setting: RestorerSetting, events: RestorerEvents): Restorers {
  let fail: (cause: unknown) => void = () => undefined;
  const failed = new Promise<never>((_, reject) => (fail = reject));
  failed.catch(() => undefined);
  const hands = Array.from({ length: count }, () => hire());
  const queue: Job[] = [];
  let wake: (() => void) | undefined;

  function hire(): Hand {
    const worker = new Worker(new URL('./restore-worker.ts', import.meta.url), threadSetting(setting));
    const hand: Hand = { worker, jobs: [] };
    worker.on('message', (message: FromRestorer) => {
      try {
        heard(hand, message);
      } catch (cause) {
        fail(cause);
      }
    });
    worker.on('error', fail);
    return hand;
  }

  function heard(hand: Hand, message: FromRestorer): void {
    if (message.kind === 'failed') return fail(new Fault(message.code, message.message, { retry: message.retry }));
    const job = hand.jobs.shift();
    pump();
    if (message.kind === 'done') events.done(message.bytes, message.damaged);
    if (message.kind === 'checked') events.checked(message);
    job?.done?.();
    wake?.();
  }

  /** A thread answers its jobs in the order it got them. */
  function pump(): void {
    for (;;) {
      const idle = hands.reduce((least, hand) => (hand.jobs.length < least.jobs.length ? hand : least));
      const job = idle.jobs.length < AHEAD ? queue.shift() : undefined;
      if (job === undefined) return;
      idle.jobs.push(job);
      idle.worker.postMessage(job.message);
    }
  }

  function give(job: Job): void {
    queue.push(job);
    pump();
  }

  function change(): Promise<void> {
    return Promise.race([new Promise<void>((go) => (wake = go)), failed]);
  }

  async function settled(): Promise<void> {
    while (hands.some(({ jobs }) => jobs.length > 0)) await change();
  }

  return {
    restore: (job, paths, done) => give({ message: { kind: 'pack', job, paths }, done }),
    async check(pack) {
      give({ message: { kind: 'check', pack } });
      while (queue.length > 0) await change();
    },
    change,
    async finish() {
      await settled();
      for (const hand of hands) {
        const job: Job = { message: { kind: 'close' } };
        hand.jobs.push(job);
        hand.worker.postMessage(job.message);
      }
      await settled();
    },
    async close() {
      await Promise.all(hands.map(({ worker }) => worker.terminate()));
    },
  };
}
