/**
 * For each node the one that every way from it to the targets must pass first: immediate dominators of the reversed graph, by the
 * iterative method of Cooper, Harvey and Kennedy.
 */
import type { PassageGraph } from './closure.ts';

/** Nodes that reach no target have no entry (-1); the nearest dominator of a target is `ROOT`. */
export interface DominatorTree {
  readonly parent: Int32Array;
  /** Nodes that reach a target, farthest first: a child stands before its parent. */
  readonly order: readonly number[];
}

export const ROOT = -2;
const NONE = -1;

interface Reverse {
  readonly first: Int32Array;
  readonly from: Int32Array;
}

export function reverseOf({ nodeCount, first, to }: PassageGraph): Reverse {
  const begin = new Int32Array(nodeCount + 1);
  for (const node of to) begin[node + 1] = (begin[node + 1] ?? 0) + 1;
  for (let n = 0; n < nodeCount; n += 1) begin[n + 1] = (begin[n + 1] ?? 0) + (begin[n] ?? 0);
  const next = begin.slice();
  const from = new Int32Array(to.length);
  for (let node = 0; node < nodeCount; node += 1) {
    for (let e = first[node] ?? 0; e < (first[node + 1] ?? 0); e += 1) {
      const target = to[e] ?? 0;
      from[next[target] ?? 0] = node;
      next[target] = (next[target] ?? 0) + 1;
    }
  }
  return { first: begin, from };
}

export function dominatorsTo(graph: PassageGraph, reverse: Reverse, targets: readonly number[]): DominatorTree {
  const order = postOrder(graph.nodeCount, reverse, targets);
  const rank = new Int32Array(graph.nodeCount).fill(NONE);
  order.forEach((node, i) => void (rank[node] = i));
  const parent = new Int32Array(graph.nodeCount).fill(NONE);
  for (const target of targets) parent[target] = ROOT;
  const isTarget = new Set(targets);

  /** The root ranks above every node; the walk climbs from the lower rank. */
  function meeting(a: number, b: number): number {
    let [x, y] = [a, b];
    while (x !== y) {
      if (x === ROOT || y === ROOT) return ROOT;
      if ((rank[x] ?? 0) < (rank[y] ?? 0)) x = parent[x] ?? ROOT;
      else y = parent[y] ?? ROOT;
    }
    return x;
  }

  for (let isChanged = true; isChanged;) {
    isChanged = false;
    for (let i = order.length - 1; i >= 0; i -= 1) {
      const node = order[i] ?? 0;
      if (isTarget.has(node)) continue;
      let best = NONE;
      for (let e = graph.first[node] ?? 0; e < (graph.first[node + 1] ?? 0); e += 1) {
        const next = graph.to[e] ?? 0;
        if (parent[next] === NONE) continue;
        best = best === NONE ? next : meeting(best, next);
      }
      if (best !== NONE && parent[node] !== best) {
        parent[node] = best;
        isChanged = true;
      }
    }
  }
  return { parent, order };
}

/** Depth first over the reversed graph from the targets; a node stands after everything that was found beyond it. */
function postOrder(nodeCount: number, { first, from }: Reverse, targets: readonly number[]): readonly number[] {
  const order: number[] = [];
  const cursor = new Int32Array(nodeCount).fill(NONE);
  const path: number[] = [];
  const enter = (node: number): void => {
    if (cursor[node] !== NONE) return;
    cursor[node] = first[node] ?? 0;
    path.push(node);
  };
  for (const target of targets) {
    enter(target);
    for (let node = path.at(-1); node !== undefined; node = path.at(-1)) {
      const e = cursor[node] ?? 0;
      if (e < (first[node + 1] ?? 0)) {
        cursor[node] = e + 1;
        enter(from[e] ?? 0);
      } else {
        path.pop();
        order.push(node);
      }
    }
  }
  return order;
}
