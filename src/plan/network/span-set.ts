/** Sets of integers as sorted, disjoint, non-adjacent inclusive spans; the same algebra for IPv4 numbers and IPv6 bigints. */
import type { Span } from '#plan/network/policy.ts';

export type Point = number | bigint;
export type SpanSet<N extends Point = number> = readonly Span<N>[];

export function after<N extends Point>(n: N): N {
  return (typeof n === 'bigint' ? n + 1n : Number(n) + 1) as N; // the next of a kind is of that kind
}

export function before<N extends Point>(n: N): N {
  return (typeof n === 'bigint' ? n - 1n : Number(n) - 1) as N; // the previous of a kind is of that kind
}

/** Any spans, as a set: sorted, overlapping and touching ones joined. */
export function unite<N extends Point>(spans: readonly Span<N>[]): SpanSet<N> {
  if (spans.length < 2) return spans;
  const sorted = [...spans].sort((a, b) => (a.first < b.first ? -1 : a.first > b.first ? 1 : 0));
  const joined: { first: N; last: N }[] = [];
  for (const { first, last } of sorted) {
    const open = joined.at(-1);
    if (open === undefined || first > after(open.last)) joined.push({ first, last });
    else if (last > open.last) open.last = last;
  }
  return joined;
}

export function intersect<N extends Point>(a: SpanSet<N>, b: SpanSet<N>): SpanSet<N> {
  const both: Span<N>[] = [];
  for (let i = 0, j = 0; i < a.length && j < b.length;) {
    const [one, other] = [a[i] as Span<N>, b[j] as Span<N>]; // both within their arrays
    const first = one.first > other.first ? one.first : other.first;
    const last = one.last < other.last ? one.last : other.last;
    if (first <= last) both.push({ first, last });
    if (one.last < other.last) i += 1;
    else j += 1;
  }
  return both;
}

/** What is in `a` and not in `b`. */
export function subtract<N extends Point>(a: SpanSet<N>, b: SpanSet<N>): SpanSet<N> {
  if (b.length === 0) return a;
  const left: Span<N>[] = [];
  let j = 0;
  for (const { first, last } of a) {
    let from = first;
    while (j > 0 && (b[j - 1] as Span<N>).last >= from) j -= 1; // one of `b` may reach over several of `a`
    for (; j < b.length && from <= last; j += 1) {
      const hole = b[j] as Span<N>; // within its array
      if (hole.first > last) break;
      if (hole.last < from) continue;
      if (hole.first > from) left.push({ first: from, last: before(hole.first) });
      from = after(hole.last);
    }
    if (from <= last) left.push({ first: from, last });
  }
  return left;
}

export function meets<N extends Point>(a: Span<N>, b: Span<N>): boolean {
  return a.first <= b.last && b.first <= a.last;
}

export function holds<N extends Point>({ first, last }: Span<N>, n: N): boolean {
  return first <= n && n <= last;
}

/** Whether one of a sorted set's spans meets `span`: a binary search. */
export function touches<N extends Point>(spans: SpanSet<N>, { first, last }: Span<N>): boolean {
  let [low, high] = [0, spans.length - 1];
  while (low <= high) {
    const middle = (low + high) >>> 1;
    const span = spans[middle] as Span<N>; // within its array
    if (last < span.first) high = middle - 1;
    else if (first > span.last) low = middle + 1;
    else return true;
  }
  return false;
}
