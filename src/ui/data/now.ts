/** The page's clock: one timer for all that show a distance in time. */
import { useSyncExternalStore } from 'react';

const TICK_MS = 5000;
let now = Date.now();
const listeners = new Set<() => void>();
let timer: ReturnType<typeof setInterval> | undefined;

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  timer ??= setInterval(tick, TICK_MS);
  return () => {
    listeners.delete(listener);
    if (listeners.size > 0) return;
    clearInterval(timer);
    timer = undefined;
  };
}

function tick() {
  now = Date.now();
  for (const listener of listeners) listener();
}

/** Wall clock of this machine, fresh to five seconds. */
export function useNow(): number {
  return useSyncExternalStore(subscribe, () => now);
}
