/** A hand of the backup as a thread. */
import { parentPort, workerData } from 'node:worker_threads';
import { createReadingHand } from '#vault/engine/reading-hand.ts';
import type { ToWorker, WorkerSetting } from '#vault/engine/work.ts';
import { openThreadStore } from '#vault/store/thread-store.ts';
import { Bug } from '#std/assert.ts';

const setting = workerData as WorkerSetting; // what `startWorkers` hands over
const port = parentPort;
if (port === null) throw new Bug('the backup worker runs as a thread');

const store = await openThreadStore(setting.place);
const hand = createReadingHand({
  setting,
  store,
  say: (message) => port.postMessage(message),
  rest: () => undefined,
});

port.on('message', (message: ToWorker) => hand.hear(message));
