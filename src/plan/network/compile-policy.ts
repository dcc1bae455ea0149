/**
 * From what the facility's model says to what may pass: rules become boxes, quarantines become addresses. The same state and instant give
 * the same policy, in the same order. A rule whose end cannot be resolved allows nothing.
 */
import { TIME_MAX } from '#model/limits.ts';
import type { Quarantine } from '#model/network-state.ts';
import type { Host, State } from '#model/state.ts';
import { addressesSet, uniteAll } from '#plan/network/address-set.ts';
import type { AddressSet } from '#plan/network/address-set.ts';
import type { Box4, Box6, BoxOf, Policy, Span } from '#plan/network/policy.ts';
import type { PortBox } from '#plan/network/port-box.ts';
import { portBoxes } from '#plan/network/port-box.ts';
import type { Rule } from '#plan/network/rule.ts';
import { rulesOf } from '#plan/network/rule.ts';
import type { Point, SpanSet } from '#plan/network/span-set.ts';

/** What may pass from `at` on, if nothing changes but the clock. */
export function compilePolicy(state: State, at: number): Policy {
  const { v4: quarantined4, v6: quarantined6 } = quarantinedSet(state);
  return { ...boxesFrom(rulesOf(state), at), quarantined4, quarantined6 };
}

/** What these rules let pass from `at` on. */
export function boxesFrom(rules: readonly Rule[], at: number): Pick<Policy, 'v4' | 'v6'> {
  const v4: Box4[] = [];
  const v6: Box6[] = [];
  for (const rule of rules) {
    if (rule.last < at) continue;
    for (const box of boxes4(rule, at)) v4.push(box);
    for (const box of boxes6(rule, at)) v6.push(box);
  }
  return { v4, v6 };
}

export function boxes4(rule: Rule, at: number): readonly Box4[] {
  return product(rule.source.v4, rule.destination.v4, portBoxes(rule.ports, 'v4'), rule, at);
}

export function boxes6(rule: Rule, at: number): readonly Box6[] {
  return product(rule.source.v6, rule.destination.v6, portBoxes(rule.ports, 'v6'), rule, at);
}

function product<N extends Point>(
  sources: SpanSet<N>,
  destinations: SpanSet<N>,
  ports: readonly PortBox[],
  { id, last }: Rule,
  at: number,
): readonly BoxOf<N>[] {
  const time: Span = { first: at, last };
  const boxes: BoxOf<N>[] = [];
  for (const source of sources) {
    for (const destination of destinations) {
      for (const { protocol, port } of ports) boxes.push({ source, destination, protocol, port, time, because: id });
    }
  }
  return boxes;
}

/** The addresses that are off the network. */
export function quarantinedSet(state: State): AddressSet {
  const { quarantines } = state.network;
  if (quarantines.size === 0) return { v4: [], v6: [] };
  return uniteAll([...quarantines.values()].map((quarantine) => quarantineSet(state, quarantine)));
}

/** A host: its addresses. A person: the hosts they own; a project: the hosts that carry nothing else; and the seats that either had. */
export function quarantineSet(state: State, { scope, seats }: Quarantine): AddressSet {
  switch (scope.kind) {
    case 'host':
      return addressesSet(state.hosts.get(scope.host)?.addresses ?? []);
    case 'person':
      return offNetwork(state, seats, ({ owner }) => owner === scope.person);
    case 'project':
      return offNetwork(state, seats, ({ projects }) => projects?.length === 1 && projects[0] === scope.project);
  }
}

function offNetwork(state: State, seats: readonly string[], isTheirs: (host: Host) => boolean): AddressSet {
  const hosts = [...state.hosts.values()].filter(isTheirs);
  return uniteAll([addressesSet(seats), ...hosts.map(({ addresses }) => addressesSet(addresses))]);
}

/** The first instant after `at` at which a rule ends by the clock. */
export function nextEnd(state: State, at: number): number | undefined {
  let next: number | undefined;
  for (const { last } of rulesOf(state)) {
    const end = last + 1;
    if (last < TIME_MAX && end > at && (next === undefined || end < next)) next = end;
  }
  return next;
}
