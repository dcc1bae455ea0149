/**
 * An engine within this process. Every port that isn't given is one in memory, so `openLocalEngine()` alone gives a whole
 * engine with the real rules, real hashing and real signatures, and nothing on disk.
 */
import { randomFillSync } from 'node:crypto';
import type { Engine, EnginePorts } from '#engine/engine.ts';
import { openEngine } from '#engine/engine.ts';
import { createMemoryIndex } from '#engine/memory-index.ts';
import type { MemorySealer } from '#engine/memory-sealer.ts';
import { createMemorySealer } from '#engine/memory-sealer.ts';
import type { MemoryStore } from '#engine/memory-store.ts';
import { createMemoryStore } from '#engine/memory-store.ts';
import { modelRules } from '#engine/model-rules.ts';
import type { Clock } from '#ports/clock.ts';
import type { Random } from '#ports/random.ts';

export interface LocalEngine extends Engine {
  readonly store: MemoryStore;
  readonly sealer: MemorySealer;
}

export interface LocalOptions extends Partial<Omit<EnginePorts, 'store' | 'sealer'>> {
  readonly store?: MemoryStore;
  readonly sealer?: MemorySealer;
}

export async function openLocalEngine(options: LocalOptions = {}): Promise<LocalEngine> {
  const store = options.store ?? createMemoryStore();
  const sealer = options.sealer ?? createMemorySealer(store);
  const engine = await openEngine({
    clock: systemClock,
    random: systemRandom,
    rules: modelRules,
    index: createMemoryIndex(store),
    ...options,
    store,
    sealer,
  });
  return Object.assign(engine, { store, sealer });
}

const TIMER_MS_MAX = 2 ** 31 - 1;

const systemClock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
  atTime(at, run) {
    let timer: NodeJS.Timeout;
    const arm = (): void => {
      const rest = at - Date.now();
      timer = setTimeout(rest <= 0 ? run : arm, Math.min(Math.max(rest, 0), TIMER_MS_MAX));
    };
    arm();
    return () => clearTimeout(timer);
  },
};

const systemRandom: Random = { bytes: (count) => randomFillSync(new Uint8Array(count)) };
