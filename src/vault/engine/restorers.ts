/** The threads of a restore or a check: each has one job at hand and one waiting; the rest wait in a queue. */
import { Worker } from 'node:worker_threads';
import type { StorePlace } from '#vault/store/open-store.ts';
import type {
  CheckedPack,
  DamagedPiece,
  FromRestorer,
  RestorerPlace,
  RestorerSetting,
  ToRestorer,
} from '#vault/engine/restore-work.ts';
import { threadSetting } from '#vault/engine/thread-setting.ts';
import { threadFile } from '#std/thread-file.ts';
import { JobQueue } from '#vault/engine/job-queue.ts';
import type { PackJob } from '#vault/engine/restore-plan.ts';
import { Fault } from '#std/refused.ts';

/** Threads that load their code while the key of a repository is derived. Whoever has them started closes them. */
export interface WarmRestorers {
  readonly workers: readonly Worker[];
  /** Rejects when one of them cannot go on, whoever listens by then. */
  readonly failed: Promise<never>;
  close(): Promise<void>;
}

export interface Restorers {
  /** Waits its turn. */
  restore(job: PackJob, paths: readonly (readonly [number, Uint8Array])[], done: JobDone): void;
  /** Resolves when a thread has it at hand. */
  check(pack: string): Promise<void>;
  /** Resolves when a job is done; rejects when a thread failed. */
  change(): Promise<void>;
  /** Resolves when everything handed over is done and every file is closed. */
  finish(): Promise<void>;
  close(): Promise<void>;
}

/** All pieces of a job are written, but for these. */
export type JobDone = (damaged: readonly DamagedPiece[]) => void;

export interface RestorerEvents {
  done(bytes: number): void;
  checked(pack: CheckedPack): void;
}

const AHEAD = 2;

interface Job {
  readonly message: ToRestorer;
  readonly done?: JobDone;
}

interface Hand {
  readonly worker: Worker;
  readonly jobs: Job[];
}

const THREADS = 2;
/** What is only checked is written nowhere. */
const NO_FILE = -1;

export function warmRestorers(place: StorePlace, count = THREADS): WarmRestorers {
  const data: RestorerPlace = { place };
  const workers = Array.from(
    { length: count },
    () => new Worker(threadFile('restore-worker', import.meta.url), threadSetting(data)),
  );
  const { promise: failed, reject } = Promise.withResolvers<never>();
  failed.catch(() => undefined);
  for (const worker of workers) worker.on('error', reject);
  return {
    workers,
    failed,
    async close() {
      await Promise.all(workers.map((worker) => worker.terminate()));
    },
  };
}

export function startRestorers(warm: WarmRestorers, setting: RestorerSetting, events: RestorerEvents): Restorers {
  const queue = new JobQueue<Job>(warm.workers.length);
  /** Of whoever waits now: what each of hundreds of thousands of jobs hung onto one promise would be kept as long as that. */
  let waiter: PromiseWithResolvers<void> | undefined;
  let failure: { readonly cause: unknown } | undefined;
  warm.failed.catch(fail);
  const hands = warm.workers.map(hire);

  function fail(cause: unknown): void {
    failure ??= { cause };
    waiter?.reject(failure.cause);
    waiter = undefined;
  }

  function hire(worker: Worker): Hand {
    const hand: Hand = { worker, jobs: [] };
    worker.on('message', (message: FromRestorer) => {
      try {
        heard(hand, message);
      } catch (cause) {
        fail(cause);
      }
    });
    worker.postMessage({ kind: 'begin', ...setting } satisfies ToRestorer);
    return hand;
  }

  function heard(hand: Hand, message: FromRestorer): void {
    if (message.kind === 'failed') return fail(new Fault(message.code, message.message, { retry: message.retry }));
    const job = hand.jobs.shift();
    pump();
    if (message.kind === 'checked') events.checked(message);
    if (message.kind === 'done') {
      events.done(message.bytes);
      job?.done?.(message.damaged);
    }
    waiter?.resolve();
    waiter = undefined;
  }

  /** A thread answers its jobs in the order it got them. */
  function pump(): void {
    for (;;) {
      const idle = hands.reduce((least, hand) => (hand.jobs.length < least.jobs.length ? hand : least));
      const job = idle.jobs.length < AHEAD ? queue.take(hands.indexOf(idle)) : undefined;
      if (job === undefined) return;
      idle.jobs.push(job);
      idle.worker.postMessage(job.message);
    }
  }

  function give(file: number, job: Job): void {
    queue.add(file, job);
    pump();
  }

  async function change(): Promise<void> {
    if (failure !== undefined) throw failure.cause;
    await (waiter ??= Promise.withResolvers()).promise;
  }

  async function settled(): Promise<void> {
    while (hands.some(({ jobs }) => jobs.length > 0)) await change();
  }

  return {
    restore: (job, paths, done) =>
      give(job.pieces[0]?.targets[0]?.file ?? NO_FILE, { message: { kind: 'pack', job, paths }, done }),
    async check(pack) {
      give(NO_FILE, { message: { kind: 'check', pack } });
      while (!queue.isEmpty) await change();
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
    close: () => warm.close(),
  };
}
