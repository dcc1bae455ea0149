/** I5: content leaves and arrives by data I/O and then transfer; no edge steps past one of them. */
import type { Place, Crossing, Ground } from '#plan/network/invariants/ground.ts';
import { isAny, isContent, isFromBroker, isFromManagement } from '#plan/network/invariants/ground.ts';
import type { Breach, Invariant } from '#plan/network/invariants/invariant.ts';
import { named } from '#plan/network/invariants/invariant.ts';

export const contentPath: Invariant = {
  id: 'I5',
  controls: ['TS-1.0', 'TS-1.16'],
  title: 'Between production and the outside, content passes data I/O and then transfer',
  asksForKinds: true,
  assumptions: [
    'Content may flow both ways over a connection, whoever starts it.',
    'A broker carries pixels; core services, administration and proxies carry no content, unless the proxy stands where content lies.',
  ],
  whole: foldedZones,
  crossing: pastAStep,
};

/** How far inside a place is: outside 0, transfer 1, data I/O 2, content 3. A folded zone is several steps at once. */
interface Steps {
  readonly outermost: number;
  readonly innermost: number;
}

function stepsOf(place: Place): Steps | undefined {
  const steps: number[] = [];
  if (isAny(place, ['internet', 'guest', 'corporate', 'physec', 'dmz'])) steps.push(0);
  if (place.kinds.has('transfer')) steps.push(1);
  if (place.kinds.has('dataio')) steps.push(2);
  if (isAny(place, ['production', 'render', 'storage', 'enclave', 'vault'])) steps.push(3);
  if (steps.length === 0) return undefined;
  return { outermost: Math.min(...steps), innermost: Math.max(...steps) };
}

/** How many steps lie between two places; one is the next. */
function gap(a: Steps, b: Steps): number {
  return Math.max(a.outermost - b.innermost, b.outermost - a.innermost, 0);
}

function* pastAStep(crossing: Crossing, ground: Ground): Iterable<Breach> {
  if (!carriesContent(crossing)) return;
  const { from, to } = crossing;
  const [a, b] = [stepsOf(from), stepsOf(to)];
  if (a !== undefined && b !== undefined && gap(a, b) > 1) {
    const next = 'Lead it over data I/O and transfer.';
    yield { crossing, says: `${named(crossing)} joins ${from.name} and ${to.name} without the steps between.`, next };
  }
  const between = a === undefined ? from : b === undefined ? to : undefined;
  const outer = a ?? b;
  if (between === undefined || outer === undefined) return;
  const around = neighboursOf(ground).get(between);
  if (around === undefined || around.innermost - outer.innermost < 2) return;
  yield {
    crossing,
    tag: 'around',
    says: `${named(crossing)} is part of a way around data I/O and transfer, by ${between.name}.`,
    next: `Declare it for what it is (core service, proxy, administration), or take it away.`,
  };
}

function carriesContent(crossing: Crossing): boolean {
  const { rule, from, to } = crossing;
  if (rule.kind === 'exposure') return true;
  if (rule.kind === 'path') return !isFromBroker(crossing) && !isFromManagement(crossing);
  switch (rule.flow.class) {
    case 'core-service':
      return !to.kinds.has('core');
    case 'admin':
      return !isFromManagement(crossing);
    case 'broker':
      return !isFromBroker(crossing);
    case 'proxy':
      if (isContent(from) && !to.kinds.has('internet')) return true; // a seat is no proxy; what it says to the internet is I4's
      return rule.flow.from.kind !== 'host' && rule.flow.to.kind !== 'network';
    case 'standard':
    case 'pull':
    case 'share':
      return true;
  }
}

const neighbourhoods = new WeakMap<Ground, ReadonlyMap<Place, Steps>>();

/** For each place that is no step itself (core, management): the steps that content rules join through it and its likes. */
function neighboursOf(ground: Ground): ReadonlyMap<Place, Steps> {
  let found = neighbourhoods.get(ground);
  if (found === undefined) neighbourhoods.set(ground, (found = findNeighbours(ground)));
  return found;
}

function findNeighbours({ crossings }: Ground): ReadonlyMap<Place, Steps> {
  const around = new Map<Place, Steps>();
  const joined: (readonly [Place, Place])[] = [];
  for (const { from, to } of crossings.filter((crossing) => joinsBetween(crossing))) {
    const [a, b] = [stepsOf(from), stepsOf(to)];
    if (a !== undefined) widen(around, to, a);
    else if (b !== undefined) widen(around, from, b);
    else joined.push([from, to], [to, from]);
  }
  for (let isWider = true, rounds = 0; isWider && rounds <= joined.length; rounds += 1) {
    isWider = false;
    for (const [from, to] of joined) {
      const steps = around.get(from);
      if (steps !== undefined && widen(around, to, steps)) isWider = true;
    }
  }
  return around;
}

/** Whether that changed anything. */
function widen(around: Map<Place, Steps>, place: Place, { outermost, innermost }: Steps): boolean {
  const known = around.get(place);
  const wider = {
    outermost: Math.min(known?.outermost ?? outermost, outermost),
    innermost: Math.max(known?.innermost ?? innermost, innermost),
  };
  around.set(place, wider);
  return wider.outermost !== known?.outermost || wider.innermost !== known.innermost;
}

/** Whether a rule that may carry content starts or ends at a place that is no step of the way. */
export function joinsBetween(crossing: Crossing): boolean {
  const { from, to } = crossing;
  return carriesContent(crossing) && (stepsOf(from) === undefined || stepsOf(to) === undefined);
}

function* foldedZones({ zones, places }: Ground): Iterable<Breach> {
  for (const zone of zones) {
    const place = places.get(zone.id);
    const steps = place === undefined ? undefined : stepsOf(place);
    if (steps === undefined || steps.innermost < 3 || steps.outermost === 3) continue;
    const says = `${zone.name} holds pictures and is ${steps.outermost === 0 ? 'part of the outside' : 'a step of the way out'} at once.`;
    yield { zone, says, next: 'Give production a zone of its own.' };
  }
}
