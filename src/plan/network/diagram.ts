/**
 * Interval decision diagrams: sets of points over ordered integer fields, one node for one set. A node splits one field into intervals and
 * gives each a child; neighbours with one child are joined and a field that decides nothing is left out, so two sets are equal exactly
 * when they are the same node. After Gouda and Liu's firewall decision diagrams, with nodes shared by hash.
 *
 * A field's values are integers from 0 to its maximum, below 2^53. Nodes live as long as their `Diagrams`; it holds at most `NODES_MAX`.
 */
import { assert } from '#std/assert.ts';

/** A node: 0 is the empty set, 1 is everything. */
export type Node = number;
export const NOTHING: Node = 0;
export const EVERYTHING: Node = 1;

/** First and last of one field, both included; one for each field, in their order. */
export type Interval = readonly [first: number, last: number];
export type IntervalBox = readonly Interval[];

export const NODES_MAX = 4_000_000;

type Operation = 'or' | 'and' | 'minus';
/** Two nodes as one key: ids stay below 2^26. */
const PAIR = 2 ** 26;

export class Diagrams {
  readonly #maxima: readonly number[];
  /** By node: its field, and where its intervals begin and end in the two arrays below. */
  #field = new Uint8Array(1024);
  #begin = new Uint32Array(1025);
  #cuts = new Float64Array(4096);
  #kids = new Uint32Array(4096);
  #size = 2;
  #table = new Int32Array(4096);
  readonly #done: Readonly<Record<Operation, Map<number, Node>>> = { or: new Map(), and: new Map(), minus: new Map() };
  readonly #counts = new Map<Node, bigint>();

  constructor(maxima: readonly number[]) {
    this.#maxima = maxima;
    this.#field[0] = this.#field[1] = maxima.length;
  }

  /** Nodes so far. */
  get size(): number {
    return this.#size;
  }

  or(a: Node, b: Node): Node {
    return this.#apply('or', a, b);
  }

  and(a: Node, b: Node): Node {
    return this.#apply('and', a, b);
  }

  minus(a: Node, b: Node): Node {
    return this.#apply('minus', a, b);
  }

  xor(a: Node, b: Node): Node {
    return this.or(this.minus(a, b), this.minus(b, a));
  }

  /** The union of boxes, in any order and overlapping as they may. */
  union(boxes: readonly IntervalBox[]): Node {
    const sorted = [...boxes].sort(compareBoxes);
    return this.#unite(sorted, 0, sorted.length);
  }

  #unite(boxes: readonly IntervalBox[], from: number, to: number): Node {
    if (from === to) return NOTHING;
    if (to - from === 1) return this.box(boxes[from] as IntervalBox); // within the array
    const middle = (from + to) >>> 1;
    return this.or(this.#unite(boxes, from, middle), this.#unite(boxes, middle, to));
  }

  box(box: IntervalBox): Node {
    let node = EVERYTHING;
    for (let field = box.length - 1; field >= 0; field -= 1) {
      const [first, last] = box[field] as Interval; // within the box
      const cuts = first > 0 ? [0, first] : [0];
      const kids = first > 0 ? [NOTHING, node] : [node];
      if (last < this.#max(field)) {
        cuts.push(last + 1);
        kids.push(NOTHING);
      }
      node = this.#make(field, cuts, kids);
    }
    return node;
  }

  has(node: Node, point: readonly number[]): boolean {
    let at = node;
    while (at > EVERYTHING) at = this.#childAt(at, point[this.#field[at] as number] as number); // a point has every field
    return at === EVERYTHING;
  }

  /** How many points a set holds. */
  count(node: Node): bigint {
    return this.#countFrom(node, 0);
  }

  /** Some box within the set; `undefined` for the empty one. */
  some(node: Node): IntervalBox | undefined {
    for (const box of this.boxes(node)) return box;
    return undefined;
  }

  /** The set as disjoint boxes. */
  *boxes(node: Node): Generator<IntervalBox> {
    if (node !== NOTHING) yield* this.#boxesFrom(node, []);
  }

