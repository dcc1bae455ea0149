/**
 * Locks of everything that is held: made longer by a renewal, and held against what is immutable on the disk. That is a level: whatever took a lock off
 * (a removal that was taken back, a time without a bolt) is found by the next look, and what cannot be locked is named and not told as locked.
 */
import type { Held } from '#vault/server/holdings.ts';
import type { VaultRoom } from '#vault/server/vault.ts';
import { Fault } from '#std/refused.ts';

const DAY_MS = 86_400_000;
/** Paths in one question. */
export const HOLD_MAX = 1000;

export interface Unlocked {
  /** Held, and not immutable, as the newest look found it. Without somebody who makes files immutable there is none. */
  readonly objects: ReadonlySet<Held>;
  /** Why nobody knows whether everything is locked. */
  readonly doubt?: string;
}

export interface Locking {
  /** Extends the lock of everything live to `days` from now; the clients have no part in it. `objects`: those that are locked. */
  renew(days: number): Promise<{ readonly objects: number; readonly lockedUntil: number }>;
  /** Locks what is held and free, for `days`: at a start, after something was taken back, and until a look has come to its end. */
  lockFree(days: number): Promise<void>;
  /** Undefined before the first look. */
  unlocked(): Unlocked | undefined;
}

export interface KeptLocking extends Locking {
  /** Something may be free that is held. */
  noteTakenBack(): void;
}

const NOTHING: Unlocked = { objects: new Set() };

export function openLocking({ layout, holdings, journal, clock, immutable }: VaultRoom): KeptLocking {
  const pathOf = ({ client, type, object }: Held): string => layout.pathOf(client, type, object);
  let found = immutable === undefined ? NOTHING : undefined;
  let isDue = immutable !== undefined;

  /** Damage is said already: what takes its place is locked when it is right. */
  const isToLock = (held: Held): boolean =>
    held.mark === undefined &&
    held.damagedAt === undefined &&
    holdings.get(held.client, held.type, held.object) === held;

  async function look(forMs: number): Promise<void> {
    if (immutable === undefined) return;
    isDue = false;
    const free = new Set<Held>();
    try {
      for (const some of together(holdings.all().filter(isToLock))) {
        const byPath = new Map(some.map((held) => [pathOf(held), held]));
        for (const path of await immutable.hold([...byPath.keys()], forMs)) {
          const held = byPath.get(path);
          if (held !== undefined) free.add(held);
        }
      }
      found = { objects: new Set([...free].filter(isToLock)) };
    } catch (cause) {
      isDue = true;
      found = { objects: found?.objects ?? free, doubt: cause instanceof Fault ? cause.message : String(cause) };
      throw cause;
    }
  }

  return {
    async renew(days) {
      const forMs = days * DAY_MS;
      const { at } = await clock.now();
      const marked = [...holdings.marked()];
      await immutable?.renew(marked.map(pathOf), forMs);
      await journal.append([{ kind: 'renewed', at, until: at + forMs }]);
      await look(forMs);
      const locked = holdings.size - holdings.marked().size - (found?.objects.size ?? 0);
      return { objects: locked, lockedUntil: at + forMs };
    },
    async lockFree(days) {
      if (isDue) await look(days * DAY_MS);
    },
    unlocked: () => found,
    noteTakenBack: () => void (isDue = immutable !== undefined),
  };
}

function* together(all: Iterable<Held>): Generator<readonly Held[]> {
  let some: Held[] = [];
  for (const held of all) {
    some.push(held);
    if (some.length < HOLD_MAX) continue;
    yield some;
    some = [];
  }
  if (some.length > 0) yield some;
}
