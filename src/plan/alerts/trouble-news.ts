/**
 * Which troubles are to be told now: by level, not by event. What stands is compared with what was told and stands, so nothing is lost over a restart and
 * nothing is told twice; a trouble has to stand for a while first, so that what is mended at once wakes nobody.
 */
import { troubleWords } from './trouble-words.ts';
import { standingTroubles, troubleKey, troublesLeft } from '#model/standing-troubles.ts';
import type { StandingTrouble } from '#model/standing-troubles.ts';
import { MINUTE_MS } from '#model/limits.ts';
import type { State } from '#model/state.ts';
import type { Trouble } from '#plan/backup/troubles.ts';

export const SETTLE_MS = 10 * MINUTE_MS;

/** Since when each is seen, by its key. */
export type Seen = ReadonlyMap<string, number>;

export interface TroubleNews {
  readonly begun: readonly Trouble[];
  readonly over: readonly StandingTrouble[];
  /** For the next look. */
  readonly seen: Seen;
}

/** `now`: the troubles at `at`. Of too many those go first that somebody should look at. */
export function troubleNews(state: State, now: readonly Trouble[], seen: Seen, at: number): TroubleNews {
  const told = standingTroubles(state.alerts);
  const there = new Map<string, Trouble>();
  for (const one of now)
    if (troubleWords(one.code) !== undefined && !there.has(troubleKey(one))) there.set(troubleKey(one), one);
  const since = new Map([...there.keys()].map((key) => [key, seen.get(key) ?? at]));
  const settled = [...there].filter(([key]) => !told.has(key) && at - (since.get(key) ?? at) >= SETTLE_MS);
  const order = settled.map(([, one]) => one).sort((a, b) => rank(a) - rank(b));
  return {
    begun: order.slice(0, troublesLeft(state.alerts, at)),
    over: [...told].flatMap(([key, one]) => (there.has(key) ? [] : [one])),
    seen: since,
  };
}

function rank({ weight }: Trouble): number {
  return weight === 'look' ? 0 : 1;
}
