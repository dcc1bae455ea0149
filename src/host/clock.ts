/** The real clock. Far deadlines are waited for in pieces, and never called early. */
import { performance } from 'node:perf_hooks';
import type { Clock } from '#ports/clock.ts';

/** setTimeout holds 2^31 - 1 ms; a shorter piece also notices a wall clock that was stepped. */
const PIECE_MS_MAX = 60_000;

export function createClock(): Clock {
  return {
    now: () => Date.now(),
    monotonic: () => performance.now(),
    atTime(at, run) {
      let timer: NodeJS.Timeout;
      const wait = (): void => {
        const left = at - Date.now();
        if (left <= 0) return run();
        timer = setTimeout(wait, Math.min(left, PIECE_MS_MAX));
        timer.unref();
      };
      timer = setTimeout(wait, 0);
      timer.unref();
      return () => clearTimeout(timer);
    },
  };
}
