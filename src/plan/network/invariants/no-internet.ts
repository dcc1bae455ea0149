/** I4: where pictures lie, nothing starts or ends at the internet, not even through a host in between that goes out freely. */
import { both, isNowhere } from '#plan/network/address-set.ts';
import type { Crossing, Ground } from '#plan/network/invariants/ground.ts';
import { isContent } from '#plan/network/invariants/ground.ts';
import type { Breach, Invariant } from '#plan/network/invariants/invariant.ts';
import { named } from '#plan/network/invariants/invariant.ts';

export const noInternet: Invariant = {
  id: 'I4',
  controls: ['TS-2.8'],
  title: 'Production, render, storage and enclaves have no way to or from the internet except through a proxy',
  asksForKinds: true,
  assumptions: ['A proxy or mirror lets through only the places on its own list: a gateway does not see their names.'],
  whole: (ground) => openProxies(ground),
  crossing: directOrThrough,
};

function* directOrThrough(crossing: Crossing, ground: Ground): Iterable<Breach> {
  const { from, to } = crossing;
  const isDirect = (isContent(from) && to.kinds.has('internet')) || (from.kinds.has('internet') && isContent(to));
  if (isDirect) {
    const next = 'Use a mirror or proxy in the core, or record an exception with an owner and an end.';
    yield { crossing, says: `${named(crossing)} joins content and the internet.`, next };
    return;
  }
  if (!isContent(from) || to.kinds.has('transfer')) return; // content's own way out is I5's
  for (const out of freeWaysOut(ground)) {
    if (isNowhere(both(crossing.destination, out.source))) continue;
    yield {
      crossing,
      tag: out.rule.id,
      says: `${named(crossing)} reaches what goes out freely: ${named(out)}.`,
      next: 'Declare the way out as a proxy, from a named host, or take it away.',
    };
  }
}

const ways = new WeakMap<Ground, readonly Crossing[]>();

/** Standing rules to the internet that are no proxy's. */
function freeWaysOut(ground: Ground): readonly Crossing[] {
  let out = ways.get(ground);
  if (out === undefined) ways.set(ground, (out = ground.crossings.filter((one) => isFreeWayOut(one))));
  return out;
}

function isFreeWayOut({ rule, from, to }: Crossing): boolean {
  return to.kinds.has('internet') && !isContent(from) && rule.kind === 'flow' && rule.flow.class !== 'proxy';
}

/** A proxy is one machine that somebody keeps a list on, not a zone. */
function* openProxies({ crossings }: Ground): Iterable<Breach> {
  for (const crossing of crossings) {
    const { rule, to } = crossing;
    if (rule.kind !== 'flow' || rule.flow.class !== 'proxy' || !to.kinds.has('internet')) continue;
    if (rule.flow.from.kind === 'host' || rule.flow.to.kind === 'network') continue;
    const says = `${named(crossing)} calls itself a proxy and lets a whole zone reach the whole internet.`;
    yield { crossing, says, next: 'Name the proxy host, or the networks that it reaches.' };
  }
}
