/** I10: cameras, badges and visitors reach no zone that holds content. */
import type { Crossing, Place } from '#plan/network/invariants/ground.ts';
import { isAny, isContent } from '#plan/network/invariants/ground.ts';
import type { Breach, Invariant } from '#plan/network/invariants/invariant.ts';
import { named } from '#plan/network/invariants/invariant.ts';

export const visitors: Invariant = {
  id: 'I10',
  controls: ['PS-1.2', 'TS-2.11'],
  title: 'Physical security and guests reach no zone that holds content',
  asksForKinds: true,
  crossing: function* intoContent(crossing: Crossing): Iterable<Breach> {
    const { from, to } = crossing;
    if (!isAny(from, ['physec', 'guest']) || !holdsContent(to)) return;
    const says = `${named(crossing)} leads from ${from.name} to where pictures lie.`;
    yield { crossing, says, next: 'Remove it; give what both need a place in the core or the DMZ.' };
  },
};

function holdsContent(place: Place): boolean {
  const held = place.zone?.content ?? 'none';
  return isContent(place) || isAny(place, ['vault', 'transfer', 'dataio']) || held !== 'none';
}
