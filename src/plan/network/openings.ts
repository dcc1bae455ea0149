/** What one state lets pass and another does not, rule by rule, in words and numbers that a person can check. */
import { TIME_MAX } from '#model/limits.ts';
import type { State } from '#model/state.ts';
import { addressPlan } from '#plan/network/address-plan.ts';
import type { AddressPlan } from '#plan/network/address-plan.ts';
import { EVERYWHERE, both, isNowhere, renderSpan, uniteAll, without } from '#plan/network/address-set.ts';
import type { AddressSet } from '#plan/network/address-set.ts';
import { boxesFrom, compilePolicy, quarantinedSet } from '#plan/network/compile-policy.ts';
import type { Surplus } from '#plan/network/difference.ts';
import { surplusOf } from '#plan/network/difference.ts';
import type { Packet, Policy, Span } from '#plan/network/policy.ts';
import { DENY_ALL } from '#plan/network/policy.ts';
import { ANY_PROTOCOL, isPorted, protocolName } from '#plan/network/port-box.ts';
import type { Rule } from '#plan/network/rule.ts';
import { byId, declaredRules, eachPath, newPaths, shareRules, standingRules } from '#plan/network/rule.ts';
import { touches, unite } from '#plan/network/span-set.ts';
import type { ZoneId } from '#std/ids.ts';

export interface Opening {
  /** The flow, exposure or path that makes the difference. */
  readonly rule: string;
  /** Zones by id; `internet` for everything that none declares. At most `ENDS_SHOWN`. */
  readonly from: readonly End[];
  readonly to: readonly End[];
  /** `tcp 443`, `udp 33001-33004`, `icmp`, `any`. */
  readonly ports: readonly string[];
  readonly packet: Packet;
  /** The first instant at which it is over; absent when no end is known. */
  readonly until?: number;
}

export interface End {
  readonly zone: ZoneId | 'internet';
  /** Networks and addresses as text; at most `SPANS_SHOWN`. */
  readonly addresses: readonly string[];
  readonly more: number;
}

export const ENDS_SHOWN = 20;
export const SPANS_SHOWN = 12;

/** What newly passes after a change, and what no longer does. */
export function openings(before: State, after: State, at: number) {
  return { opens: newAccess(before, after, at), closes: newAccess(after, before, at) };
}

/** What newly opens from one state to the next. */
export function newAccess(before: State, after: State, at: number): readonly Opening[] {
  const { surplus } = surplusOf(...comparable(after, before, at));
  return told(surplus, addressPlan(after.zones));
}

/** What somebody may newly have opened by a session and could not before: nothing of it passes by itself. */
export function newShares(before: State, after: State, at: number): readonly Opening[] {
  const known = new Set(shareRules(before));
  const added = shareRules(after).filter((rule) => !known.has(rule));
  if (added.length === 0) return [];
  const policyOf = (rules: readonly Rule[]): Policy => ({ ...DENY_ALL, ...boxesFrom(rules, at) });
  const { surplus } = surplusOf(policyOf(added), policyOf(declaredRules(before)));
  return told(surplus, addressPlan(after.zones));
}

/**
 * Two policies that differ as those of the two states do, with fewer rules: a rule that is the same in both is left out, unless it meets
 * one that is not. With another quarantine every rule matters.
 */
function comparable(state: State, beyond: State, at: number): readonly [Policy, Policy] {
  if (state.network.quarantines !== beyond.network.quarantines || !isSameHosts(state, beyond)) {
    return [compilePolicy(state, at), compilePolicy(beyond, at)];
  }
  const changed = changedRules(state, beyond);
  if (changed.length === 0) return [DENY_ALL, DENY_ALL];
  const { v4: quarantined4, v6: quarantined6 } = quarantinedSet(state);
  const reach = uniteAll(changed.map(({ destination }) => destination));
  const paths = eachPath(beyond.network.paths).filter(({ destination }) => isMeeting(destination, reach));
  const standing = standingRules(beyond).filter(({ destination }) => isMeeting(destination, reach));
  const meeting = [...standing, ...paths.sort(byId)];
  const held = { quarantined4, quarantined6 };
  return [
    { ...boxesFrom(changed, at), ...held },
    { ...boxesFrom(meeting, at), ...held },
  ];
}

/** Hosts decide who a quarantine holds; without one they matter to rules only. */
function isSameHosts(a: State, b: State): boolean {
  return a.hosts === b.hosts || a.network.quarantines.isEmpty();
}

function changedRules(state: State, beyond: State): readonly Rule[] {
  const known = new Set(standingRules(beyond));
  const standing = standingRules(state).filter((rule) => !known.has(rule));
  return [...standing, ...newPaths(beyond, state)];
}

function isMeeting(a: AddressSet, b: AddressSet): boolean {
  return a.v4.some((span) => touches(b.v4, span)) || a.v6.some((span) => touches(b.v6, span));
}

/** What a policy lets pass beyond another, in the words of a facility's zones. */
export function excess(policy: Policy, beyond: Policy, zones: State['zones']): readonly Opening[] {
  return told(surplusOf(policy, beyond).surplus, addressPlan(zones));
}

function told(surplus: readonly Surplus[], plan: AddressPlan): readonly Opening[] {
  return [...Map.groupBy(surplus, ({ because }) => because)].map(([rule, parts]) => {
    const last = Math.max(...parts.map(({ box }) => box.time.last));
    return {
      rule,
      from: ends(setOf(parts, 'source'), plan),
      to: ends(setOf(parts, 'destination'), plan),
      ports: [...new Set(parts.map(({ box }) => portText(box.protocol, box.port)))],
      packet: (parts[0] as Surplus).packet, // a group has one
      ...(last >= TIME_MAX ? {} : { until: last + 1 }),
    };
  });
}

function setOf(parts: readonly Surplus[], field: 'source' | 'destination'): AddressSet {
  const v4: Span[] = [];
  const v6: Span<bigint>[] = [];
  for (const { box } of parts) {
    const { first, last } = box[field];
    if (typeof first === 'bigint' && typeof last === 'bigint') v6.push({ first, last });
    else if (typeof first === 'number' && typeof last === 'number') v4.push({ first, last });
  }
  return { v4: unite(v4), v6: unite(v6) };
}

function ends(set: AddressSet, plan: AddressPlan): readonly End[] {
  const found: End[] = [];
  let inside = EVERYWHERE;
  for (const [zone, addresses] of plan.of) {
    const part = both(set, addresses);
    if (!isNowhere(part)) found.push(endOf(zone, part));
    inside = without(inside, addresses);
  }
  const outside = both(set, inside);
  if (!isNowhere(outside)) found.push(endOf('internet', outside));
  return found.slice(0, ENDS_SHOWN);
}

function endOf(zone: End['zone'], { v4, v6 }: AddressSet): End {
  const all = [...v4.map(renderSpan), ...v6.map(renderSpan)];
  return { zone, addresses: all.slice(0, SPANS_SHOWN), more: Math.max(0, all.length - SPANS_SHOWN) };
}

function portText(protocol: Span, port: Span): string {
  if (protocol.first === ANY_PROTOCOL.first && protocol.last === ANY_PROTOCOL.last) return 'any';
  const name = protocolName(protocol.first);
  if (!isPorted(protocol.first)) return name;
  return port.first === port.last ? `${name} ${port.first}` : `${name} ${port.first}-${port.last}`;
}
