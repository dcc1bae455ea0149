/** I9: an admin port is reached from the management zone or a bastion and from nowhere else, whatever the rule that reaches it is called. */
import type { ServicePort } from '#model/network-shapes.ts';
import { FORMER_ADMIN_DAYS } from '#model/limits.ts';
import type { State } from '#model/state.ts';
import { addressesSet, both, isNowhere } from '#plan/network/address-set.ts';
import type { Crossing, Ground } from '#plan/network/invariants/ground.ts';
import { isFromManagement, serviceOf } from '#plan/network/invariants/ground.ts';
import type { Breach, Invariant } from '#plan/network/invariants/invariant.ts';
import { named } from '#plan/network/invariants/invariant.ts';

export const managementPlanes: Invariant = {
  id: 'I9',
  controls: ['TS-2.6'],
  title: 'Management planes are reached only from the management zone',
  asksForKinds: true,
  assumptions: [
    `Admin ports are those that a flow names with a service of the management plane, or named in the last ${FORMER_ADMIN_DAYS} days.`,
  ],
  crossing: function* intoManagement(crossing: Crossing, ground: Ground, state: State, at: number): Iterable<Breach> {
    if (isFromManagement(crossing)) return;
    const { rule, to } = crossing;
    if (serviceOf(rule)?.plane === 'management') {
      yield { crossing, says: `${named(crossing)} reaches an admin port from ${crossing.from.name}.`, next: NEXT };
      return;
    }
    if (to.kinds.has('mgmt') && !to.kinds.has('core')) {
      yield { crossing, tag: 'zone', says: `${named(crossing)} reaches into the management zone.`, next: NEXT };
      return;
    }
    for (const plane of planes(ground)) {
      const ports = sharedPorts(rule.ports, plane.rule.ports);
      if (ports.length === 0 || isNowhere(both(crossing.destination, plane.destination))) continue;
      const says = `${named(crossing)} reaches the admin port that ${named(plane)} is for.`;
      yield { crossing, tag: plane.rule.id, ports, says, next: NEXT };
    }
    yield* intoFormer(crossing, state, at);
  },
};

const NEXT = 'Let it start from a bastion in the management zone.';

/** What was an admin port until lately is none because somebody took its flow away or called its service something else. */
function* intoFormer(crossing: Crossing, { network }: State, at: number): Iterable<Breach> {
  const { rule, destination } = crossing;
  if (rule.kind === 'path') return; // I7 judges paths, and nobody opens one by hand
  for (const { flow, service, networks, ports: former, until } of network.formerAdmin ?? []) {
    if (until <= at) continue;
    const ports = sharedPorts(rule.ports, former);
    if (ports.length === 0 || isNowhere(both(destination, addressesSet(networks)))) continue;
    const says = `${named(crossing)} reaches a port that was an admin's (${service}) until lately: it was relabelled or its flow removed.`;
    yield { crossing, tag: `former ${flow}`, ports, says, next: NEXT };
    return;
  }
}

const known = new WeakMap<Ground, readonly Crossing[]>();

function planes(ground: Ground): readonly Crossing[] {
  let found = known.get(ground);
  if (found === undefined) {
    found = ground.crossings.filter(({ rule }) => serviceOf(rule)?.plane === 'management');
    known.set(ground, found);
  }
  return found;
}

/** The ports that both name; `any` shares what the other has. */
function sharedPorts(a: readonly ServicePort[], b: readonly ServicePort[]): readonly ServicePort[] {
  return a.flatMap((one) => b.flatMap((other) => sharedPort(one, other)));
}

function sharedPort(a: ServicePort, b: ServicePort): readonly ServicePort[] {
  if (a.protocol === 'any') return [b];
  if (b.protocol === 'any') return [a];
  if (a.protocol !== b.protocol) return [];
  if (a.protocol !== 'tcp' && a.protocol !== 'udp') return [a];
  const first = Math.max(a.first ?? 0, b.first ?? 0);
  const last = Math.min(a.last ?? 65_535, b.last ?? 65_535);
  return first > last ? [] : [{ protocol: a.protocol, first, last }];
}
