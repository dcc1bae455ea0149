/** The algebra of boxes: what two share, what one has beyond others, and the same space as boxes that share nothing. */
import type { BoxOf, Span } from '#plan/network/policy.ts';
import type { Point } from '#plan/network/span-set.ts';
import { after, before, meets } from '#plan/network/span-set.ts';

export function boxesMeet<N extends Point>(a: BoxOf<N>, b: BoxOf<N>): boolean {
  return (
    meets(a.destination, b.destination) &&
    meets(a.source, b.source) &&
    meets(a.port, b.port) &&
    meets(a.protocol, b.protocol) &&
    meets(a.time, b.time)
  );
}

/** What both hold, because of the first; `undefined` when that is nothing. */
export function sharedBox<N extends Point>(a: BoxOf<N>, b: BoxOf<N>): BoxOf<N> | undefined {
  if (!boxesMeet(a, b)) return undefined;
  return {
    source: overlap(a.source, b.source),
    destination: overlap(a.destination, b.destination),
    protocol: overlap(a.protocol, b.protocol),
    port: overlap(a.port, b.port),
    time: overlap(a.time, b.time),
    because: a.because,
  };
}

function overlap<N extends Point>(a: Span<N>, b: Span<N>): Span<N> {
  return { first: a.first > b.first ? a.first : b.first, last: a.last < b.last ? a.last : b.last };
}

/** What of `box` no other holds, in disjoint boxes: at most two for each field of each other that it meets. */
export function surplusBoxes<N extends Point>(box: BoxOf<N>, others: readonly BoxOf<N>[]): readonly BoxOf<N>[] {
  let left: readonly BoxOf<N>[] = [box];
  for (const other of others) {
    if (left.length === 0) return left;
    if (boxesMeet(box, other)) left = left.flatMap((part) => cutOut(part, other));
  }
  return left;
}

/** `box` without `hole`. Time first and addresses last, so that what is left keeps whole address ranges where it can. */
function cutOut<N extends Point>(box: BoxOf<N>, hole: BoxOf<N>): readonly BoxOf<N>[] {
  if (!boxesMeet(box, hole)) return [box];
  const left: BoxOf<N>[] = [];
  let rest = box;
  for (const time of beside(rest.time, hole.time)) left.push({ ...rest, time });
  rest = { ...rest, time: overlap(rest.time, hole.time) };
  for (const protocol of beside(rest.protocol, hole.protocol)) left.push({ ...rest, protocol });
  rest = { ...rest, protocol: overlap(rest.protocol, hole.protocol) };
  for (const port of beside(rest.port, hole.port)) left.push({ ...rest, port });
  rest = { ...rest, port: overlap(rest.port, hole.port) };
  for (const source of beside(rest.source, hole.source)) left.push({ ...rest, source });
  rest = { ...rest, source: overlap(rest.source, hole.source) };
  for (const destination of beside(rest.destination, hole.destination)) left.push({ ...rest, destination });
  return left;
}

function beside<N extends Point>(span: Span<N>, hole: Span<N>): readonly Span<N>[] {
  const sides: Span<N>[] = [];
  if (span.first < hole.first) sides.push({ first: span.first, last: before(hole.first) });
  if (span.last > hole.last) sides.push({ first: after(hole.last), last: span.last });
  return sides;
}

/** How many packets and instants (in ms) a box holds. */
export function boxVolume<N extends Point>({ source, destination, protocol, port, time }: BoxOf<N>): bigint {
  return spanSize(source) * spanSize(destination) * spanSize(protocol) * spanSize(port) * spanSize(time);
}

function spanSize({ first, last }: Span<Point>): bigint {
  return BigInt(last) - BigInt(first) + 1n;
}
