/** I12: every rule has somebody who answers for it, a reason, and a review that is not overdue. */
import type { Exposure, Flow } from '#model/network-state.ts';
import type { State } from '#model/state.ts';
import type { Crossing, Ground } from '#plan/network/invariants/ground.ts';
import type { Breach, Invariant } from '#plan/network/invariants/invariant.ts';
import { named } from '#plan/network/invariants/invariant.ts';

export const reviewedRules: Invariant = {
  id: 'I12',
  controls: ['TS-2.4', 'TS-2.6'],
  title: 'Every rule has an owner, a reason, a date and a review that is not overdue',
  asksForKinds: false,
  whole: function* whole({ crossings }: Ground, state: State, at: number): Iterable<Breach> {
    const seen = new Set<string>();
    for (const crossing of crossings) {
      if (seen.has(crossing.rule.id)) continue;
      seen.add(crossing.rule.id);
      yield* unkept(crossing, state, at);
    }
  },
};

function* unkept(crossing: Crossing, { people }: State, at: number): Iterable<Breach> {
  const { rule } = crossing;
  if (rule.kind === 'path' || rule.last < at) return; // a path's session answers for it
  const line: Flow | Exposure = rule.kind === 'flow' ? rule.flow : rule.exposure;
  if (line.reviewBy <= at) {
    const next = 'Review it: say that it is still needed, or remove it.';
    yield { crossing, tag: 'overdue', says: `The review of ${named(crossing)} is overdue.`, next };
  }
  if (line.reason.trim() === '') {
    yield {
      crossing,
      tag: 'reason',
      says: `${named(crossing)} has no reason on record.`,
      next: 'Add it anew with one.',
    };
  }
  if (people.get(line.owner)?.standing !== 'active') {
    const next = 'Add it anew with an owner who can answer for it.';
    yield { crossing, tag: 'owner', says: `The owner of ${named(crossing)} has no active account.`, next };
  }
}
