/**
 * Flows under way beside what the model allows. The log of refused packets has limits and may not be heard at all; connection tracking lists what
 * was answered, whoever allowed it.
 *
 * Where refusals refuse, an answered flow outside the policy is one that is left in the table from before (its packets are refused by now), or
 * one that got by the rules. A grant's mark tells of the first; so does each of its connections having been there at the first look under these rules.
 */
import { nameOf, wouldRefuse } from './seen-packets.ts';
import type { DataOf } from '#model/events.ts';
import type { State } from '#model/state.ts';
import { addressPlan, pointOf, zoneAt } from '#plan/network/address-plan.ts';
import type { BoxIndex } from '#plan/network/box-index.ts';
import { indexBoxes, meeting } from '#plan/network/box-index.ts';
import { compilePolicy } from '#plan/network/compile-policy.ts';
import { ownAddresses } from '#plan/network/own-addresses.ts';
import type { Policy } from '#plan/network/policy.ts';
import type { Point, SpanSet } from '#plan/network/span-set.ts';
import { touches } from '#plan/network/span-set.ts';
import type { SeenFlow } from '#ports/warden.ts';

type Found = DataOf<'network.found'>;

export interface StrayFlows {
  /** Findings of one look; whoever tells them bounds how many. */
  among(state: State, flows: readonly SeenFlow[], at: number): readonly Found[];
}

export function createStrayFlows(): StrayFlows {
  /** Under the rules that refuse since then. */
  let left: { readonly since: number; readonly ids: ReadonlySet<string> } | undefined;
  return {
    among(state, flows, at) {
      const { mode, modeSince } = state.network;
      const outside = flowsOutside(state, flows, at);
      if (mode !== 'enforce') {
        left = undefined;
        return outside.map((flow) => wouldRefuse(state, flow));
      }
      const unmarked = outside.filter(({ isMarked }) => !isMarked);
      const known = left?.since === modeSince ? left.ids : new Set(unmarked.flatMap(({ ids }) => ids));
      left = { since: modeSince, ids: new Set(unmarked.flatMap(({ ids }) => ids.filter((id) => known.has(id)))) };
      return unmarked.filter(({ ids }) => ids.some((id) => !known.has(id))).map((flow) => gotBy(state, flow));
    },
  };
}

/** Answered, between places that the gateway stands between, and allowed by nothing. */
export function flowsOutside(state: State, flows: readonly SeenFlow[], at: number): readonly SeenFlow[] {
  const policy = compilePolicy(state, at);
  const [v4, v6] = [indexBoxes(policy.v4), indexBoxes(policy.v6)];
  const { asked } = ownAddresses(state);
  const plan = addressPlan(state.zones);
  return flows.filter((flow) => {
    const [from, to] = [pointOf(flow.from), pointOf(flow.to)];
    if (from === undefined || to === undefined || typeof from !== typeof to) return false;
    const zone = zoneAt(plan, from);
    if (zone !== undefined && zone === zoneAt(plan, to)) return false; // neighbours
    if (isHeld(policy, from) || isHeld(policy, to)) return false; // what quarantine stopped stays in the table for days
    if (!isWithin(asked, from) && !isWithin(asked, to)) return false; // nothing of the model
    return typeof from === 'bigint'
      ? !isAllowed(v6, from, to as bigint, flow, at) // of one family
      : !isAllowed(v4, from, to as number, flow, at); // of one family
  });
}

function isAllowed<N extends Point>(index: BoxIndex<N>, from: N, to: N, flow: SeenFlow, at: number): boolean {
  const number = NUMBERS.get(flow.protocol) ?? Number(/^ip-proto-(\d+)$/.exec(flow.protocol)?.[1] ?? 255);
  const one = <M extends Point>(n: M) => ({ first: n, last: n });
  const box = { source: one(from), destination: one(to), protocol: one(number), port: one(flow.port ?? 0) };
  return meeting(index, { ...box, time: one(at), because: '' }).length > 0;
}

/** As connection tracking names them (IANA numbers). */
const NUMBERS: ReadonlyMap<string, number> = new Map([
  ['icmp', 1],
  ['tcp', 6],
  ['udp', 17],
  ['dccp', 33],
  ['gre', 47],
  ['esp', 50],
  ['icmpv6', 58],
  ['sctp', 132],
  ['udplite', 136],
]);

function isHeld({ quarantined4, quarantined6 }: Policy, point: Point): boolean {
  return isWithin({ v4: quarantined4, v6: quarantined6 }, point);
}

function isWithin({ v4, v6 }: { readonly v4: SpanSet; readonly v6: SpanSet<bigint> }, point: Point): boolean {
  return typeof point === 'bigint'
    ? touches(v6, { first: point, last: point })
    : touches(v4, { first: point, last: point });
}

function gotBy(state: State, flow: SeenFlow): Found {
  const found = wouldRefuse(state, flow);
  const [source, target] = [nameOf(state, flow.from), nameOf(state, flow.to)];
  const what = flow.port === undefined ? flow.protocol : `${flow.protocol} ${flow.port}`;
  return {
    ...found,
    finding: 'stray-flow',
    says: `${source} was answered by ${target} (${what}), and no flow allows it, although rules refuse.`.slice(0, 500),
    next: 'Look what else lets it by: offload, a bridge, another way between the networks. Quarantine the source if nobody knows it.',
  };
}
