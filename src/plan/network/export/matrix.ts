/**
 * The zone matrix that other people's machines are given: flows and the external inventory, each end with its prefixes. Paths
 * of live sessions and quarantines stay on the gateway: they change by the second, and nothing else ends them on time.
 */
import { isInternet } from '#model/addressing.ts';
import type { FlowClass, FlowEnd, ServicePort } from '#model/network-shapes.ts';
import type { State, Zone } from '#model/state.ts';
import { addressPlan, zoneSet } from '#plan/network/address-plan.ts';
import { EVERYWHERE, both, isNowhere, without } from '#plan/network/address-set.ts';
import type { Rule } from '#plan/network/rule.ts';
import { shareRules, standingRules } from '#plan/network/rule.ts';
import { TIME_MAX } from '#model/limits.ts';
import type { ZoneId } from '#std/ids.ts';
import type { Prefixes } from './prefixes.ts';
import { prefixesOf } from './prefixes.ts';

export interface MatrixZone {
  readonly id: ZoneId;
  readonly name: string;
  readonly prefixes: Prefixes;
  readonly link: string | undefined;
  readonly vlans: readonly number[];
}

export interface MatrixEnd {
  /** The same end has the same key. */
  readonly key: string;
  readonly name: string;
  readonly prefixes: Prefixes;
  /** Every address that no zone declares; prefixes are left out, machines say it as "any, but none of ours". */
  readonly isInternet: boolean;
}

/** One flow or line of the inventory from one zone to one zone; an end that spans zones is split. */
export interface MatrixRule {
  readonly id: string;
  /** `exposure`: a line of the external inventory. */
  readonly class: FlowClass | 'exposure';
  /** Undefined: the internet. */
  readonly fromZone: ZoneId | undefined;
  readonly toZone: ZoneId | undefined;
  readonly from: MatrixEnd;
  readonly to: MatrixEnd;
  readonly service: string;
  readonly serviceName: string;
  readonly ports: readonly ServicePort[];
  readonly reason: string;
  readonly until: number | undefined;
}

export interface Matrix {
  readonly at: number;
  readonly facility: string;
  /** Without the internet, by name. */
  readonly zones: readonly MatrixZone[];
  /** All networks of all zones. */
  readonly inside: Prefixes;
  readonly rules: readonly MatrixRule[];
  /** Flows of shares: no machine but the gateway opens them, and no list holds them. */
  readonly shares: readonly MatrixRule[];
  readonly notes: readonly string[];
}

export function matrixOf(state: State, at: number): Matrix {
  const plan = addressPlan(state.zones);
  const zones = [...state.zones.values()].filter((zone) => !isInternet(zone)).sort(byName);
  const live = standingRules(state).filter((rule) => rule.last >= at);
  const shared = shareRules(state).filter((rule) => rule.last >= at);
  const rowsFrom = (some: readonly Rule[]) => some.flatMap((rule) => rowsOf(state, rule, zones)).sort(byPlace);
  return {
    at,
    facility: state.facility?.name ?? '',
    zones: zones.map((zone) => ({
      id: zone.id,
      name: zone.name,
      prefixes: prefixesOf(zoneSet(plan, zone.id)),
      link: zone.link,
      vlans: zone.networks.flatMap(({ vlan }) => vlan ?? []),
    })),
    inside: prefixesOf(without(EVERYWHERE, plan.internet)),
    rules: rowsFrom(live),
    shares: rowsFrom(shared),
    notes: notesOf(state, live, shared, at),
  };
}

function byName(a: Zone, b: Zone): number {
  return compare(a.name, b.name) || compare(a.id, b.id);
}

/** The order of zones, then of rules: the same model gives the same text. */
function byPlace(a: MatrixRule, b: MatrixRule): number {
  return (
    compare(a.from.name, b.from.name) ||
    compare(a.to.name, b.to.name) ||
    compare(a.serviceName, b.serviceName) ||
    compare(a.id, b.id) ||
    compare(a.from.key, b.from.key) ||
    compare(a.to.key, b.to.key)
  );
}

function compare(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}

