/**
 * Why something does not pass, and the one change that would open it: a release from quarantine, one rule made wider in one respect, or one
 * new flow, with what that flow would break. The smallest change first.
 */
import type { FlowClass, FlowEnd, ServicePort } from '#model/network-shapes.ts';
import type { Flow, NetworkService } from '#model/network-state.ts';
import type { State } from '#model/state.ts';
import { DAY_MS, TIME_MAX } from '#model/limits.ts';
import { addressPlan } from '#plan/network/address-plan.ts';
import { both, isNowhere } from '#plan/network/address-set.ts';
import type { AddressSet } from '#plan/network/address-set.ts';
import { compilePolicy, quarantineSet } from '#plan/network/compile-policy.ts';
import { newlyBroken } from '#plan/network/guard.ts';
import { judge } from '#plan/network/invariants/judge.ts';
import type { Violation } from '#plan/network/invariants/invariant.ts';
import { portBoxes } from '#plan/network/port-box.ts';
import { reach } from '#plan/network/reach.ts';
import type { Rule } from '#plan/network/rule.ts';
import { endSet, rulesOf, shareRules } from '#plan/network/rule.ts';
import { meets } from '#plan/network/span-set.ts';
import type { FlowId, PersonId, QuarantineId, ServiceId } from '#std/ids.ts';

export interface Wish {
  readonly from: FlowEnd;
  readonly to: FlowEnd;
  readonly ports: readonly ServicePort[];
}

export type Remedy =
  | { readonly kind: 'release'; readonly quarantine: QuarantineId }
  /** The one respect in which this rule does not cover the wish. */
  | { readonly kind: 'widen'; readonly rule: string; readonly what: 'source' | 'destination' | 'ports' | 'time' }
  /** This share covers it: it passes while a person holds a session at the workstation. */
  | { readonly kind: 'open-share'; readonly rule: string }
  | { readonly kind: 'add-flow'; readonly class: FlowClass; readonly breaks: readonly Violation[] };

export interface WhyNot {
  /** Nothing of the wish passes at `at`. */
  readonly isClosed: boolean;
  /** Both ends are in one zone: the gateway does not stand between them. */
  readonly areNeighbours: boolean;
  readonly remedies: readonly Remedy[];
}

/** Near misses shown at most. */
export const REMEDIES_MAX = 8;

export function whyNot(state: State, wish: Wish, at: number): WhyNot {
  const plan = addressPlan(state.zones);
  const [source, destination] = [endSet(wish.from, state.hosts, plan), endSet(wish.to, state.hosts, plan)];
  const areNeighbours = zoneOfEnd(state, wish.from) === zoneOfEnd(state, wish.to);
  const region = { source, destination, ports: wish.ports, time: { first: at, last: at } };
  const isClosed = !reach(compilePolicy(state, at), region).may;
  if (!isClosed) return { isClosed, areNeighbours, remedies: [] };
  const held = holding(state, source, destination);
  if (held.length > 0) return { isClosed, areNeighbours, remedies: held };
  const shares = shareRules(state).filter(
    (rule) => rule.last >= at && isOpenable(rule, source, destination, wish.ports),
  );
  if (shares.length > 0)
    return { isClosed, areNeighbours, remedies: shares.map(({ id }) => ({ kind: 'open-share', rule: id }) as const) };
  const near = rulesOf(state).flatMap((rule) => nearMiss(rule, source, destination, wish.ports, at));
  return { isClosed, areNeighbours, remedies: [...near.slice(0, REMEDIES_MAX - 1), newFlow(state, wish, at)] };
}

function zoneOfEnd(state: State, end: FlowEnd) {
  return end.kind === 'host' ? state.hosts.get(end.host)?.zone : end.zone;
}

function holding(state: State, source: AddressSet, destination: AddressSet): readonly Remedy[] {
  return [...state.network.quarantines.values()].flatMap((quarantine) => {
    const set = quarantineSet(state, quarantine);
    const isHeld = !isNowhere(both(set, source)) || !isNowhere(both(set, destination));
    return isHeld ? [{ kind: 'release', quarantine: quarantine.id } as const] : [];
  });
}

function isOpenable(rule: Rule, source: AddressSet, destination: AddressSet, ports: readonly ServicePort[]): boolean {
  const isOnTheWay = !isNowhere(both(rule.source, source)) && !isNowhere(both(rule.destination, destination));
  return isOnTheWay && sharesPorts(rule.ports, ports);
}

/** A rule that would let some of it pass if it were wider in one respect. */
function nearMiss(
  rule: Rule,
  source: AddressSet,
  destination: AddressSet,
  ports: readonly ServicePort[],
  at: number,
): readonly Remedy[] {
  const misses = [
    isNowhere(both(rule.source, source)) ? 'source' : undefined,
    isNowhere(both(rule.destination, destination)) ? 'destination' : undefined,
    sharesPorts(rule.ports, ports) ? undefined : 'ports',
    rule.last < at ? 'time' : undefined,
  ] as const;
  const [what, ...more] = misses.filter((miss) => miss !== undefined);
  if (what === undefined || more.length > 0 || rule.kind === 'path') return [];
  return [{ kind: 'widen', rule: rule.id, what }];
}

function sharesPorts(a: readonly ServicePort[], b: readonly ServicePort[]): boolean {
  const others = portBoxes(b, 'v4');
  return portBoxes(a, 'v4').some((one) =>
    others.some((other) => meets(one.protocol, other.protocol) && meets(one.port, other.port)),
  );
}

/** Ids that no ledger holds: the flow lives in a question only. */
const ASKED = 'flw_asked' as FlowId;
const ASKED_SERVICE = 'svc_asked' as ServiceId;

/** The class under which a new flow breaks least; the first of equals. */
function newFlow(state: State, wish: Wish, at: number): Remedy {
  const before = judge(state, at);
  let best: { readonly class: FlowClass; readonly breaks: readonly Violation[] } | undefined;
  for (const flowClass of ['standard', 'core-service', 'admin', 'pull', 'proxy'] as const) {
    const breaks = newlyBroken(before, judge(withFlow(state, wish, flowClass, at), at));
    if (best === undefined || breaks.length < best.breaks.length) best = { class: flowClass, breaks };
    if (breaks.length === 0) break;
  }
  return { kind: 'add-flow', class: best?.class ?? 'standard', breaks: best?.breaks ?? [] };
}

function withFlow(state: State, { from, to, ports }: Wish, flowClass: FlowClass, at: number): State {
  const owner = ([...state.people.values()].find(({ standing }) => standing === 'active')?.id ?? '') as PersonId; // of a question only
  const plane = flowClass === 'admin' ? 'management' : 'data';
  const service: NetworkService = { id: ASKED_SERVICE, name: 'this service', plane, ports: [...ports] };
  const reviewBy = Math.min(at + DAY_MS, TIME_MAX);
  const flow: Flow = {
    id: ASKED,
    service: ASKED_SERVICE,
    from,
    to,
    class: flowClass,
    owner,
    reason: 'asked',
    reviewBy,
    addedAt: at,
  };
  const { network } = state;
  const [services, flows] = [network.services.set(ASKED_SERVICE, service), network.flows.set(ASKED, flow)];
  return { ...state, network: { ...network, services, flows } };
}
