/**
 * Which packets a lab sends. For each pair of zones, service, port beside a service, and family it sends one that the policy lets through, if
 * there is one, and one that it refuses, if there is one; everything that it lets through between any two machines; and then any packets between
 * anybody. The same seed gives the same packets.
 */
import type { Layout, Place } from './layout.ts';
import type { State } from '#model/state.ts';
import { addressSet } from '#plan/network/address-set.ts';
import type { BoxOf, Policy } from '#plan/network/policy.ts';
import { protocolSpan, TCP, UDP } from '#plan/network/port-box.ts';
import type { Point } from '#plan/network/span-set.ts';
import { holds } from '#plan/network/span-set.ts';

export type TriedProtocol = 'tcp' | 'udp' | 'icmp';

export interface Target {
  readonly protocol: TriedProtocol;
  /** 0 for ICMP. */
  readonly port: number;
}

export interface Probe extends Target {
  readonly from: Place;
  readonly to: Place;
}

export interface PlanOptions {
  readonly seed: number;
  /** Beyond those that every pair of zones gets. */
  readonly random: number;
}

/** What an attacker would try first, and the ends of the space. */
const USUAL = [1, 22, 3389, 5900, 65_535];
/** Packets that should pass, from anybody to anybody: everything that the policy lets through, up to so many. */
const PASSING_MAX = 4000;
export const PORTS_MAX = 150;

/** Ports of every service and live path, those beside them, and a few usual ones. */
export function portsOf({ network: { services, paths } }: State): readonly number[] {
  const ports = new Set(USUAL);
  for (const { ports: own } of services.values()) {
    for (const { protocol, first = 0, last = 65_535 } of own) {
      if (protocol !== 'tcp' && protocol !== 'udp') continue;
      for (const port of [first, last, first - 1, last + 1]) ports.add(port);
    }
  }
  for (const { port } of paths.values()) for (const one of [port, port + 1]) ports.add(one);
  return [...ports]
    .filter((port) => port > 0 && port <= 65_535)
    .slice(0, PORTS_MAX)
    .sort((a, b) => a - b);
}

/** Protocols that rules speak of and a lab cannot send. */
export function untried({ network: { services } }: State): readonly string[] {
  const all = [...services.values()].flatMap(({ ports }) => ports.map(({ protocol }) => protocol));
  return [...new Set(all)].filter((protocol) => protocol === 'esp');
}

export function planProbes(
  layout: Layout,
  policy: Policy,
  ports: readonly number[],
  { seed, random }: PlanOptions,
): readonly Probe[] {
  const targets = targetsOf(ports);
  const chance = seededChance(seed);
  const pairs = shuffled(pairsOf(layout.places), chance);
  return [...oneOfEach(pairs, targets, policy), ...anyOf(pairs, targets, random, chance)];
}

function targetsOf(ports: readonly number[]): readonly Target[] {
  const ported = ports.flatMap((port): Target[] => [
    { protocol: 'tcp', port },
    { protocol: 'udp', port },
  ]);
  return [...ported, { protocol: 'icmp', port: 0 }];
}

type Pair = readonly [from: Place, to: Place];

/** Between zones: what stays in one does not pass the gateway. */
function pairsOf(places: readonly Place[]): readonly Pair[] {
  return places.flatMap((from) =>
    places.flatMap((to): Pair[] => (from.family === to.family && from.zone !== to.zone ? [[from, to]] : [])),
  );
}

/**
 * To every address of the gateway itself, from every zone, by whatever link: everything that passes, and what an attacker would try first. What
 * the gateway sends by itself is asked by no rule, so it begins nothing here.
 */
