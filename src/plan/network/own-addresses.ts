/**
 * What the model says of packets that end at the gateway itself, whichever addresses it has: they are asked like all others where they come from
 * a network of the model or go to an address of one, because a machine answers on any link for any address that it has. Addresses that stand
 * for no host are reached by nobody then. To the machines of its own zone a declared host is a neighbour, and no gateway stands between them.
 */
import { TIME_MAX } from '#model/limits.ts';
import type { State } from '#model/state.ts';
import { addressPlan, isInternetZone, pointsOf, zoneAt, zoneSet } from '#plan/network/address-plan.ts';
import type { AddressSet } from '#plan/network/address-set.ts';
import { addressesSet, NOWHERE, uniteAll } from '#plan/network/address-set.ts';
import type { Link, Near } from '#plan/network/nft/rules.ts';
import type { BoxOf, Policy } from '#plan/network/policy.ts';
import { UDP } from '#plan/network/port-box.ts';
import type { Point, SpanSet } from '#plan/network/span-set.ts';
import { holds, meets, unite } from '#plan/network/span-set.ts';
import type { ZoneId } from '#std/ids.ts';

export interface OwnAddresses {
  /** From and to which packets are asked. */
  readonly asked: AddressSet;
  readonly near4: readonly Near<number>[];
  readonly near6: readonly Near<bigint>[];
}

export const NOBODY: OwnAddresses = { asked: NOWHERE, near4: [], near6: [] };

/** Every machine has such an address on every link, and no model names it (RFC 3927, RFC 4291 2.5.6). */
const LINK_LOCAL = addressesSet(['169.254.0.0/16', 'fe80::/10']);

const known = new WeakMap<State['hosts'], { readonly zones: State['zones']; readonly own: OwnAddresses }>();

export function ownAddresses({ zones, hosts }: State): OwnAddresses {
  const before = known.get(hosts);
  if (before?.zones === zones) return before.own;
  const own = makeOwn(zones, hosts);
  known.set(hosts, { zones, own });
  return own;
}

function makeOwn(zones: State['zones'], hosts: State['hosts']): OwnAddresses {
  const plan = addressPlan(zones);
  const inside = [...zones.values()].filter((zone) => !isInternetZone(zone)).map(({ id }) => id);
  const declared = new Map<ZoneId, { readonly v4: number[]; readonly v6: bigint[] }>();
  const all: { readonly v4: number[]; readonly v6: bigint[] } = { v4: [], v6: [] };
  for (const zone of inside) declared.set(zone, { v4: [], v6: [] });
  for (const host of hosts.values()) {
    for (const point of pointsOf(host)) {
      const zone = zoneAt(plan, point);
      for (const list of [all, zone === undefined ? undefined : declared.get(zone)]) {
        if (typeof point === 'bigint') list?.v6.push(point);
        else list?.v4.push(point);
      }
    }
  }
  const near = <N extends Point>(of: (zone: ZoneId) => readonly [SpanSet<N>, readonly N[]]): readonly Near<N>[] =>
    inside.flatMap((zone) => {
      const [sources, points] = of(zone);
      const destinations = unite(points.map((one) => ({ first: one, last: one })));
      return sources.flatMap((source) => destinations.map((destination) => ({ source, destination })));
    });
  return {
    asked: uniteAll([...inside.map((zone) => zoneSet(plan, zone)), singles(all), LINK_LOCAL]),
    near4: near((zone) => [zoneSet(plan, zone).v4, declared.get(zone)?.v4 ?? []]),
    near6: near((zone) => [zoneSet(plan, zone).v6, declared.get(zone)?.v6 ?? []]),
  };
}

function singles({ v4, v6 }: { readonly v4: readonly number[]; readonly v6: readonly bigint[] }): AddressSet {
  return {
    v4: v4.map((one) => ({ first: one, last: one })),
    v6: v6.map((one) => ({ first: one, last: one })),
  };
}

/** Whether a flow without an end lets somebody of this link use DHCP (RFC 2131) or DHCPv6 (RFC 8415): then the gateway hears requests, as server or relay. */
export function dhcpOf({ v4, v6 }: Pick<Policy, 'v4' | 'v6'>, link: AddressSet): Pick<Link, 'dhcp4' | 'dhcp6'> {
  return {
    ...(mayAsk(v4, link.v4, 67) ? { dhcp4: true } : {}),
    ...(mayAsk(v6, link.v6, 547) ? { dhcp6: true } : {}),
  };
}

function mayAsk<N extends Point>(boxes: readonly BoxOf<N>[], sources: SpanSet<N>, port: number): boolean {
  return boxes.some(
    (box) =>
      box.time.last >= TIME_MAX &&
      holds(box.protocol, UDP) &&
      holds(box.port, port) &&
      sources.some((source) => meets(source, box.source)),
  );
}
