/**
 * A hand of the backup: reads the files that it is given, one batch after another, and stores what is new of them. It works in a thread of its own, or
 * between the turns of the thread that walks.
 */
import { readFile, WINDOW_BYTES } from '#vault/engine/file-reader.ts';
import type { ReaderParts } from '#vault/engine/file-reader.ts';
import { sentFile } from '#vault/engine/file-message.ts';
import type { SentFile } from '#vault/engine/file-message.ts';
import { KnownBlobs } from '#vault/engine/known-blobs.ts';
import { createPacker } from '#vault/engine/packer.ts';
import { openStillness } from '#vault/engine/stillness.ts';
import type { FileJob, FromWorker, ToWorker, WorkerSetting } from '#vault/engine/work.ts';
import { createKernel, KERNEL_FREE } from '#vault/format/kernel/kernel.ts';
import type { ObjectStore } from '#ports/object-store.ts';
import { Fault } from '#std/refused.ts';

/** How often a long read says how far it is. */
const TELL_BYTES = 32 * 1024 * 1024;
/** What looking at one file costs whose thread it is, said in bytes. */
const FILE_BYTES = 16 * 1024;

export interface HandParts {
  readonly setting: WorkerSetting;
  readonly store: Pick<ObjectStore, 'put'>;
  readonly say: (message: FromWorker) => void;
  /** Asked after so many bytes: a promise lets others have their turn first, and one that fails ends the work. */
  readonly rest: ReaderParts['rest'];
}

export interface ReadingHand {
  hear(message: ToWorker): void;
}

export function createReadingHand({ setting, store, say, rest }: HandParts): ReadingHand {
  const { key, polynomial, known, watch, clones } = setting;
  const kernel = createKernel(WINDOW_BYTES);
  kernel.setPolynomial(BigInt(`0x${polynomial}`));
  const packer = createPacker(key, {
    store: async (id, body) => void (await store.put('data', id, body)),
    packed: (id, blobs, bytes) => say({ kind: 'pack', id, blobs, bytes }),
  });
  let untold = 0;
  const reader: ReaderParts = {
    kernel,
    window: KERNEL_FREE,
    packer,
    known: new KnownBlobs(known),
    watch,
    stillness: openStillness(clones),
    onRead(bytes) {
      untold += bytes;
      if (untold >= TELL_BYTES) tell();
    },
    onStretch: (at, stretch) => say({ kind: 'stretch', at, file: sentFile(stretch) }),
    rest,
  };

  function tell(): void {
    if (untold > 0) say({ kind: 'read', bytes: untold });
    untold = 0;
  }

  async function perform(files: readonly FileJob[]): Promise<void> {
    const done: SentFile[] = [];
    for (const file of files) {
      await rest(FILE_BYTES);
      done.push(sentFile(await readFile(reader, file)));
    }
    tell();
    say({ kind: 'done', files: done });
  }

  async function answer(message: ToWorker): Promise<void> {
    if (message.kind === 'files') return perform(message.files);
    await packer.flush();
    say({ kind: 'flushed' });
  }

  /** One message after another; a failure of the store ends the work, because what is missing then cannot be known. */
  let turn: Promise<void> = Promise.resolve();
  return {
    hear: (message) => (turn = turn.then(() => answer(message)).catch((cause: unknown) => say(failure(cause)))),
  };
}

function failure(cause: unknown): FromWorker {
  const fault = cause instanceof Fault ? cause : undefined;
  return {
    kind: 'failed',
    code: fault?.code ?? 'bug',
    message: fault?.message ?? String(cause),
    retry: fault?.retry ?? false,
  };
}
