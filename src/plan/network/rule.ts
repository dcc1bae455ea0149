/** Every rule that lets something pass: a flow, a line of the external inventory, or the path of one live session, with its ends resolved. */
import type { FlowEnd, ServicePort } from '#model/network-shapes.ts';
import type { Exposure, Flow, NetworkService, OpenPath } from '#model/network-state.ts';
import type { Host, State } from '#model/state.ts';
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

/** `declared` are the standing ones, and the flows of shares, which let nothing pass by themselves. */
interface Resolution {
  readonly parts: Parts;
  readonly declared: readonly Rule[];
  readonly rules: readonly Rule[];
}

const standing = new WeakMap<State['zones'], Resolution>();
const resolvedPaths = new WeakMap<OpenPath, Rule>();
/** Of one set of paths: its rules in no order, in the order of their ids, and to look one up. */
interface PathRules {
  readonly all: readonly Rule[];
  sorted?: readonly Rule[];
  known?: ReadonlySet<Rule>;
}

const rulesOfPaths = new WeakMap<State['network']['paths'], PathRules>();

/** What lets something pass without anybody's session: flows and exposures in the order of their ids, ended ones included. */
export function standingRules(state: State): readonly Rule[] {
  return resolve(state).rules;
}

/**
 * The standing rules, and the flows of shares: what may come to pass with no further word of whoever declares flows. A share is judged as if
 * it stood open, since for whoever holds a session it does.
 */
export function declaredRules(state: State): readonly Rule[] {
  return resolve(state).declared;
}

/** Flows of shares: a session's paths come of them, nothing else does. */
export function shareRules(state: State): readonly Rule[] {
  const { declared, rules } = resolve(state);
  return declared === rules ? [] : declared.filter(isShare);
}

function isShare(rule: Rule): boolean {
  return rule.kind === 'flow' && rule.flow.class === 'share';
}

function resolve(state: State): Resolution {
  const { zones, hosts } = state;
  const { services, flows, exposures } = state.network;
  const known = standing.get(zones);
  if (known !== undefined && isSame(known.parts, { zones, hosts, services, flows, exposures })) return known;
  const plan = addressPlan(zones);
  const declared = [...flowRules(state, plan), ...exposureRules(state, plan)].sort(byId);
  const rules = declared.some(isShare) ? declared.filter((rule) => !isShare(rule)) : declared;
  const found = { parts: { zones, hosts, services, flows, exposures }, declared, rules };
  standing.set(zones, found);
  return found;
}

function isSame(a: Parts, b: Parts): boolean {
  return a.hosts === b.hosts && a.services === b.services && a.flows === b.flows && a.exposures === b.exposures;
}

function rulesOn(paths: State['network']['paths']): PathRules {
  let known = rulesOfPaths.get(paths);
  if (known === undefined) rulesOfPaths.set(paths, (known = { all: Array.from(paths.values(), pathRule) }));
  return known;
}

/** Paths of live sessions in the order of their ids. */
export function pathRules({ network: { paths } }: State): readonly Rule[] {
  const rules = rulesOn(paths);
  return (rules.sorted ??= rules.all.toSorted(byId));
}

/** Paths of live sessions in no order: for whoever asks each of them the same thing. */
export function eachPath(paths: State['network']['paths']): readonly Rule[] {
  return rulesOn(paths).all;
}

/** Paths that `after` has and `before` has not, in the order of their ids. */
export function newPaths(before: State, after: State): readonly Rule[] {
  const [was, is] = [before.network.paths, after.network.paths];
  if (was === is) return [];
  const rules = rulesOn(was);
  const known = (rules.known ??= new Set(rules.all));
  return eachPath(is)
    .filter((rule) => !known.has(rule))
    .sort(byId);
}

export function rulesOf(state: State): readonly Rule[] {
  return [...standingRules(state), ...pathRules(state)];
}

export function byId(a: Rule, b: Rule): number {
  return a.id < b.id ? -1 : a.id > b.id ? 1 : 0;
}

/** What one line's ends depend on, and the rule that it then is: the same object as long as nothing of this changes. */
interface Resolved {
  readonly zones: State['zones'];
  readonly from: Host | undefined;
  readonly to: Host | undefined;
  readonly service: NetworkService;
  readonly rule: Rule;
}

const resolved = new WeakMap<Flow | Exposure, Resolved>();

function* flowRules({ zones, hosts, network: { flows, services } }: State, plan: AddressPlan): Iterable<Rule> {
  for (const flow of flows.values() as Iterable<Flow>) {
    const service = services.get(flow.service);
    if (service === undefined) continue; // the model lets no service go that a flow names
    const [from, to] = [hostOf(flow.from, hosts), hostOf(flow.to, hosts)];
    const known = resolved.get(flow);
    if (known !== undefined && isCurrent(known, zones, from, to, service)) {
      yield known.rule;
      continue;
    }
    const rule: Rule = {
      kind: 'flow',
      id: flow.id,
      flow,
      service,
      source: endSet(flow.from, hosts, plan),
      destination: endSet(flow.to, hosts, plan),
      ports: service.ports,
      last: lastOf(flow.until),
    };
    resolved.set(flow, { zones, from, to, service, rule });
    yield rule;
  }
}

function hostOf(end: FlowEnd, hosts: State['hosts']): Host | undefined {
  return end.kind === 'host' ? hosts.get(end.host) : undefined;
}

function isCurrent(
  known: Resolved,
  zones: State['zones'],
  from: Host | undefined,
  to: Host | undefined,
  service: NetworkService,
): boolean {
  return known.zones === zones && known.from === from && known.to === to && known.service === service;
}

function* exposureRules({ zones, hosts, network: { exposures, services } }: State, plan: AddressPlan): Iterable<Rule> {
  for (const exposure of exposures.values() as Iterable<Exposure>) {
    const service = services.get(exposure.service);
    const host = hosts.get(exposure.host);
    if (service === undefined || host === undefined) continue; // the model lets neither go while a line names it
    const known = resolved.get(exposure);
    if (known !== undefined && isCurrent(known, zones, undefined, host, service)) {
      yield known.rule;
      continue;
    }
    const rule: Rule = {
      kind: 'exposure',
      id: exposure.id,
      exposure,
      service,
      source: plan.internet,
      destination: addressesSet(host.addresses),
      ports: service.ports,
      last: lastOf(exposure.until),
    };
    resolved.set(exposure, { zones, from: undefined, to: host, service, rule });
    yield rule;
  }
}

/** The rule that a path is, whatever zones and hosts there are. */
export function pathRule(path: OpenPath): Rule {
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
