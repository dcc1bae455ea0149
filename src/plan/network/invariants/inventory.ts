/** I2: the outside reaches the DMZ and nothing else, and there only what the external inventory lists. */
import type { BoxOf } from '#plan/network/policy.ts';
import { surplusBoxes } from '#plan/network/box.ts';
import { ALWAYS, regionBoxes } from '#plan/network/reach.ts';
import type { Crossing, Ground } from '#plan/network/invariants/ground.ts';
import type { Breach, Invariant } from '#plan/network/invariants/invariant.ts';
import { named } from '#plan/network/invariants/invariant.ts';
import type { Family } from '#plan/network/port-box.ts';
import type { Point, SpanSet } from '#plan/network/span-set.ts';
import { witness } from '#plan/network/witness.ts';

export const inventory: Invariant = {
  id: 'I2',
  controls: ['TS-2.0', 'TS-2.4'],
  title: 'From the internet, only the DMZ is reached, and only by host and port of the external inventory',
  asksForKinds: false,
  crossing: fromOutside,
};

function* fromOutside(crossing: Crossing, ground: Ground): Iterable<Breach> {
  const { rule, from, to } = crossing;
  if (!from.kinds.has('internet')) return;
  if (to.isUndescribed) {
    const says = `The internet reaches ${to.name}, which does not say what it is for.`;
    yield { crossing, isDoubt: true, says, next: `Say what kind of zone ${to.name} is.` };
  } else if (!to.kinds.has('dmz')) {
    const next = 'Put what serves the outside into the DMZ.';
    yield { crossing, says: `${named(crossing)} leads from the internet past the DMZ.`, next };
  } else if (rule.kind !== 'exposure') {
    const packet = unlisted(crossing, ground);
    if (packet === undefined) return;
    const says = `${named(crossing)} is open to the internet and not in the external inventory.`;
    yield { crossing, packet, says, next: 'List it there with an owner and a review date, or remove it.' };
  }
}

/** A packet of the crossing that no line of the inventory covers. */
function unlisted(crossing: Crossing, { crossings }: Ground) {
  const lines = crossings.filter(({ rule }) => rule.kind === 'exposure');
  const { source, destination, rule } = crossing;
  const time = { first: 0, last: rule.last };
  const left = <N extends Point>(a: SpanSet<N>, b: SpanSet<N>, family: Family, listed: readonly BoxOf<N>[]) =>
    regionBoxes(a, b, { ports: rule.ports, time }, family).flatMap((box) => surplusBoxes(box, listed))[0];
  const v4 = left(
    source.v4,
    destination.v4,
    'v4',
    lines.flatMap((line) => regionBoxes(line.source.v4, line.destination.v4, endOf(line), 'v4')),
  );
  const v6 = left(
    source.v6,
    destination.v6,
    'v6',
    lines.flatMap((line) => regionBoxes(line.source.v6, line.destination.v6, endOf(line), 'v6')),
  );
  if (v4 !== undefined) return witness(v4);
  return v6 === undefined ? undefined : witness(v6);
}

function endOf({ rule }: Crossing) {
  return { ports: rule.ports, time: { ...ALWAYS, last: rule.last } };
}
