/** Everything that can be reached at one instant, for every host and from outside. */
import type { HostId } from '#std/ids.ts';
import type { Policy } from '../policy.ts';
import { closureOf, directOf, graphOf } from './closure.ts';
import type { Content } from './content.ts';
import type { BitSet } from './host-set.ts';
import { emptySet, has, join, members, put } from './host-set.ts';
import type { Passage } from './passages.ts';
import { passagesAt } from './passages.ts';
import type { Roster } from './roster.ts';

/** Sets of hosts by number; the bit after the last host stands for the internet. */
export interface Snapshot {
  readonly at: number;
  readonly passages: readonly Passage[];
  readonly neighbours: readonly Passage[];
  readonly direct: readonly BitSet[];
  /** In any number of steps through the gateway. */
  readonly pivot: readonly BitSet[];
  /** In any number of steps, through the gateway or below it. */
  readonly anyWay: readonly BitSet[];
  readonly outside: { readonly direct: BitSet; readonly pivot: BitSet; readonly anyWay: BitSet };
}

export function snapshotAt(policy: Policy, roster: Roster, at: number): Snapshot {
  const passages = passagesAt(policy, roster, at);
  const neighbours = neighbourPassages(roster);
  const hostCount = roster.hosts.length;
  const graph = graphOf(hostCount, passages);
  const pivot = closureOf(graph);
  const anyWay = closureOf(graphOf(hostCount, [...passages, ...neighbours]));
  return {
    at,
    passages,
    neighbours,
    direct: directOf(graph),
    pivot,
    anyWay,
    outside: {
      direct: fromOutside(passages, hostCount, []),
      pivot: fromOutside(passages, hostCount, pivot),
      anyWay: fromOutside(passages, hostCount, anyWay),
    },
  };
}

/** Hosts of one zone reach one another below the gateway, whatever its rules say. */
function neighbourPassages(roster: Roster): readonly Passage[] {
  const zones = new Map<string, number[]>();
  roster.hosts.forEach(({ zone }, n) => {
    const hosts = zones.get(zone) ?? [];
    zones.set(zone, hosts);
    hosts.push(n);
  });
  return [...zones].flatMap(([because, hosts]) =>
    hosts.length < 2
      ? []
      : [{ because, sources: hosts, destinations: hosts, fromOutside: false, toOutside: false } satisfies Passage],
  );
}

function fromOutside(passages: readonly Passage[], hostCount: number, reach: readonly BitSet[]): BitSet {
  const set = emptySet(hostCount + 1);
  passages.forEach((passage, p) => {
    if (!passage.fromOutside) return;
    for (const host of passage.destinations) put(set, host);
    const known = reach[hostCount + p];
    if (known !== undefined) join(set, known);
  });
  return set;
}

/** The projects whose content lies on some host of a set. */
export function storedWithin(hosts: BitSet, content: Content): BitSet {
  return unionOver(hosts, content.stored, content.projects.length);
}

/** The projects that some host of a set hands out to whoever has the right. */
export function servedWithin(hosts: BitSet, content: Content): BitSet {
  return unionOver(hosts, content.served, content.projects.length);
}

/** Few hosts hold content and many are reached, so the few are asked. */
function unionOver(hosts: BitSet, sets: ReadonlyMap<number, BitSet>, size: number): BitSet {
  const union = emptySet(size);
  for (const [n, set] of sets) if (has(hosts, n)) join(union, set);
  return union;
}

export function idsOf(hosts: BitSet, roster: Roster): readonly HostId[] {
  return members(hosts).flatMap((n) => roster.hosts[n]?.id ?? []);
}
