/**
 * The index as the engine sees it (ports/entry-index.ts): reads durable entries in batches, hands them to the worker, asks it.
 * It starts by comparing the last entry it followed with the ledger's own bytes; when they differ it is built again.
 */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import type { FromWorker, ToWorker } from './index-worker.ts';
import { packEntries } from '#host/index/packed-entries.ts';
import { leafHash } from '#ledger/hash.ts';
import type { EntryIndex, Found } from '#ports/entry-index.ts';
import type { LedgerStore } from '#ports/ledger-store.ts';
import { toHex } from '#std/bytes.ts';
import { Fault } from '#std/refused.ts';
import { threadFile } from '#std/thread-file.ts';

const BATCH_ENTRIES = 2048;
const BATCH_BYTES_MAX = 4 * 2 ** 20;
const QUESTIONS_MAX = 256;

interface Question {
  readonly resolve: (found: Found) => void;
  readonly reject: (cause: unknown) => void;
}

export async function openEntryIndex(dataDirectory: string, store: LedgerStore): Promise<EntryIndex> {
  const directory = join(dataDirectory, 'index');
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  const worker = new Worker(threadFile('index-worker', import.meta.url), {
    workerData: { path: join(directory, 'entries.sqlite') },
  });
  const index = new FollowingIndex(worker, store);
  await index.start();
  return index;
}

class FollowingIndex implements EntryIndex {
  readonly #worker: Worker;
  readonly #store: LedgerStore;
  readonly #questions = new Map<number, Question>();
  #asked = 0;
  #wanted = 0;
  #followed = 0;
  #pumping: Promise<void> | undefined;
  #reported: PromiseWithResolvers<{ readonly size: number; readonly leaf: string }> = Promise.withResolvers();
  #closed = Promise.withResolvers<void>();
  #broken: Fault | undefined;

  constructor(worker: Worker, store: LedgerStore) {
    this.#worker = worker;
    this.#store = store;
    worker.on('message', (message: FromWorker) => this.#hear(message));
    worker.on('error', (cause) => this.#break(new Fault('index-lost', 'the search index stopped', { cause })));
    worker.unref();
  }

  async start(): Promise<void> {
    const followed = await this.#reported.promise;
    if (await this.#isOurs(followed)) this.#followed = followed.size;
    else this.#followed = (await this.#ask({ kind: 'restart' })).size;
    this.follow(this.#store.size);
  }

  follow(size: number): void {
    this.#wanted = Math.max(this.#wanted, size);
    if (this.#broken !== undefined || this.#pumping !== undefined) return;
    this.#pumping = this.#pump()
      .catch((cause: unknown) => this.#break(cause))
      .finally(() => {
        this.#pumping = undefined;
        if (this.#broken === undefined && this.#followed < this.#wanted) this.follow(this.#wanted);
      });
  }

  find(query: Parameters<EntryIndex['find']>[0]): Promise<Found> {
    if (this.#broken !== undefined) return Promise.reject(this.#broken);
    if (this.#questions.size >= QUESTIONS_MAX)
      return Promise.reject(new Fault('index-busy', 'too many searches at once', { retry: true }));
    const id = (this.#asked += 1);
    const { promise, resolve, reject } = Promise.withResolvers<Found>();
    this.#questions.set(id, { resolve, reject });
    this.#send({ kind: 'find', id, query });
    return promise;
  }

  async close(): Promise<void> {
    this.#wanted = 0;
    this.#worker.ref(); // its answers alone keep the process until it is closed
    await this.#pumping;
    if (this.#broken === undefined) {
      this.#send({ kind: 'close' });
      await this.#closed.promise;
    }
    this.#break(new Fault('index-lost', 'the search index is closed'));
    await this.#worker.terminate();
  }

  async #pump(): Promise<void> {
    while (this.#followed < this.#wanted) {
      const batch: Uint8Array[] = [];
      let sizeBytes = 0;
      for await (const { bytes } of this.#store.read(
        this.#followed,
        Math.min(this.#followed + BATCH_ENTRIES, this.#wanted),
      )) {
        batch.push(bytes);
        sizeBytes += bytes.byteLength;
        if (sizeBytes >= BATCH_BYTES_MAX) break;
      }
      if (batch.length === 0) return;
      const packed = packEntries(batch);
      this.#followed = (await this.#ask({ kind: 'take', packed }, [packed.buffer])).size;
    }
  }

  async #isOurs(followed: { readonly size: number; readonly leaf: string }): Promise<boolean> {
    if (followed.size === 0) return true;
    if (followed.size > this.#store.size) return false;
    return toHex(leafHash(await this.#store.readOne(followed.size - 1))) === followed.leaf;
  }

  /** One `take` or `restart` at a time; its answer is a report. */
  #ask(
    message: ToWorker,
    handedOver: readonly ArrayBuffer[] = [],
  ): Promise<{ readonly size: number; readonly leaf: string }> {
    this.#reported = Promise.withResolvers();
    this.#send(message, handedOver);
    return this.#reported.promise;
  }

  #send(message: ToWorker, handedOver: readonly ArrayBuffer[] = []): void {
    this.#worker.postMessage(message, handedOver);
  }

  #hear(message: FromWorker): void {
    switch (message.kind) {
      case 'followed':
        return this.#reported.resolve(message.followed);
      case 'closed':
        return this.#closed.resolve();
      case 'found':
        this.#questions.get(message.id)?.resolve(message.found);
        this.#questions.delete(message.id);
        return;
      case 'failed':
        return this.#failed(message.id, new Fault('index-failed', message.message));
    }
  }

  #failed(id: number | undefined, fault: Fault): void {
    if (id === undefined) return this.#reported.reject(fault);
    this.#questions.get(id)?.reject(fault);
    this.#questions.delete(id);
  }

  /** The ledger goes on without its index; searches say so. */
  #break(cause: unknown): void {
    this.#broken ??= cause instanceof Fault ? cause : new Fault('index-lost', 'the search index stopped', { cause });
    this.#reported.promise.catch(() => undefined);
    this.#reported.reject(this.#broken);
    this.#closed.resolve();
    for (const question of this.#questions.values()) question.reject(this.#broken);
    this.#questions.clear();
  }
}
