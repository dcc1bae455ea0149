/** The world as it was: folds again from the nearest earlier state that was kept. */
import { entryFrom } from '#engine/stamp.ts';
import type { Rules } from '#engine/rules.ts';
import { PAST_STATES_APART, PAST_STATES_MAX } from '#engine/limits.ts';
import type { State } from '#model/state.ts';
import type { LedgerStore } from '#ports/ledger-store.ts';

export type Point = { readonly at: number } | { readonly size: number };

export interface Past {
  /** Offers a state of the fold; kept when it is far enough from the one before. States share structure, so keeping is cheap. */
  keep(state: State): void;
  stateAt(point: Point, durable: State): Promise<State>;
}

export function createPast(rules: Pick<Rules, 'empty' | 'evolve'>, store: LedgerStore): Past {
  let kept: State[] = [rules.empty];
  let apart = PAST_STATES_APART;

  function keep(state: State): void {
    if (state.size < (kept.at(-1)?.size ?? 0) + apart) return;
    kept.push(state);
    if (kept.length <= PAST_STATES_MAX) return;
    kept = kept.filter((_, position) => position % 2 === 0);
    apart *= 2;
  }

  function nearest(isReached: (state: State) => boolean): State {
    return kept.findLast((state) => !isReached(state)) ?? rules.empty;
  }

  return {
    keep,
    async stateAt(point, durable) {
      // An instant belongs to the entries at it: everything up to and including `at`.
      const isPast =
        'size' in point ? (state: State) => state.size > point.size : (state: State) => state.at > point.at;
      if (!isPast(durable)) return durable;
      let state = nearest(isPast);
      for await (const { index, bytes } of store.read(state.size, durable.size)) {
        const next = rules.evolve(state, { index, entry: entryFrom(bytes) });
        if (isPast(next)) break;
        state = next;
      }
      return state;
    },
  };
}
