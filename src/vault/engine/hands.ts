/** What a hand of the backup works in: a thread of its own, or the turns that the thread which walks has left. */
import { Worker } from 'node:worker_threads';
import { threadSetting } from '#vault/engine/thread-setting.ts';
import { threadFile } from '#std/thread-file.ts';
import type { FromWorker, ToWorker, WorkerSetting } from '#vault/engine/work.ts';
import type { ObjectStore } from '#ports/object-store.ts';
import { Fault } from '#std/refused.ts';

export interface Hand {
  send(message: ToWorker): void;
  /** Nothing is heard of it from now on. */
  end(): Promise<unknown>;
}

export interface HandEvents {
  heard(message: FromWorker): void;
  failed(cause: unknown): void;
}

/** So much is read in the thread that walks before whatever else waits there has its turn. */
const TURN_BYTES = 1024 * 1024;

export function handInThread(setting: WorkerSetting, { heard, failed }: HandEvents): Hand {
  const worker = new Worker(threadFile('backup-worker', import.meta.url), threadSetting(setting));
  worker.on('message', heard);
  worker.on('error', failed);
  worker.on('exit', (code) => code !== 0 && failed(new Fault('worker-died', 'a thread of the backup ended early')));
  return {
    send: (message) => worker.postMessage(message),
    end() {
      worker.removeAllListeners('exit');
      worker.removeAllListeners('message');
      return worker.terminate();
    },
  };
}

/** Loaded when there is something to read: a backup that finds nothing new does without. */
export function handHere(setting: WorkerSetting, store: Pick<ObjectStore, 'put'>, events: HandEvents): Hand {
  let bytes = 0;
  let isOver = false;

  /** It goes no further once it is to end. */
  function rest(more: number): Promise<void> | undefined {
    if (isOver) throw new Fault('backup-ended', 'the backup has ended');
    bytes += more;
    if (bytes < TURN_BYTES) return undefined;
    bytes = 0;
    return new Promise((go) => setImmediate(go));
  }

  const say = (message: FromWorker): void => {
    if (!isOver) events.heard(message);
  };
  const loaded = import('#vault/engine/reading-hand.ts').then(({ createReadingHand }) =>
    createReadingHand({ setting, store, say, rest }),
  );
  loaded.catch(events.failed);
  return {
    send: (message) => void loaded.then(({ hear }) => hear(message), heardAbove),
    async end() {
      isOver = true;
    },
  };
}

function heardAbove(): void {}