function rowsOf(state: State, rule: Rule, zones: readonly Zone[]): readonly MatrixRule[] {
  if (rule.kind === 'path') return [];
  const { service, id, ports, last } = rule;
  const [from, to] = [sidesOf(state, rule, 'from', zones), sidesOf(state, rule, 'to', zones)];
  const reason = rule.kind === 'flow' ? rule.flow.reason : rule.exposure.reason;
  return from.flatMap((source) =>
    to.map((destination) => ({
      id,
      class: rule.kind === 'flow' ? rule.flow.class : 'exposure',
      fromZone: source.zone,
      toZone: destination.zone,
      from: source.end,
      to: destination.end,
      service: service.id,
      serviceName: service.name,
      ports,
      reason,
      until: last === TIME_MAX ? undefined : last + 1,
    })),
  );
}

interface Side {
  readonly zone: ZoneId | undefined;
  readonly end: MatrixEnd;
}

type StandingRule = Exclude<Rule, { readonly kind: 'path' }>;

/** One side of a rule, split by the zones that its addresses lie in: a host with a foot in two zones has two sides. */
function sidesOf(state: State, rule: StandingRule, which: 'from' | 'to', zones: readonly Zone[]): readonly Side[] {
  const set = which === 'from' ? rule.source : rule.destination;
  const { key, name, isWhole } = namedEnd(state, rule, which);
  const plan = addressPlan(state.zones);
  const outside = both(set, plan.internet);
  const parts = zones
    .map((zone) => ({ zone, part: both(set, zoneSet(plan, zone.id)) }))
    .filter(({ part }) => !isNowhere(part));
  const isSplit = parts.length + (isNowhere(outside) ? 0 : 1) > 1;
  const sides: Side[] = parts.map(({ zone, part }) => {
    const split = isSplit ? { key: `${key} in ${zone.id}`, name: `${name} in ${zone.name}` } : { key, name };
    return { zone: zone.id, end: { ...split, prefixes: prefixesOf(part), isInternet: false } };
  });
  if (isNowhere(outside)) return sides;
  const beyond = isSplit ? { key: `${key} outside`, name: `${name} outside` } : { key, name };
  const end = isWhole ? INTERNET : { ...beyond, prefixes: prefixesOf(outside), isInternet: false };
  return [...sides, { zone: undefined, end }];
}

const INTERNET: MatrixEnd = { key: 'internet', name: 'internet', prefixes: { v4: [], v6: [] }, isInternet: true };

function namedEnd(state: State, rule: StandingRule, which: 'from' | 'to') {
  const end: FlowEnd | undefined = rule.kind === 'flow' ? rule.flow[which] : undefined;
  if (end === undefined && which === 'from') return { key: 'internet', name: 'internet', isWhole: true };
  const host = rule.kind === 'exposure' ? rule.exposure.host : end?.kind === 'host' ? end.host : undefined;
  if (host !== undefined) return { key: host, name: `host ${state.hosts.get(host)?.name ?? host}`, isWhole: false };
  if (end?.kind === 'network') return { key: `${end.zone} ${end.cidr}`, name: end.name, isWhole: false };
  const zone = end?.kind === 'zone' ? state.zones.get(end.zone) : undefined;
  return { key: zone?.id ?? '', name: zone?.name ?? '', isWhole: zone !== undefined && isInternet(zone) };
}

/** What no form of this matrix can hold. */
function notesOf(state: State, live: readonly Rule[], shared: readonly Rule[], at: number): readonly string[] {
  const { paths, quarantines } = state.network;
  const open = [...paths.values()].filter(({ until }) => until > at).length;
  const ending = live.filter(({ last }) => last !== TIME_MAX).length;
  return [
    ...(shared.length === 0
      ? []
      : [
          `${shared.length} ${shared.length === 1 ? 'share flow is' : 'share flows are'} not in here: a session opens them, on the gateway alone.`,
        ]),
    ...(open === 0 ? [] : [`${open} paths of live sessions stay on the gateway: they end by the second.`]),
    ...(quarantines.size === 0
      ? []
      : [`${quarantines.size} quarantines are not in here: only the gateway cuts what is under way.`]),
    ...(ending === 0 ? [] : [`${ending} rules end by a date; each is marked where it stands.`]),
  ];
}
