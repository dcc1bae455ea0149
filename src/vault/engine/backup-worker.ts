/** A thread that reads files and stores what is new of them. */
import { parentPort, workerData } from 'node:worker_threads';
import { readFile, WINDOW_BYTES } from '#vault/engine/file-reader.ts';
import { KnownBlobs } from '#vault/engine/known-blobs.ts';
import { createPacker } from '#vault/engine/packer.ts';
import { openStillness } from '#vault/engine/stillness.ts';
import { sentFile } from '#vault/engine/file-message.ts';
import type { SentFile } from '#vault/engine/file-message.ts';
import type { FileJob, FromWorker, ToWorker, WorkerSetting } from '#vault/engine/work.ts';
import { createKernel, KERNEL_FREE } from '#vault/format/kernel/kernel.ts';
import { openThreadStore } from '#vault/store/thread-store.ts';
import { Bug } from '#std/assert.ts';
import { Fault } from '#std/refused.ts';

/** How often a long read says how far it is. */
const TELL_BYTES = 32 * 1024 * 1024;

const { place, key, polynomial, known, watch, clones } = workerData as WorkerSetting; // what `startWorkers` hands over
const port = parentPort;
if (port === null) throw new Bug('the backup worker runs as a thread');

const store = await openThreadStore(place);
const kernel = createKernel(WINDOW_BYTES);
kernel.setPolynomial(BigInt(`0x${polynomial}`));

function say(message: FromWorker): void {
  port?.postMessage(message);
}

const packer = createPacker(key, {
  async store(id, body) {
    await store.put('data', id, body);
  },
  packed: (id, blobs, bytes) => say({ kind: 'pack', id, blobs, bytes }),
});

let untold = 0;
const reader = {
  kernel,
  window: KERNEL_FREE,
  packer,
  known: new KnownBlobs(known),
  watch,
  stillness: openStillness(clones),
  onRead(bytes: number) {
    untold += bytes;
    if (untold >= TELL_BYTES) tell();
  },
};

function tell(): void {
  if (untold > 0) say({ kind: 'read', bytes: untold });
  untold = 0;
}

async function perform(files: readonly FileJob[]): Promise<void> {
  const done: SentFile[] = [];
  for (const file of files) done.push(sentFile(await readFile(reader, file)));
  tell();
  say({ kind: 'done', files: done });
}

/** One message after another; a failure of the store ends the work, because what is missing then cannot be known. */
let turn: Promise<void> = Promise.resolve();

port.on('message', (message: ToWorker) => {
  turn = turn
    .then(async () => {
      if (message.kind === 'files') return perform(message.files);
      await packer.flush();
      say({ kind: 'flushed' });
    })
    .catch((cause: unknown) => {
      const fault = cause instanceof Fault ? cause : undefined;
      say({
        kind: 'failed',
        code: fault?.code ?? 'bug',
        message: fault?.message ?? String(cause),
        retry: fault?.retry ?? false,
      });
    });
});
