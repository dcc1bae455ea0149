/**
 * What can be reached in any number of steps, for every host at once: strongly connected parts (Tarjan) are condensed, and since they
 * complete in reverse topological order, each part's reach is the union of reaches that are known already.
 */
import type { BitSet } from './host-set.ts';
import { emptySet, has, join, put } from './host-set.ts';
import type { Passage } from './passages.ts';

/** Hosts first, passages after them. */
export interface PassageGraph {
  readonly hostCount: number;
  readonly nodeCount: number;
  /** Successors of node n: `to[first[n]]` up to `to[first[n + 1]]`. */
  readonly first: Int32Array;
  readonly to: Int32Array;
  /** Per node: whether it lets something out to the internet. */
  readonly out: Uint8Array;
}

export function graphOf(hostCount: number, passages: readonly Passage[]): PassageGraph {
  const nodeCount = hostCount + passages.length;
  const first = new Int32Array(nodeCount + 1);
  const out = new Uint8Array(nodeCount);
  passages.forEach(({ sources, destinations, toOutside }, p) => {
    for (const source of sources) first[source + 1] = (first[source + 1] ?? 0) + 1;
    first[hostCount + p + 1] = destinations.length;
    out[hostCount + p] = toOutside ? 1 : 0;
  });
  for (let n = 0; n < nodeCount; n += 1) first[n + 1] = (first[n + 1] ?? 0) + (first[n] ?? 0);
  const to = new Int32Array(first[nodeCount] ?? 0);
  const next = first.slice();
  passages.forEach(({ sources, destinations }, p) => {
    for (const source of sources) to[bump(next, source)] = hostCount + p;
    for (const destination of destinations) to[bump(next, hostCount + p)] = destination;
  });
  return { hostCount, nodeCount, first, to, out };
}

function bump(next: Int32Array, n: number): number {
  const at = next[n] ?? 0;
  next[n] = at + 1;
  return at;
}

/** For each node the hosts that it reaches; bit `hostCount` stands for the internet. Nodes of one part share one set. */
export function closureOf(graph: PassageGraph): readonly BitSet[] {
  const { hostCount, nodeCount, first, to, out } = graph;
  const reach: BitSet[] = [];
  const [order, low, cursor] = [new Int32Array(nodeCount), new Int32Array(nodeCount), new Int32Array(nodeCount)];
  const isOpen = new Uint8Array(nodeCount);
  const stack: number[] = [];
  const path: number[] = [];
  let clock = 0;

  function complete(root: number): void {
    const set = emptySet(hostCount + 1);
    const begin = stack.lastIndexOf(root);
    const part = stack.splice(begin);
    for (const node of part) isOpen[node] = 2;
    for (const node of part) {
      if (out[node] === 1) put(set, hostCount);
      for (let e = first[node] ?? 0; e < (first[node + 1] ?? 0); e += 1) addReach(set, to[e] ?? 0);
    }
    for (const node of part) {
      isOpen[node] = 0;
      reach[node] = set;
    }
  }

  /** A set that holds a host holds all that the host reaches, so it need not be joined twice. */
  function addReach(set: BitSet, node: number): void {
    const isHost = node < hostCount;
    if (isHost && has(set, node)) return;
    if (isHost) put(set, node);
    const known = isOpen[node] === 2 ? undefined : reach[node];
    if (known !== undefined) join(set, known);
  }

  function enter(node: number): void {
    clock += 1;
    order[node] = clock;
    low[node] = clock;
    cursor[node] = first[node] ?? 0;
    isOpen[node] = 1;
    stack.push(node);
    path.push(node);
  }

  function step(node: number): void {
    const e = cursor[node] ?? 0;
    if (e < (first[node + 1] ?? 0)) {
      cursor[node] = e + 1;
      const next = to[e] ?? 0;
      if (order[next] === 0) enter(next);
      else if (isOpen[next] === 1) low[node] = Math.min(low[node] ?? 0, order[next] ?? 0);
      return;
    }
    path.pop();
    const parent = path.at(-1);
    if (parent !== undefined) low[parent] = Math.min(low[parent] ?? 0, low[node] ?? 0);
    if (low[node] === order[node]) complete(node);
  }

  for (let node = 0; node < nodeCount; node += 1) {
    if (order[node] === 0) enter(node);
    for (let top = path.at(-1); top !== undefined; top = path.at(-1)) step(top);
  }
  return reach;
}

/** One step through the gateway, for each host; bit `hostCount` stands for the internet. */
export function directOf({ hostCount, first, to, out }: PassageGraph): readonly BitSet[] {
  return Array.from({ length: hostCount }, (_, host) => {
    const set = emptySet(hostCount + 1);
    for (let e = first[host] ?? 0; e < (first[host + 1] ?? 0); e += 1) {
      const passage = to[e] ?? 0;
      if (out[passage] === 1) put(set, hostCount);
      for (let d = first[passage] ?? 0; d < (first[passage + 1] ?? 0); d += 1) put(set, to[d] ?? 0);
    }
    return set;
  });
}
