/** The threads that write uploads and hash them. Started when first needed; a file stays with one thread. */
import { availableParallelism } from 'node:os';
import { Worker } from 'node:worker_threads';
import type { Digest } from '#ports/workspace.ts';
import { Fault } from '#std/refused.ts';
import { threadFile } from '#std/thread-file.ts';

export type PartOrder =
  | { readonly kind: 'open'; readonly file: number; readonly fd: number }
  | { readonly kind: 'write'; readonly file: number; readonly chunks: readonly Uint8Array[]; readonly position: number }
  | { readonly kind: 'follow'; readonly file: number; readonly to: number }
  | { readonly kind: 'forget'; readonly file: number; readonly from: number }
  | { readonly kind: 'digest'; readonly file: number; readonly sizeBytes: number }
  | { readonly kind: 'close'; readonly file: number };

/** Writes are answered in their order. `code` is the operating system's, when it said no. */
export type PartAnswer =
  | { readonly kind: 'written'; readonly file: number }
  | { readonly kind: 'not-written'; readonly file: number; readonly message: string; readonly code: string | undefined }
  | { readonly kind: 'digest'; readonly file: number; readonly digest: Digest }
  | { readonly kind: 'failed'; readonly file: number; readonly message: string }
  | { readonly kind: 'closed'; readonly file: number };

/** One file with its thread. */
export interface ThreadFile {
  /** Chunks in shared memory, one after the other from `position` on; they are the thread's until it resolves. */
  write(chunks: readonly Uint8Array[], position: number): Promise<void>;
  /** The first `to` bytes, written by others, are final for now. */
  follow(to: number): void;
  /** Bytes from here on are no longer what they were. */
  forget(from: number): void;
  digest(sizeBytes: number): Promise<Digest>;
  /** Resolves when the thread will not touch the descriptor again. */
  close(): Promise<void>;
}

const THREADS_MAX = 4;

export class PartThreads {
  readonly #threads: PartThread[] = [];
  readonly #size = Math.max(1, Math.min(THREADS_MAX, availableParallelism() - 1));
  #next = 0;

  /** The descriptor stays the caller's, and open until `close` has resolved. */
  take(fd: number): ThreadFile {
    const slot = this.#next % this.#size;
    this.#next += 1;
    const thread = this.#threads[slot]?.alive === true ? this.#threads[slot] : (this.#threads[slot] = new PartThread());
    return thread.take(this.#next, fd);
  }

  async close(): Promise<void> {
    await Promise.all(this.#threads.splice(0).map((thread) => thread.close()));
  }
}

interface Waiting {
  readonly writes: PromiseWithResolvers<void>[];
  digest?: PromiseWithResolvers<Digest> | undefined;
  closed?: PromiseWithResolvers<void>;
}

class PartThread {
  alive = true;
  readonly #worker = new Worker(threadFile('part-thread', import.meta.url), { execArgv: [] });
  readonly #files = new Map<number, Waiting>();
  /** Answers that are still to come: while there are any, the process stays. */
  #owed = 0;

  constructor() {
    this.#worker.unref();
    this.#worker.on('message', (answer: PartAnswer) => this.#hear(answer));
    this.#worker.on('error', (error) => this.#die(error));
    this.#worker.on('exit', () => this.#die(undefined));
  }

  take(file: number, fd: number): ThreadFile {
    const waiting: Waiting = { writes: [] };
    if (this.alive) this.#files.set(file, waiting);
    this.#tell({ kind: 'open', file, fd });
    return {
      write: (chunks, position) => {
        const answer = Promise.withResolvers<void>();
        return this.#ask({ kind: 'write', file, chunks, position }, answer, () => waiting.writes.push(answer));
      },
      follow: (to) => this.#tell({ kind: 'follow', file, to }),
      forget: (from) => this.#tell({ kind: 'forget', file, from }),
      digest: (sizeBytes) => {
        const answer = Promise.withResolvers<Digest>();
        return this.#ask({ kind: 'digest', file, sizeBytes }, answer, () => (waiting.digest = answer));
      },
      close: () => {
        const answer = Promise.withResolvers<void>();
        return this.alive
          ? this.#ask({ kind: 'close', file }, answer, () => (waiting.closed = answer))
          : Promise.resolve();
      },
    };
  }

  async close(): Promise<void> {
    await this.#worker.terminate();
  }

  #ask<T>(order: PartOrder, answer: PromiseWithResolvers<T>, remember: () => void): Promise<T> {
    if (!this.alive) return Promise.reject(stopped(undefined));
    remember();
    this.#owed += 1;
    if (this.#owed === 1) this.#worker.ref();
    this.#tell(order);
    return answer.promise;
  }

  #tell(order: PartOrder): void {
    // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread, not a window
    if (this.alive) this.#worker.postMessage(order);
  }

  #hear(answer: PartAnswer): void {
    const waiting = this.#files.get(answer.file);
    if (waiting === undefined) return;
    this.#settled();
    switch (answer.kind) {
      case 'written':
        return waiting.writes.shift()?.resolve();
      case 'not-written':
        return waiting.writes.shift()?.reject(Object.assign(new Error(answer.message), { code: answer.code }));
      case 'digest':
        return this.#digestOf(waiting)?.resolve(answer.digest);
      case 'failed':
        return this.#digestOf(waiting)?.reject(unreadable(answer.message));
      case 'closed':
        this.#files.delete(answer.file);
        if (waiting.digest !== undefined) this.#settled();
        this.#digestOf(waiting)?.reject(new Fault('storage-failed', 'The file was closed.'));
        return waiting.closed?.resolve();
    }
  }

  #digestOf(waiting: Waiting): Waiting['digest'] {
    const { digest } = waiting;
    waiting.digest = undefined;
    return digest;
  }

  #settled(): void {
    this.#owed -= 1;
    if (this.#owed === 0) this.#worker.unref();
  }

  #die(error: unknown): void {
    this.alive = false;
    for (const { writes, digest, closed } of this.#files.values()) {
      for (const write of writes) write.reject(stopped(error));
      digest?.reject(stopped(error));
      closed?.resolve();
    }
    this.#files.clear();
  }
}

function unreadable(cause: string): Fault {
  return new Fault('storage-failed', 'The file could not be read back.', { cause, retry: true });
}

function stopped(cause: unknown): Fault {
  return new Fault('hashing-stopped', 'The hashing thread stopped.', { cause, retry: true });
}
