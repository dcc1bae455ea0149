/** Who may reach whom: exact answers over every packet and instant that a question speaks of. */
import { TIME_MAX } from '#model/limits.ts';
import type { Protocol, ServicePort } from '#model/network-shapes.ts';
import type { AddressSet } from '#plan/network/address-set.ts';
import { addressSet, prefixSet, without } from '#plan/network/address-set.ts';
import { boxesMeet, sharedBox, surplusBoxes } from '#plan/network/box.ts';
import type { BoxOf, Packet, Policy, Span } from '#plan/network/policy.ts';
import type { Family } from '#plan/network/port-box.ts';
import { portBoxes } from '#plan/network/port-box.ts';
import type { Point, SpanSet } from '#plan/network/span-set.ts';
import { witness } from '#plan/network/witness.ts';

/** A set of packets: from anywhere in one set to anywhere in another, on any of the ports, at any time of the span. */
export interface Region {
  readonly source: AddressSet;
  readonly destination: AddressSet;
  readonly ports: readonly ServicePort[];
  readonly time: Span;
}

/** Addresses or networks as text. What is left out is "any"; `at` left out is every instant. */
export interface Question {
  readonly from: string;
  readonly to: string;
  readonly protocol?: Protocol;
  readonly port?: number;
  readonly at?: number;
}

export interface Reach {
  readonly may: boolean;
  /** Every rule that lets some of it pass. */
  readonly because: readonly string[];
  /** One packet that passes. */
  readonly packet?: Packet;
  /** The last instant at which any of it passes; absent when nothing does. */
  readonly last?: number;
}

export const ANY_SERVICE: readonly ServicePort[] = [{ protocol: 'any' }];
export const ALWAYS: Span = { first: 0, last: TIME_MAX };

export function regionOf({ from, to, protocol = 'any', port, at }: Question): Region {
  const ports: ServicePort[] =
    port === undefined
      ? [{ protocol }]
      : (protocol === 'any' ? (['tcp', 'udp'] as const) : [protocol]).map((one) => ({
          protocol: one,
          first: port,
          last: port,
        }));
  return {
    source: prefixSet(from) ?? addressSet(from),
    destination: prefixSet(to) ?? addressSet(to),
    ports,
    time: at === undefined ? ALWAYS : { first: at, last: at },
  };
}

/** Whether any packet of the question may pass. */
export function mayReach(policy: Policy, question: Question): Reach {
  return reach(policy, regionOf(question));
}

export function reach(policy: Policy, region: Region): Reach {
  const { source, destination } = unquarantined(policy, region);
  const because = new Set<string>();
  let packet: Packet | undefined;
  let last = -1;
  const look = <N extends Point>(rules: readonly BoxOf<N>[], asked: readonly BoxOf<N>[]): void => {
    for (const rule of rules) {
      for (const part of asked) {
        const shared = sharedBox(rule, part);
        if (shared === undefined) continue;
        because.add(shared.because);
        last = Math.max(last, shared.time.last);
        packet ??= witness(shared);
      }
    }
  };
  look(policy.v4, regionBoxes(source.v4, destination.v4, region, 'v4'));
  look(policy.v6, regionBoxes(source.v6, destination.v6, region, 'v6'));
  if (packet === undefined) return { may: false, because: [] };
  return { may: true, because: [...because].sort(), packet, last };
}

/** A packet of the region that may not pass; `undefined` when all of it may. */
export function refusedPacket(policy: Policy, region: Region): Packet | undefined {
  const { source, destination } = unquarantined(policy, region);
  const held = (a: AddressSet, b: AddressSet) => ({ ...region, source: a, destination: b });
  const quarantined = [
    held(without(region.source, source), region.destination),
    held(region.source, without(region.destination, destination)),
  ];
  for (const part of quarantined) {
    const packet =
      firstWitness(regionBoxes(part.source.v4, part.destination.v4, part, 'v4')) ??
      firstWitness(regionBoxes(part.source.v6, part.destination.v6, part, 'v6'));
    if (packet !== undefined) return packet;
  }
  return (
    refusedOf(policy.v4, regionBoxes(source.v4, destination.v4, region, 'v4')) ??
    refusedOf(policy.v6, regionBoxes(source.v6, destination.v6, region, 'v6'))
  );
}

function refusedOf<N extends Point>(rules: readonly BoxOf<N>[], asked: readonly BoxOf<N>[]): Packet | undefined {
  for (const part of asked) {
    const left = surplusBoxes(
      part,
      rules.filter((rule) => boxesMeet(rule, part)),
    );
    const packet = firstWitness(left);
    if (packet !== undefined) return packet;
  }
  return undefined;
}

function firstWitness<N extends Point>(boxes: readonly BoxOf<N>[]): Packet | undefined {
  const box = boxes[0];
  return box === undefined ? undefined : witness(box);
}

function unquarantined(policy: Policy, { source, destination }: Region) {
  const held: AddressSet = { v4: policy.quarantined4, v6: policy.quarantined6 };
  return { source: without(source, held), destination: without(destination, held) };
}

/** A region as boxes of one family. */
export function regionBoxes<N extends Point>(
  sources: SpanSet<N>,
  destinations: SpanSet<N>,
  { ports, time }: Pick<Region, 'ports' | 'time'>,
  family: Family,
): readonly BoxOf<N>[] {
  const services = portBoxes(ports, family);
  return sources.flatMap((source) =>
    destinations.flatMap((destination) =>
      services.map(({ protocol, port }) => ({ source, destination, protocol, port, time, because: '' })),
    ),
  );
}
