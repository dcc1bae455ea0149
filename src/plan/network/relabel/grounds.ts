/** Which label each stretch of addresses had and would have: the two plans of a change laid over each other. */
import type { AddressPlan } from '#plan/network/address-plan.ts';
import type { AddressSet } from '#plan/network/address-set.ts';
import { both } from '#plan/network/address-set.ts';
import type { Place, Site } from '#plan/network/invariants/ground.ts';
import type { Span } from '#plan/network/policy.ts';
import type { Point } from '#plan/network/span-set.ts';
import { after as afterPoint, before as beforePoint } from '#plan/network/span-set.ts';
import type { ZoneId } from '#std/ids.ts';

/** Addresses that one zone declared before, and the place that they would be in. Undeclared addresses had no label to lose. */
export interface Stretch {
  readonly was: Place;
  readonly is: Place;
  readonly set: AddressSet;
}

/** Every pair of places that share addresses, and the internet beside them; one stretch for each. */
export function stretchesOf(before: Site, after: Site): readonly Stretch[] {
  const pairs = new Map<string, Stretch>();
  const add = (from: ZoneId, to: ZoneId | undefined, set: AddressSet): void => {
    const key = `${from} ${to ?? ''}`;
    const was = before.places.get(from);
    const is = (to === undefined ? undefined : after.places.get(to)) ?? after.internet;
    if (was === undefined || was === before.internet || pairs.has(key)) return;
    pairs.set(key, { was, is, set });
  };
  const [old, next] = [before.plan, after.plan];
  for (const { zone, other, first, last } of laidOver(old.segments4, next.segments4))
    add(zone, other, { v4: [{ first, last }], v6: [] });
  for (const { zone, other, first, last } of laidOver(old.segments6, next.segments6))
    add(zone, other, { v4: [], v6: [{ first, last }] });
  const outside = { was: before.internet, is: after.internet, set: both(old.internet, next.internet) };
  return [...pairs.values(), outside];
}

type Segments4 = AddressPlan['segments4'];
type Segment<N extends Point> = Span<N> & Pick<Segments4[number], 'zone'>;

interface Overlap<N extends Point> extends Span<N> {
  readonly zone: ZoneId;
  readonly other: ZoneId | undefined;
}

/** Each segment of `a` in the parts that the disjoint, sorted segments of `b` cut it into; parts that `b` leaves out have no other zone. */
function* laidOver<N extends Point>(a: readonly Segment<N>[], b: readonly Segment<N>[]): Iterable<Overlap<N>> {
  let j = 0;
  for (const { zone, first, last } of a) {
    let from: N | undefined = first;
    while (j > 0 && (b[j - 1] as Segment<N>).last >= first) j -= 1; // within its array
    for (; j < b.length && from !== undefined; j += 1) {
      const over = b[j] as Segment<N>; // within its array
      if (over.last < from) continue;
      if (over.first > last) break;
      if (over.first > from) yield { zone, other: undefined, first: from, last: beforePoint(over.first) };
      const start: N = over.first > from ? over.first : from;
      yield { zone, other: over.zone, first: start, last: over.last < last ? over.last : last };
      from = over.last < last ? afterPoint(over.last) : undefined;
    }
    if (from !== undefined) yield { zone, other: undefined, first: from, last };
  }
}
