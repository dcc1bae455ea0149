/** Wall-clock time that never goes back: while the clock stands before what was already written, the last time stays. */
import type { Clock } from '#ports/clock.ts';

export interface SteadyTime {
  /** `backMs` is above zero once for each step backwards: how far behind the ledger the clock now is. */
  read(): { readonly at: number; readonly backMs: number };
}

/** `last` is the time of the newest entry. */
export function createSteadyTime(clock: Clock, last: number): SteadyTime {
  let newest = last;
  let before = last;
  return {
    read() {
      const now = clock.now();
      const stepped = now < before;
      before = now;
      if (now >= newest) {
        newest = now;
        return { at: now, backMs: 0 };
      }
      return { at: newest, backMs: stepped ? newest - now : 0 };
    },
  };
}
