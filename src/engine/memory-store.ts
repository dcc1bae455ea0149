/**
 * A ledger in memory, for tests and the demo's dry parts. It honours the contract of ports/ledger-store.ts and can be told
 * to fail in both ways: refused and not done, or done and reported as failed.
 */
import type { LedgerStore } from '#ports/ledger-store.ts';
import { Fault } from '#std/refused.ts';

export type NextFailure = 'not-done' | 'done';

export interface MemoryStore extends LedgerStore {
  /** The next `append` fails in this way, and every one after it is refused. */
  failNext(how: NextFailure): void;
  /** While held, appends wait, as they do for a slow disk; the result lets go. */
  hold(): () => void;
  readonly entries: readonly Uint8Array[];
}

export function createMemoryStore(initial: readonly Uint8Array[] = []): MemoryStore {
  const entries: Uint8Array[] = [...initial];
  let failure: NextFailure | undefined;
  let poisoned = false;
  let gate: Promise<void> = Promise.resolve();

  async function append(batch: readonly Uint8Array[]): Promise<{ readonly firstIndex: number }> {
    const waited = gate;
    await waited;
    if (poisoned) throw new Fault('ledger-unwritable', 'the ledger stopped after a failed write');
    const firstIndex = entries.length;
    poisoned = failure !== undefined;
    if (failure !== 'not-done') entries.push(...batch.map((bytes) => Uint8Array.from(bytes)));
    if (poisoned) throw new Fault('ledger-unwritable', `the write failed (${failure})`);
    return { firstIndex };
  }

  return {
    get size() {
      return entries.length;
    },
    entries,
    append,
    async *read(from, to) {
      for (let index = from; index < Math.min(to, entries.length); index += 1)
        yield { index, bytes: at(entries, index) };
    },
    readOne: async (index) => at(entries, index),
    close: async () => undefined,
    failNext(how) {
      failure = how;
    },
    hold() {
      const { promise, resolve } = Promise.withResolvers<void>();
      gate = promise;
      return resolve;
    },
  };
}

function at(entries: readonly Uint8Array[], index: number): Uint8Array {
  const bytes = entries[index];
  if (bytes === undefined) throw new Fault('no-such-entry', `the ledger has no entry ${index}`);
  return bytes;
}
