/** The threads that hash uploads. Started when first needed; a file stays with one thread. */
import { availableParallelism } from 'node:os';
import { Worker } from 'node:worker_threads';
import type { Digest } from '#ports/workspace.ts';
import { Fault } from '#std/refused.ts';

export type DigestOrder =
  | { readonly kind: 'open'; readonly file: number; readonly fd: number }
  | { readonly kind: 'follow'; readonly file: number; readonly to: number }
  | { readonly kind: 'digest'; readonly file: number; readonly sizeBytes: number }
  | { readonly kind: 'close'; readonly file: number };

export type DigestAnswer =
  | { readonly kind: 'digest'; readonly file: number; readonly digest: Digest }
  | { readonly kind: 'failed'; readonly file: number; readonly message: string }
  | { readonly kind: 'closed'; readonly file: number };

export interface Follower {
  follow(to: number): void;
  digest(sizeBytes: number): Promise<Digest>;
  /** Resolves when the thread will not touch the descriptor again. */
  close(): Promise<void>;
}

const THREADS_MAX = 4;

interface Waiting {
  readonly digest?: PromiseWithResolvers<Digest>;
  readonly closed?: PromiseWithResolvers<void>;
}

export class DigestPool {
  readonly #threads: DigestThread[] = [];
  readonly #size = Math.max(1, Math.min(THREADS_MAX, availableParallelism() - 1));
  #next = 0;

  follow(fd: number): Follower {
    const slot = this.#next % this.#size;
    this.#next += 1;
    const thread =
      this.#threads[slot]?.alive === true ? this.#threads[slot] : (this.#threads[slot] = new DigestThread());
    return thread.follow(this.#next, fd);
  }

  async close(): Promise<void> {
    await Promise.all(this.#threads.splice(0).map((thread) => thread.close()));
  }
}

class DigestThread {
  alive = true;
  readonly #worker = new Worker(new URL('digest-worker.ts', import.meta.url), { execArgv: [] });
  readonly #waiting = new Map<number, Waiting>();

  constructor() {
    this.#worker.unref();
    this.#worker.on('message', (answer: DigestAnswer) => this.#hear(answer));
    this.#worker.on('error', (error) => this.#die(error));
    this.#worker.on('exit', () => this.#die(undefined));
  }

  follow(file: number, fd: number): Follower {
    this.#tell({ kind: 'open', file, fd });
    return {
      follow: (to) => this.#tell({ kind: 'follow', file, to }),
      digest: (sizeBytes) => this.#await(file, 'digest', { kind: 'digest', file, sizeBytes }),
      close: () => (this.alive ? this.#await(file, 'closed', { kind: 'close', file }) : Promise.resolve()),
    };
  }

  async close(): Promise<void> {
    await this.#worker.terminate();
  }

  #await(file: number, what: 'digest', order: DigestOrder): Promise<Digest>;
  #await(file: number, what: 'closed', order: DigestOrder): Promise<void>;
  #await(file: number, what: 'digest' | 'closed', order: DigestOrder): Promise<Digest | void> {
    if (!this.alive) return Promise.reject(stopped(undefined));
    const answer = Promise.withResolvers<Digest & void>();
    this.#waiting.set(file, { ...this.#waiting.get(file), [what]: answer });
    this.#worker.ref();
    this.#tell(order);
    return answer.promise;
  }

  #tell(order: DigestOrder): void {
    // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread, not a window
    if (this.alive) this.#worker.postMessage(order);
  }

  #hear(answer: DigestAnswer): void {
    const { digest, closed } = this.#waiting.get(answer.file) ?? {};
    switch (answer.kind) {
      case 'digest':
        digest?.resolve(answer.digest);
        break;
      case 'failed':
        digest?.reject(
          new Fault('storage-failed', 'The file could not be read back.', { cause: answer.message, retry: true }),
        );
        break;
      case 'closed':
        digest?.reject(new Fault('storage-failed', 'The file was closed.'));
        closed?.resolve();
        break;
    }
    if (answer.kind === 'closed' || closed === undefined) this.#waiting.delete(answer.file);
    if (this.#waiting.size === 0) this.#worker.unref();
  }

  #die(error: unknown): void {
    this.alive = false;
    for (const { digest, closed } of this.#waiting.values()) {
      digest?.reject(stopped(error));
      closed?.resolve();
    }
    this.#waiting.clear();
  }
}

function stopped(cause: unknown): Fault {
  return new Fault('hashing-stopped', 'The hashing thread stopped.', { cause, retry: true });
}
