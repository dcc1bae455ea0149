/** Every rule that lets something pass: a flow, a line of the external inventory, or the path of one live session, with its ends resolved. */
import type { FlowEnd, ServicePort } from '#model/network-shapes.ts';
import type { Exposure, Flow, NetworkService, OpenPath, State } from '#model/state.ts';
import { TIME_MAX } from '#model/limits.ts';
import { addressPlan, partOfZone, zoneSet } from '#plan/network/address-plan.ts';
import type { AddressPlan } from '#plan/network/address-plan.ts';
import type { AddressSet } from '#plan/network/address-set.ts';
import { NOWHERE, addressSet, addressesSet } from '#plan/network/address-set.ts';

interface Reach {
  readonly id: string;
  readonly source: AddressSet;
  readonly destination: AddressSet;
  readonly ports: readonly ServicePort[];
  /** The last instant at which it lets anything pass; `TIME_MAX` when no end is known. */
  readonly last: number;
}

export type Rule = Reach &
  (
    | { readonly kind: 'flow'; readonly flow: Flow; readonly service: NetworkService }
    | { readonly kind: 'exposure'; readonly exposure: Exposure; readonly service: NetworkService }
    | { readonly kind: 'path'; readonly path: OpenPath }
  );

/** What decides where a rule's ends are; unchanged parts are not read twice. */
type Parts = Pick<State, 'zones' | 'hosts'> & Pick<State['network'], 'services' | 'flows' | 'exposures'>;

const standing = new WeakMap<State['zones'], { readonly parts: Parts; readonly rules: readonly Rule[] }>();
const resolvedPaths = new WeakMap<OpenPath, Rule>();
const sortedPaths = new WeakMap<State['network']['paths'], readonly Rule[]>();

/** Flows and exposures in the order of their ids, ended ones included. */
export function standingRules(state: State): readonly Rule[] {
  const { zones, hosts } = state;
  const { services, flows, exposures } = state.network;
  const known = standing.get(zones);
  if (known !== undefined && isSame(known.parts, { zones, hosts, services, flows, exposures })) return known.rules;
  const plan = addressPlan(zones);
  const rules = [...flowRules(state, plan), ...exposureRules(state, plan)].sort(byId);
  standing.set(zones, { parts: { zones, hosts, services, flows, exposures }, rules });
  return rules;
}

function isSame(a: Parts, b: Parts): boolean {
  return a.hosts === b.hosts && a.services === b.services && a.flows === b.flows && a.exposures === b.exposures;
}

/** Paths of live sessions in the order of their ids. */
export function pathRules({ network: { paths } }: State): readonly Rule[] {
  let rules = sortedPaths.get(paths);
  if (rules === undefined) sortedPaths.set(paths, (rules = [...paths.values()].map(pathRule).sort(byId)));
  return rules;
}

export function rulesOf(state: State): readonly Rule[] {
  return [...standingRules(state), ...pathRules(state)];
}

function byId(a: Rule, b: Rule): number {
  return a.id < b.id ? -1 : a.id > b.id ? 1 : 0;
}

function* flowRules({ hosts, network: { flows, services } }: State, plan: AddressPlan): Iterable<Rule> {
  for (const flow of flows.values() as Iterable<Flow>) {
    const service = services.get(flow.service);
    if (service === undefined) continue; // the model lets no service go that a flow names
    const source = endSet(flow.from, hosts, plan);
    const destination = endSet(flow.to, hosts, plan);
    yield {
      kind: 'flow',
      id: flow.id,
      flow,
      service,
      source,
      destination,
      ports: service.ports,
      last: lastOf(flow.until),
    };
  }
}

function* exposureRules({ hosts, network: { exposures, services } }: State, plan: AddressPlan): Iterable<Rule> {
  for (const exposure of exposures.values() as Iterable<Exposure>) {
    const service = services.get(exposure.service);
    const host = hosts.get(exposure.host);
    if (service === undefined || host === undefined) continue; // the model lets neither go while a line names it
    const destination = addressesSet(host.addresses);
    const { id, until } = exposure;
    yield {
      kind: 'exposure',
      id,
      exposure,
      service,
      source: plan.internet,
      destination,
      ports: service.ports,
      last: lastOf(until),
    };
  }
}

function pathRule(path: OpenPath): Rule {
  const known = resolvedPaths.get(path);
  if (known !== undefined) return known;
  const { id, from, to, protocol, port, until } = path;
  const rule: Rule = {
    kind: 'path',
    id,
    path,
    source: addressSet(from),
    destination: addressSet(to),
    ports: [{ protocol, first: port, last: port }],
    last: until - 1,
  };
  resolvedPaths.set(path, rule);
  return rule;
}

function lastOf(until: number | undefined): number {
  return until === undefined ? TIME_MAX : until - 1;
}

/** The addresses of one end of a flow. */
export function endSet(end: FlowEnd, hosts: State['hosts'], plan: AddressPlan): AddressSet {
  switch (end.kind) {
    case 'zone':
      return zoneSet(plan, end.zone);
    case 'network':
      return partOfZone(plan, end.zone, end.cidr);
    case 'host': {
      const host = hosts.get(end.host);
      return host === undefined ? NOWHERE : addressesSet(host.addresses);
    }
  }
}
