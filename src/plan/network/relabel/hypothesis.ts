/**
 * Rules that nobody has written, asked of the invariants: which of them would be refused between two places. What a label protects is what
 * these answers say, so a change of labels is weighed by the invariants themselves and not by a second list of what they mean.
 */
import { TIME_MAX } from '#model/limits.ts';
import type { FlowClass, FlowEnd, InvariantId, ServicePort } from '#model/network-shapes.ts';
import type { Exposure, Flow, NetworkService } from '#model/network-state.ts';
import type { Host, State } from '#model/state.ts';
import type { AddressSet } from '#plan/network/address-set.ts';
import type { Crossing, Ground, Place, Site } from '#plan/network/invariants/ground.ts';
import { CROSSED } from '#plan/network/invariants/judge.ts';
import type { Rule } from '#plan/network/rule.ts';

/** One side of a hypothetical rule: where it stands, and the machines that are declared there when it is about machines. */
export interface Side {
  readonly place: Place;
  readonly set: AddressSet;
  readonly hosts: readonly Host[] | undefined;
}

/** A kind of rule that could be written between two places. */
export type Shape =
  | { readonly kind: 'exposure' }
  | {
      readonly kind: 'flow';
      readonly class: FlowClass;
      readonly plane: NetworkService['plane'];
      /** From zone to zone on everything, or from host to host on one port. */
      readonly width: 'everything' | 'one-port';
    };

/** No invariant tells a share from a standard flow, so that one answers for both. */
const CLASSES: readonly FlowClass[] = ['standard', 'core-service', 'admin', 'broker', 'proxy', 'pull'];

export const SHAPES: readonly Shape[] = [
  ...CLASSES.flatMap((flowClass) =>
    (['data', 'management'] as const).flatMap((plane) =>
      (['one-port', 'everything'] as const).map((width): Shape => ({ kind: 'flow', class: flowClass, plane, width })),
    ),
  ),
  { kind: 'exposure' },
];

/** A place of its own, with no rule but the one that is asked about. */
export function bareGround(site: Site): Ground {
  return { ...site, site, crossings: [] };
}

/**
 * The invariants that refuse such a rule for certain; what cannot be judged counts as not refused. I1 looks at how wide a rule is, not at
 * labels, and is left out.
 */
export function refusing(crossing: Crossing, ground: Ground, state: State, at: number): readonly InvariantId[] {
  const isUndescribed = crossing.from.isUndescribed || crossing.to.isUndescribed;
  return CROSSED.flatMap(({ id, asksForKinds, crossing: judge }) => {
    if (id === 'I1' || (asksForKinds && isUndescribed)) return [];
    for (const breach of judge(crossing, ground, state, at)) if (breach.isDoubt !== true) return [id];
    return [];
  });
}

export function crossingOf(shape: Shape, from: Side, to: Side): Crossing {
  return {
    rule: ruleOf(shape, from.set, to.set),
    from: from.place,
    to: to.place,
    source: from.set,
    destination: to.set,
    fromHosts: from.hosts,
    toHosts: to.hosts,
  };
}

/** One that no invariant speaks of. */
const ONE_PORT: readonly ServicePort[] = [{ protocol: 'tcp', first: 8443, last: 8443 }];
const EVERYTHING: readonly ServicePort[] = [{ protocol: 'any' }];

function ruleOf(shape: Shape, source: AddressSet, destination: AddressSet): Rule {
  const ports = shape.kind === 'flow' && shape.width === 'everything' ? EVERYTHING : ONE_PORT;
  const plane = shape.kind === 'flow' ? shape.plane : 'data';
  const service = { name: 'any service', plane, ports } as unknown as NetworkService; // it has no id: no ledger holds it
  const base = { id: 'supposed', source, destination, ports, last: TIME_MAX, service };
  if (shape.kind === 'exposure') return { ...base, kind: 'exposure', exposure: {} as Exposure }; // invariants read its ends only
  const end = { kind: shape.width === 'everything' ? 'zone' : 'host' } as FlowEnd; // invariants read the kind of an end only
  return { ...base, kind: 'flow', flow: { from: end, to: end, class: shape.class } as Flow }; // and the class of a flow
}
