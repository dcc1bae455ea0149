/** Whether two policies let pass exactly the same packets at exactly the same instants, and if not, what and how much one has beyond the other. */
import { NOTHING } from '#plan/network/diagram.ts';
import type { Packet, Policy } from '#plan/network/policy.ts';
import type { Space } from '#plan/network/policy-diagram.ts';
import { boxFrom4, cornerFrom6, diagramOf, isFull, makeSpace } from '#plan/network/policy-diagram.ts';
import { witness } from '#plan/network/witness.ts';

export interface Comparison {
  readonly equal: boolean;
  /** What only the first lets pass, and what only the second does. */
  readonly firstOnly: Excess;
  readonly secondOnly: Excess;
}

export interface Excess {
  /** How many packets, each at how many ms: the exact number of points. */
  readonly points: bigint;
  /** One of them; absent when there is none. */
  readonly packet?: Packet;
}

let shared: Space | undefined;

/** Sets are kept from one comparison to the next, because most of a policy is what it was a moment ago. */
function space(): Space {
  if (shared === undefined || isFull(shared)) shared = makeSpace();
  return shared;
}

export function equivalent(a: Policy, b: Policy): boolean {
  const sets = space();
  const [one, other] = [diagramOf(sets, a), diagramOf(sets, b)];
  return one.v4 === other.v4 && one.v6 === other.v6;
}

export function compare(a: Policy, b: Policy): Comparison {
  const sets = space();
  const [one, other] = [diagramOf(sets, a), diagramOf(sets, b)];
  const equal = one.v4 === other.v4 && one.v6 === other.v6;
  return { equal, firstOnly: excess(sets, one, other), secondOnly: excess(sets, other, one) };
}

function excess({ v4, v6 }: Space, a: { v4: number; v6: number }, b: { v4: number; v6: number }): Excess {
  const [more4, more6] = [v4.minus(a.v4, b.v4), v6.minus(a.v6, b.v6)];
  const points = v4.count(more4) + v6.count(more6);
  const [box4, box6] = [v4.some(more4), v6.some(more6)];
  if (more4 !== NOTHING && box4 !== undefined) return { points, packet: witness(boxFrom4(box4)) };
  return box6 === undefined ? { points } : { points, packet: witness(cornerFrom6(box6)) };
}
