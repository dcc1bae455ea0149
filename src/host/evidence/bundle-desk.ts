/** Bundles for a process that has other things to do: each job runs in a thread of its own, one after another. */
import { Worker } from 'node:worker_threads';
import { faultFrom } from '#host/ledger/thread-fault.ts';
import type { Bundles } from '#ports/bundles.ts';
import { Fault } from '#std/refused.ts';
import { threadFile } from '#std/thread-file.ts';
import type { BundleAnswer, BundleJob } from './bundle-thread.ts';

/** Jobs that wait while one runs; a bundle of a large project takes gigabytes and both cores' attention. */
export const JOBS_WAITING_MAX = 8;

export function createBundleDesk(data: string): Bundles {
  let last: Promise<unknown> = Promise.resolve();
  let waiting = 0;

  async function run(job: BundleJob): Promise<BundleAnswer> {
    if (waiting > JOBS_WAITING_MAX)
      throw new Fault('bundles-busy', 'Other bundles are being made. Try again in a minute.', { retry: true });
    waiting += 1;
    const turn = last.then(() => inThread(job));
    last = turn.catch(() => undefined);
    try {
      return await turn;
    } finally {
      waiting -= 1;
    }
  }

  return {
    async export(project, range) {
      const answer = await run({ kind: 'export', data, project, range });
      if (answer.kind !== 'exported') throw faultOf(answer);
      return answer.outcome;
    },
    async verify(zip, policy) {
      const answer = await run({ kind: 'verify', data, zip, policy });
      if (answer.kind !== 'checked') throw faultOf(answer);
      return answer.check;
    },
  };
}

function faultOf(answer: BundleAnswer): Fault {
  return answer.kind === 'failed'
    ? faultFrom(answer.fault)
    : new Fault('bundle-failed', 'the thread answered another question');
}

function inThread(job: BundleJob): Promise<BundleAnswer> {
  const { promise, resolve, reject } = Promise.withResolvers<BundleAnswer>();
  const worker = new Worker(threadFile('bundle-thread', import.meta.url), { workerData: job });
  worker.once('message', (answer: BundleAnswer) => resolve(answer));
  worker.once('error', (cause) => reject(new Fault('bundle-failed', 'the bundle could not be made', { cause })));
  worker.once('exit', () => reject(new Fault('bundle-failed', 'the thread ended without an answer')));
  return promise;
}
