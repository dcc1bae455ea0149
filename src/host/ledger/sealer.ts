/** The sealer as the engine sees it: a thread of its own, so that hashing and signing never hold up an acknowledgement. */
import { Worker } from 'node:worker_threads';
import type { LedgerFolders } from '#host/ledger/ledger-folders.ts';
import type { FromSealer, SealerThreadData, ToSealer } from '#host/ledger/sealer-thread.ts';
import { faultFrom } from '#host/ledger/thread-fault.ts';
import type { SealedView } from '#ports/ledger-store.ts';
import type { Sealer } from '#ports/sealer.ts';
import { Fault } from '#std/refused.ts';
import { threadFile } from '#std/thread-file.ts';

/** Resolves when the stored checkpoint was reproduced; rejects when it can't be. `size` is what the log holds. */
export async function startSealer(folders: LedgerFolders, size: number): Promise<Sealer> {
  const data: SealerThreadData = { folders, size };
  const worker = new Worker(threadFile('sealer-thread', import.meta.url), { workerData: data });
  let view: SealedView | undefined;
  let waiting: PromiseWithResolvers<void> | undefined = Promise.withResolvers();
  let failure: Fault | undefined;
  let closed = false;

  function settle(): void {
    const held = waiting;
    waiting = undefined;
    if (failure === undefined) held?.resolve();
    else held?.reject(failure);
  }
  worker.on('message', (message: FromSealer) => {
    if (message.kind === 'failed') failure ??= faultFrom(message.fault);
    else if (message.kind !== 'closed') view = message.view;
    settle();
  });
  worker.on('error', (cause) => {
    failure ??= new Fault('sealer-failed', 'the sealer failed', { cause });
    settle();
  });
  worker.on('exit', () => {
    failure ??= new Fault('sealer-failed', 'the sealer has ended');
    settle();
  });

  async function ask(message: ToSealer): Promise<void> {
    if (failure !== undefined) throw failure;
    if (waiting !== undefined) throw new Fault('seal-refused', 'one checkpoint at a time');
    waiting = Promise.withResolvers();
    worker.postMessage(message);
    await waiting.promise;
  }

  await waiting.promise;
  return {
    get view() {
      return view;
    },
    async seal(upTo, at, origin) {
      await ask({ kind: 'seal', size: upTo, at, origin });
      if (view === undefined) throw new Fault('sealer-failed', 'the sealer answered without a checkpoint');
      return view;
    },
    async close() {
      if (closed) return;
      closed = true;
      const exited = new Promise((resolve) => worker.once('exit', resolve));
      if (failure === undefined) await ask({ kind: 'close' }).catch(() => undefined);
      else await worker.terminate();
      await exited;
    },
  };
}
