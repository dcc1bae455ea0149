/**
 * When to ask for a checkpoint: soon after the first unsealed entry, one at a time. A clock that stands back does not stop it, or
 * entries would go unproved for as long as the step was wide: a checkpoint then bears the latest time that the ledger knows.
 */
import { SEAL_AFTER_MS, SEAL_WAITERS_MAX } from '#engine/limits.ts';
import type { SealedView } from '#ports/ledger-store.ts';
import type { Sealer } from '#ports/sealer.ts';
import { Fault } from '#std/refused.ts';

export interface SealingPorts {
  readonly sealer: Sealer;
  /** Never before the newest durable entry's time. */
  readonly now: () => number;
  /** Origin of the checkpoints; undefined while there is no facility. */
  readonly origin: () => string | undefined;
  /** Commits the stream heads; resolves with the durable size that includes them. */
  readonly appendHeads: () => Promise<number>;
  readonly failed: (cause: unknown) => void;
  readonly onSealed: () => void;
}

export interface Sealing {
  /** Entries below `size` are durable. */
  noteDurable(size: number): void;
  waitFor(index: number): Promise<SealedView>;
  readonly view: SealedView | undefined;
  /** Seals what is left, when it can; then nothing more. */
  close(last: boolean): Promise<void>;
  fail(cause: unknown): void;
}

interface Waiter {
  readonly index: number;
  readonly resolve: (view: SealedView) => void;
  readonly reject: (cause: unknown) => void;
}

export function createSealing(ports: SealingPorts): Sealing {
  let waiters: Waiter[] = [];
  let durable = ports.sealer.view?.size ?? 0;
  let timer: NodeJS.Timeout | undefined;
  let running: Promise<void> | undefined;
  let ended = false;

  function isDue(): boolean {
    return durable > (ports.sealer.view?.size ?? 0) && ports.origin() !== undefined;
  }

  function schedule(): void {
    if (ended || timer !== undefined || running !== undefined || !isDue()) return;
    timer = setTimeout(() => {
      timer = undefined;
      running = seal()
        .catch(ports.failed)
        .finally(() => {
          running = undefined;
          schedule();
        });
    }, SEAL_AFTER_MS);
  }

  async function seal(): Promise<void> {
    const origin = ports.origin();
    if (origin === undefined || !isDue()) return;
    const size = await ports.appendHeads();
    // Nor before the last checkpoint's: a log must not sign into the past.
    const view = await ports.sealer.seal(size, Math.max(ports.now(), ports.sealer.view?.sealedAt ?? 0), origin);
    durable = Math.max(durable, size);
    const done = waiters.filter((waiter) => waiter.index < view.size);
    waiters = waiters.filter((waiter) => waiter.index >= view.size);
    for (const waiter of done) waiter.resolve(view);
    ports.onSealed();
  }

  function fail(cause: unknown): void {
    ended = true;
    clearTimeout(timer);
    for (const waiter of waiters) waiter.reject(cause);
    waiters = [];
  }

  return {
    get view() {
      return ports.sealer.view;
    },
    noteDurable(size) {
      durable = Math.max(durable, size);
      schedule();
    },
    async waitFor(index) {
      const { view } = ports.sealer;
      if (view !== undefined && index < view.size) return view;
      if (ended) throw new Fault('engine-lost', 'the engine has stopped');
      if (waiters.length >= SEAL_WAITERS_MAX)
        throw new Fault('engine-busy', 'too many wait for a checkpoint', { retry: true });
      const { promise, resolve, reject } = Promise.withResolvers<SealedView>();
      waiters.push({ index, resolve, reject });
      return promise;
    },
    async close(last) {
      clearTimeout(timer);
      timer = undefined;
      await running;
      if (last && !ended) await seal().catch(ports.failed);
      fail(new Fault('engine-lost', 'the engine has stopped'));
    },
    fail,
  };
}