export function gatewayProbes(
  { places, own }: Layout,
  policy: Policy,
  ports: readonly number[],
  seed: number,
): readonly Probe[] {
  const pairs = shuffled(
    places.flatMap((from) => own.flatMap((to): Pair[] => (from.family === to.family ? [[from, to]] : []))),
    seededChance(seed),
  );
  const known = new Set<string>();
  return pairs.flatMap(([from, to]) => {
    const boxes = boxesBetween(policy, from, to);
    return targetsOf(ports).flatMap((target): Probe[] => {
      const passes = boxes.some((box) => meetsTarget(box, target, from.family));
      const key = `${from.zone} ${to.address} ${target.protocol} ${target.port} ${passes}`;
      if (known.has(key) || (!passes && !USUAL.includes(target.port) && target.protocol !== 'icmp')) return [];
      known.add(key);
      return [{ from, to, ...target }];
    });
  });
}

/** One within each zone and family: neighbours reach each other whatever the policy says. */
export function neighbourProbes({ places }: Layout, port: number): readonly Probe[] {
  const known = new Set<string>();
  return places.flatMap((from) =>
    places.flatMap((to): Probe[] => {
      const key = `${from.zone} ${from.family}`;
      if (from.machine === to.machine || from.zone !== to.zone || from.family !== to.family || known.has(key))
        return [];
      known.add(key);
      return [{ from, to, protocol: 'tcp', port }];
    }),
  );
}

function oneOfEach(pairs: readonly Pair[], targets: readonly Target[], policy: Policy): readonly Probe[] {
  const known = new Set<string>();
  const probes: Probe[] = [];
  let passing = 0;
  for (const [from, to] of pairs) {
    const boxes = boxesBetween(policy, from, to);
    for (const target of targets) {
      const passes = boxes.some((box) => meetsTarget(box, target, from.family));
      const key = `${from.zone}>${to.zone} ${from.family} ${target.protocol} ${target.port} ${passes}`;
      if (passes) passing += 1;
      if (known.has(key) && (!passes || passing > PASSING_MAX)) continue;
      known.add(key);
      probes.push({ from, to, ...target });
    }
  }
  return probes;
}

function anyOf(
  pairs: readonly Pair[],
  targets: readonly Target[],
  count: number,
  chance: () => number,
): readonly Probe[] {
  if (pairs.length === 0) return [];
  return Array.from({ length: count }, () => {
    const [from, to] = pick(pairs, chance);
    return { from, to, ...pick(targets, chance) };
  });
}

function boxesBetween(policy: Policy, from: Place, to: Place): readonly BoxOf<Point>[] {
  const [source, target] = [pointOf(from), pointOf(to)];
  const boxes: readonly BoxOf<Point>[] = from.family === 4 ? policy.v4 : policy.v6;
  return boxes.filter((box) => holds(box.source, source) && holds(box.destination, target));
}

function meetsTarget({ protocol, port }: BoxOf<Point>, target: Target, family: 4 | 6): boolean {
  const number = numberOf(target.protocol, family);
  return holds(protocol, number) && (target.protocol === 'icmp' || holds(port, target.port));
}

function numberOf(protocol: TriedProtocol, family: 4 | 6): number {
  if (protocol === 'tcp') return TCP;
  return protocol === 'udp' ? UDP : protocolSpan('icmp', family === 4 ? 'v4' : 'v6').first;
}

function pointOf({ address }: Place): Point {
  const { v4, v6 } = addressSet(address);
  return v4[0]?.first ?? v6[0]?.first ?? 0;
}

function pick<T>(items: readonly T[], chance: () => number): T {
  return items[Math.floor(chance() * items.length)] as T; // within its array
}

function shuffled<T>(items: readonly T[], chance: () => number): readonly T[] {
  const all = [...items];
  for (let i = all.length - 1; i > 0; i -= 1) {
    const k = Math.floor(chance() * (i + 1));
    [all[i], all[k]] = [all[k] as T, all[i] as T]; // both within
  }
  return all;
}

/** Numbers in [0, 1), the same for the same seed: a linear congruential generator (Numerical Recipes). */
function seededChance(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}
