/** Folds drafts as the engine would, without recording anything: to see what a command would lead to, and in tests. */
import type { Draft, Entry } from '#model/events.ts';
import { evolve } from '#model/evolve.ts';
import type { State } from '#model/state.ts';

export function foldAside(state: State, drafts: readonly Draft[], at: number): State {
  let next = state;
  for (const draft of drafts) {
    const entry: Entry = { ...draft, v: 1, id: 'not-recorded', at, n: 1, salt: '' };
    next = evolve(next, { index: next.size, entry });
  }
  return next;
}
