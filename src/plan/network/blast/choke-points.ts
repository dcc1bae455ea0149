/**
 * Choke points: single hosts and single rules that every way from many hosts to much content passes. Taking one away (or guarding it
 * well) takes that exposure away; the gateway's ways count, neighbours below it do not.
 */
import type { HostId } from '#std/ids.ts';
import type { Survey } from './blast-radius.ts';
import { graphOf } from './closure.ts';
import type { PassageGraph } from './closure.ts';
import { ROOT, dominatorsTo, reverseOf } from './dominators.ts';
import type { DominatorTree } from './dominators.ts';
import { has } from './host-set.ts';

export const CHOKE_POINTS_SHOWN = 10;

export interface ChokePoint {
  readonly what:
    | { readonly kind: 'host'; readonly host: HostId }
    /** A flow, a line of the external inventory, or a path. */
    | { readonly kind: 'rule'; readonly rule: string };
  /** Other hosts that would lose a way to some content without it. */
  readonly hosts: number;
  /** Of everything stored, averaged over all hosts: how much of the facility's exposure passes here and nowhere else. */
  readonly share: number;
}

/** By the exposure that each carries alone, most first. */
export function chokePoints(survey: Survey, shown = CHOKE_POINTS_SHOWN): readonly ChokePoint[] {
  const { roster, now } = survey;
  const hostCount = roster.hosts.length;
  const graph = graphOf(hostCount, now.passages);
  const reverse = reverseOf(graph);
  const [hosts, shares] = [new Int32Array(graph.nodeCount), new Float64Array(graph.nodeCount)];
  for (const { targets, weight } of targetGroups(survey)) {
    const tree = dominatorsTo(graph, reverse, targets);
    tallyTree(graph, tree, new Set(targets), (node, count) => {
      hosts[node] = Math.max(hosts[node] ?? 0, count);
      shares[node] = (shares[node] ?? 0) + (weight * count) / Math.max(1, hostCount);
    });
  }
  const points = new Map<string, ChokePoint>();
  for (let node = 0; node < graph.nodeCount; node += 1) {
    if ((hosts[node] ?? 0) === 0) continue;
    const point = { what: whatOf(survey, node), hosts: hosts[node] ?? 0, share: shares[node] ?? 0 };
    const key = point.what.kind === 'host' ? point.what.host : point.what.rule;
    // A rule of several parts counts by its greatest: the others carry something beside it.
    if ((points.get(key)?.share ?? 0) < point.share) points.set(key, point);
  }
  const ranked = [...points].sort(([a, x], [b, y]) => y.share - x.share || y.hosts - x.hosts || (a < b ? -1 : 1));
  return ranked.slice(0, shown).map(([, point]) => point);
}

/** Projects that lie on the same hosts have the same ways to them. */
function targetGroups({ content }: Survey): readonly { readonly targets: number[]; readonly weight: number }[] {
  const groups = new Map<string, { readonly targets: number[]; weight: number }>();
  content.projects.forEach((_, project) => {
    const targets = [...content.stored].flatMap(([n, set]) => (has(set, project) ? [n] : []));
    if (targets.length === 0) return;
    const key = targets.join();
    const group = groups.get(key) ?? { targets, weight: 0 };
    group.weight += content.weights[project] ?? 0;
    groups.set(key, group);
  });
  return [...groups.values()];
}

/** How many hosts stand below each node in the tree; targets are what is protected, not what carries. */
function tallyTree(
  { hostCount, nodeCount }: PassageGraph,
  { parent, order }: DominatorTree,
  targets: ReadonlySet<number>,
  carry: (node: number, hosts: number) => void,
): void {
  const below = new Int32Array(nodeCount);
  for (const node of climbing(parent, order)) {
    const count = below[node] ?? 0;
    if (count > 0 && !targets.has(node)) carry(node, count);
    const up = parent[node] ?? ROOT;
    if (up >= 0) below[up] = (below[up] ?? 0) + count + (node < hostCount ? 1 : 0);
  }
}

/** Children before parents. */
function climbing(parent: Int32Array, order: readonly number[]): readonly number[] {
  const depth = new Int32Array(parent.length).fill(-1);
  const depthOf = (node: number): number => {
    const chain: number[] = [];
    let at = node;
    while (at >= 0 && (depth[at] ?? -1) < 0) {
      chain.push(at);
      at = parent[at] ?? ROOT;
    }
    let reached = at >= 0 ? (depth[at] ?? 0) : 0;
    for (const passed of chain.reverse()) depth[passed] = reached += 1;
    return depth[node] ?? 0;
  };
  return [...order].sort((a, b) => depthOf(b) - depthOf(a));
}

function whatOf({ roster, now }: Survey, node: number): ChokePoint['what'] {
  const host = roster.hosts[node];
  if (host !== undefined) return { kind: 'host', host: host.id };
  return { kind: 'rule', rule: now.passages[node - roster.hosts.length]?.because ?? '' };
}
