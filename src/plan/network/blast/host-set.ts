/** Sets of hosts (and of projects) as bits: unions and intersections of thousands cost microseconds. */
export type BitSet = Uint32Array;

export function emptySet(size: number): BitSet {
  return new Uint32Array((size + 31) >>> 5);
}

export function has(set: BitSet, i: number): boolean {
  return (((set[i >>> 5] ?? 0) >>> (i & 31)) & 1) === 1;
}

export function put(set: BitSet, i: number): void {
  set[i >>> 5] = (set[i >>> 5] ?? 0) | (1 << (i & 31));
}

export function take(set: BitSet, i: number): void {
  set[i >>> 5] = (set[i >>> 5] ?? 0) & ~(1 << (i & 31));
}

export function join(into: BitSet, other: BitSet): void {
  for (let w = 0; w < into.length; w += 1) into[w] = (into[w] ?? 0) | (other[w] ?? 0);
}

export function meet(a: BitSet, b: BitSet): BitSet {
  return a.map((word, w) => word & (b[w] ?? 0));
}

export function isWithin(inner: BitSet, outer: BitSet): boolean {
  return inner.every((word, w) => (word & ~(outer[w] ?? 0)) === 0);
}

export function count(set: BitSet): number {
  let sum = 0;
  for (const word of set) {
    let v = word - ((word >>> 1) & 0x5555_5555);
    v = (v & 0x3333_3333) + ((v >>> 2) & 0x3333_3333);
    sum += (((v + (v >>> 4)) & 0x0f0f_0f0f) * 0x0101_0101) >>> 24;
  }
  return sum;
}

export function members(set: BitSet): readonly number[] {
  const found: number[] = [];
  set.forEach((word, w) => {
    for (let rest = word; rest !== 0; rest &= rest - 1) found.push((w << 5) + 31 - Math.clz32(rest & -rest));
  });
  return found;
}
