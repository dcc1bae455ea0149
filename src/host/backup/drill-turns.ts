/**
 * Whose turn it is among the drills that were begun. One that could not be done or recorded is put off, longer each time, so that it holds no other one up;
 * after some tries, or a day after it was begun, it is over: it counts as failed. Tries are in memory: a service that ends with a drill again and again has the
 * day as its end.
 */
import type { Drill } from '#model/backup-state.ts';
import { DAY_MS, HOUR_MS, MINUTE_MS } from '#model/limits.ts';
import { backOff } from '#std/back-off.ts';
import type { DrillId } from '#std/ids.ts';

const AGAIN_MS = MINUTE_MS;
const AGAIN_MS_MAX = HOUR_MS;
export const TRIES_MAX = 4;
const GIVEN_UP_MS = DAY_MS;

type Begun = Pick<Drill, 'id' | 'begunAt'>;

export interface DrillTurns {
  /** The first of these drills that is not put off. */
  next<D extends Begun>(open: readonly D[], at: number): D | undefined;
  /** Whether it is over now. */
  putOff(drill: Begun, at: number): boolean;
}

export function createDrillTurns(): DrillTurns {
  const waiting = new Map<DrillId, { readonly tries: number; readonly againAt: number }>();
  return {
    next(open, at) {
      const known = new Set(open.map(({ id }) => id));
      for (const id of waiting.keys()) if (!known.has(id)) waiting.delete(id);
      return open.find(({ id }) => (waiting.get(id)?.againAt ?? at) <= at);
    },
    putOff({ id, begunAt }, at) {
      const tries = (waiting.get(id)?.tries ?? 0) + 1;
      waiting.set(id, { tries, againAt: at + backOff(tries, AGAIN_MS, AGAIN_MS_MAX) });
      return tries >= TRIES_MAX || at - begunAt >= GIVEN_UP_MS;
    },
  };
}
