/** The threads that read files: each fetches its next batch when it has done one, so that none waits while another is behind. */
import { Worker } from 'node:worker_threads';
import { threadSetting } from '#vault/engine/thread-setting.ts';
import type { FileDone, FileJob, FromWorker, ToWorker, WorkerSetting } from '#vault/engine/work.ts';
import type { PackedBlob } from '#vault/format/blob.ts';
import { Fault } from '#std/refused.ts';

export interface PoolEvents {
  packed(id: string, blobs: readonly PackedBlob[], bytes: number): void;
  read(bytes: number): void;
}

export interface WorkerPool {
  /** Resolves when the file has been read and every new piece of it has its place in a pack. */
  read(path: Uint8Array, sizeBytes: number): Promise<FileDone>;
  /** Waits while too much is on its way. */
  ready(): Promise<void>;
  /** Hands over what is gathered; resolves when every pack is durable. */
  flush(): Promise<void>;
  close(): Promise<void>;
}

/** Small files travel together. */
const BATCH_FILES = 64;
const BATCH_BYTES = 4 * 1024 * 1024;
/** Batches that one thread has at hand: the one it works on and the next. */
const AHEAD = 2;
/** Files handed over and not yet done. */
const PENDING_MAX = 1024;

interface Hand {
  readonly worker: Worker;
  batches: number;
  flushed: (() => void) | undefined;
}

export function startWorkers(count: number, setting: WorkerSetting, events: PoolEvents): WorkerPool {
  const waiting = new Map<number, PromiseWithResolvers<FileDone>>();
  const queue: (readonly FileJob[])[] = [];
  let gathered: FileJob[] = [];
  let gatheredBytes = 0;
  let jobs = 0;
  let resume: (() => void) | undefined;
  let isFailed = false;
  const { promise: failed, reject } = Promise.withResolvers<never>();
  failed.catch(() => undefined);
  const hands: Hand[] = [];

  /** Each file waits for its own answer: a million of them waiting on one promise would never be forgotten. */
  function fail(cause: unknown): void {
    isFailed = true;
    reject(cause);
    for (const { reject: end } of waiting.values()) end(cause);
  }

  function hire(): Hand {
    const worker = new Worker(new URL('./backup-worker.ts', import.meta.url), threadSetting(setting));
    const hand: Hand = { worker, batches: 0, flushed: undefined };
    worker.on('message', (message: FromWorker) => heard(hand, message));
    worker.on('error', fail);
    worker.on('exit', (code) => code !== 0 && fail(new Fault('worker-died', 'a thread of the backup ended early')));
    return hand;
  }

  function heard(hand: Hand, message: FromWorker): void {
    switch (message.kind) {
      case 'read':
        return events.read(message.bytes);
      case 'pack':
        return events.packed(message.id, message.blobs, message.bytes);
      case 'flushed':
        return hand.flushed?.();
      case 'failed':
        return fail(new Fault(message.code, message.message, { retry: message.retry }));
      case 'done':
        hand.batches -= 1;
        for (const file of message.files) {
          waiting.get(file.job)?.resolve(file);
          waiting.delete(file.job);
        }
        pump();
        if (waiting.size < PENDING_MAX) resume?.();
    }
  }

  /** A thread is started when there is work that no other is free for: a backup that finds nothing new starts none. */
  function pump(): void {
    if (queue.length > 0 && hands.length < count && hands.every(({ batches }) => batches > 0)) hands.push(hire());
    for (const hand of hands) {
      while (hand.batches < AHEAD && queue.length > 0) send(hand, { kind: 'files', files: queue.shift() ?? [] });
    }
  }

  function send(hand: Hand, message: ToWorker): void {
    if (message.kind === 'files') hand.batches += 1;
    hand.worker.postMessage(message);
  }

  function handOver(): void {
    if (gathered.length > 0) queue.push(gathered);
    gathered = [];
    gatheredBytes = 0;
    pump();
  }

  return {
    read(path, sizeBytes) {
      if (isFailed) return failed;
      const job = (jobs += 1);
      gathered.push({ job, path });
      gatheredBytes += sizeBytes;
      const done = Promise.withResolvers<FileDone>();
      waiting.set(job, done);
      if (gathered.length >= BATCH_FILES || gatheredBytes >= BATCH_BYTES) handOver();
      return done.promise;
    },
    async ready() {
      if (waiting.size < PENDING_MAX) return;
      handOver();
      await Promise.race([new Promise<void>((go) => (resume = go)), failed]);
      resume = undefined;
    },
    async flush() {
      handOver();
      while (waiting.size > 0) await Promise.race([new Promise((go) => setTimeout(go, 5)), failed]);
      const all = hands.map(
        (one) =>
          new Promise<void>((go) => {
            one.flushed = go;
            send(one, { kind: 'flush' });
          }),
      );
      await Promise.race([Promise.all(all), failed]);
    },
    async close() {
      for (const { worker } of hands) worker.removeAllListeners('exit');
      await Promise.all(hands.map(({ worker }) => worker.terminate()));
    },
  };
}