  *#boxesFrom(node: Node, before: readonly Interval[]): Generator<IntervalBox> {
    const box = [...before];
    const field = this.#field[node] as number; // every node has one
    for (let i = box.length; i < field; i += 1) box.push([0, this.#max(i)]);
    if (node === EVERYTHING) yield box;
    if (node <= EVERYTHING) return;
    const end = this.#begin[node + 1] as number; // written with the node
    for (let i = this.#begin[node] as number; i < end; i += 1) {
      const child = this.#kids[i] as number; // within the node's intervals
      if (child === NOTHING) continue;
      const last = i + 1 < end ? (this.#cuts[i + 1] as number) - 1 : this.#max(field);
      yield* this.#boxesFrom(child, [...box, [this.#cuts[i] as number, last]]);
    }
  }

  #countFrom(node: Node, field: number): bigint {
    if (node === NOTHING) return 0n;
    const own = this.#field[node] as number; // every node has one
    let skipped = 1n;
    for (let i = field; i < own; i += 1) skipped *= BigInt(this.#max(i)) + 1n;
    return skipped * (node === EVERYTHING ? 1n : this.#countOwn(node, own));
  }

  #countOwn(node: Node, field: number): bigint {
    const known = this.#counts.get(node);
    if (known !== undefined) return known;
    const end = this.#begin[node + 1] as number; // written with the node
    let sum = 0n;
    for (let i = this.#begin[node] as number; i < end; i += 1) {
      const next = i + 1 < end ? (this.#cuts[i + 1] as number) : this.#max(field) + 1;
      sum += BigInt(next - (this.#cuts[i] as number)) * this.#countFrom(this.#kids[i] as number, field + 1);
    }
    this.#counts.set(node, sum);
    return sum;
  }

  #childAt(node: Node, value: number): Node {
    let low = this.#begin[node] as number; // written with the node
    let high = (this.#begin[node + 1] as number) - 1;
    while (low < high) {
      const middle = (low + high + 1) >>> 1;
      if ((this.#cuts[middle] as number) <= value) low = middle;
      else high = middle - 1;
    }
    return this.#kids[low] as number;
  }

  #apply(operation: Operation, a: Node, b: Node): Node {
    const trivial = settle(operation, a, b);
    if (trivial !== undefined) return trivial;
    const isOrdered = operation === 'minus' || a < b;
    const key = isOrdered ? a * PAIR + b : b * PAIR + a;
    const done = this.#done[operation];
    let node = done.get(key);
    if (node === undefined) done.set(key, (node = this.#merge(operation, a, b)));
    return node;
  }

  /** Walks the intervals of both side by side; a node that does not decide this field is one interval. */
  #merge(operation: Operation, a: Node, b: Node): Node {
    const [fieldA, fieldB] = [this.#field[a] as number, this.#field[b] as number]; // every node has one
    const field = Math.min(fieldA, fieldB);
    let i = fieldA === field ? (this.#begin[a] as number) : -1;
    let j = fieldB === field ? (this.#begin[b] as number) : -1;
    const endA = i < 0 ? 0 : (this.#begin[a + 1] as number);
    const endB = j < 0 ? 0 : (this.#begin[b + 1] as number);
    const cuts: number[] = [];
    const kids: number[] = [];
    for (let at = 0; at < Infinity;) {
      const kid = this.#apply(operation, i < 0 ? a : (this.#kids[i] as number), j < 0 ? b : (this.#kids[j] as number));
      if (kids.length === 0 || kids[kids.length - 1] !== kid) {
        cuts.push(at);
        kids.push(kid);
      }
      const nextA = i >= 0 && i + 1 < endA ? (this.#cuts[i + 1] as number) : Infinity;
      const nextB = j >= 0 && j + 1 < endB ? (this.#cuts[j + 1] as number) : Infinity;
      at = Math.min(nextA, nextB);
      if (nextA === at) i += 1;
      if (nextB === at) j += 1;
    }
    return this.#make(field, cuts, kids);
  }

  /** The one node for these intervals; neighbours must differ. */
  #make(field: number, cuts: readonly number[], kids: readonly Node[]): Node {
    if (kids.length === 1) return kids[0] as Node; // it has one
    const mask = this.#table.length - 1;
    for (let slot = hashOf(field, cuts, kids) & mask; ; slot = (slot + 1) & mask) {
      const node = this.#table[slot] as number; // the mask keeps it within
      if (node === 0) {
        this.#table[slot] = this.#size;
        return this.#append(field, cuts, kids);
      }
      if (this.#isNode(node, field, cuts, kids)) return node;
    }
  }

  #isNode(node: Node, field: number, cuts: readonly number[], kids: readonly Node[]): boolean {
    const begin = this.#begin[node] as number; // written with the node
    if (this.#field[node] !== field || (this.#begin[node + 1] as number) - begin !== cuts.length) return false;
    for (let i = 0; i < cuts.length; i += 1) {
      if (this.#cuts[begin + i] !== cuts[i] || this.#kids[begin + i] !== kids[i]) return false;
    }
    return true;
  }

  #append(field: number, cuts: readonly number[], kids: readonly Node[]): Node {
    const node = this.#size;
    assert(node < NODES_MAX, `a diagram holds at most ${NODES_MAX} nodes`);
    const begin = this.#begin[node] as number; // written with the node before
    this.#reserve(node + 2, begin + cuts.length);
    this.#field[node] = field;
    this.#cuts.set(cuts, begin);
    this.#kids.set(kids, begin);
    this.#begin[node + 1] = begin + cuts.length;
    this.#size += 1;
    if (this.#size * 2 > this.#table.length) this.#rehash();
    return node;
  }

  #reserve(nodes: number, intervals: number): void {
    if (nodes > this.#field.length) {
      this.#field = grown(this.#field, new Uint8Array(this.#field.length * 2));
      this.#begin = grown(this.#begin, new Uint32Array(this.#begin.length * 2));
    }
    let room = this.#cuts.length;
    while (room < intervals) room *= 2;
    if (room === this.#cuts.length) return;
    this.#cuts = grown(this.#cuts, new Float64Array(room));
    this.#kids = grown(this.#kids, new Uint32Array(room));
  }

  #rehash(): void {
    this.#table = new Int32Array(this.#table.length * 2);
    const mask = this.#table.length - 1;
    for (let node = 2; node < this.#size; node += 1) {
      const [begin, end] = [this.#begin[node] as number, this.#begin[node + 1] as number]; // written with the node
      const hash = hashOf(
        this.#field[node] as number,
        this.#cuts.subarray(begin, end),
        this.#kids.subarray(begin, end),
      );
      let slot = hash & mask;
      while (this.#table[slot] !== 0) slot = (slot + 1) & mask;
      this.#table[slot] = node;
    }
  }

  #max(field: number): number {
    return this.#maxima[field] as number; // fields are counted by the maxima
  }
}

/** What needs no walk. */
function settle(operation: Operation, a: Node, b: Node): Node | undefined {
  if (operation === 'minus') return settleMinus(a, b);
  if (a === b) return a;
  const [keeps, absorbs] = operation === 'or' ? [NOTHING, EVERYTHING] : [EVERYTHING, NOTHING];
  if (a === absorbs || b === absorbs) return absorbs;
  if (a === keeps) return b;
  return b === keeps ? a : undefined;
}

function settleMinus(a: Node, b: Node): Node | undefined {
  if (a === NOTHING || b === EVERYTHING || a === b) return NOTHING;
  return b === NOTHING ? a : undefined;
}

function grown<A extends Uint8Array | Uint32Array | Float64Array>(old: A, larger: A): A {
  larger.set(old);
  return larger;
}

function hashOf(field: number, cuts: ArrayLike<number>, kids: ArrayLike<number>): number {
  let hash = field + 1;
  for (let i = 0; i < cuts.length; i += 1) {
    const cut = cuts[i] as number; // within its array
    hash = Math.imul(hash ^ (cut | 0), 0x9e3779b1);
    hash = Math.imul(hash ^ ((cut / 4_294_967_296) | 0), 0x85ebca6b);
    hash = Math.imul(hash ^ (kids[i] as number), 0xc2b2ae35);
    hash ^= hash >>> 15;
  }
  return hash;
}

function compareBoxes(a: IntervalBox, b: IntervalBox): number {
  for (let i = 0; i < a.length; i += 1) {
    const [one, other] = [a[i] as Interval, b[i] as Interval]; // boxes have the same fields
    if (one[0] !== other[0]) return one[0] - other[0];
    if (one[1] !== other[1]) return one[1] - other[1];
  }
  return 0;
}
