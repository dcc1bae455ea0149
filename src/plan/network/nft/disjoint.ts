/**
 * Overlapping boxes as pieces that do not overlap, because a map holds one answer for a key: the longest-lived box wins where several
 * cover the same packets. Each box is cut by those that outlive it, and what is left of it keeps its own mark.
 */
import type { Piece } from '#plan/network/nft/rules.ts';
import { STANDING_PIECES_MAX } from '#plan/network/nft/rules.ts';
import type { Span } from '#plan/network/policy.ts';
import type { Point } from '#plan/network/span-set.ts';
import { after, before, meets } from '#plan/network/span-set.ts';
import { Fault } from '#std/refused.ts';

type Space<N extends Point> = Omit<Piece<N>, 'mark'>;

/** `pieces` come longest-lived first. */
export function disjoint<N extends Point>(pieces: readonly Piece<N>[]): readonly Piece<N>[] {
  const placed: Piece<N>[] = [];
  for (const piece of pieces) {
    let left: readonly Space<N>[] = [piece];
    for (const other of placed) {
      if (left.length === 0) break;
      if (overlap(piece, other)) left = left.flatMap((one) => (overlap(one, other) ? cut(one, other) : [one]));
    }
    for (const one of left) placed.push({ ...one, mark: piece.mark });
    if (placed.length > STANDING_PIECES_MAX)
      throw new Fault('too-many-rules', `The flows overlap so much that they make over ${STANDING_PIECES_MAX} rules.`);
  }
  return placed;
}

function overlap<N extends Point>(a: Space<N>, b: Space<N>): boolean {
  return (
    meets(a.port, b.port) &&
    meets(a.protocol, b.protocol) &&
    meets(a.destination, b.destination) &&
    meets(a.source, b.source)
  );
}

/** `whole` without `hole`: what lies outside in the first dimension, then within it outside in the second, and so on. */
function cut<N extends Point>(whole: Space<N>, hole: Space<N>): readonly Space<N>[] {
  const left: Space<N>[] = [];
  let inner = whole;
  for (const source of outside(inner.source, hole.source)) left.push({ ...inner, source });
  inner = { ...inner, source: common(inner.source, hole.source) };
  for (const destination of outside(inner.destination, hole.destination)) left.push({ ...inner, destination });
  inner = { ...inner, destination: common(inner.destination, hole.destination) };
  for (const protocol of outside(inner.protocol, hole.protocol)) left.push({ ...inner, protocol });
  inner = { ...inner, protocol: common(inner.protocol, hole.protocol) };
  for (const port of outside(inner.port, hole.port)) left.push({ ...inner, port });
  return left;
}

function outside<N extends Point>(whole: Span<N>, hole: Span<N>): readonly Span<N>[] {
  const parts: Span<N>[] = [];
  if (whole.first < hole.first) parts.push({ first: whole.first, last: before(hole.first) });
  if (whole.last > hole.last) parts.push({ first: after(hole.last), last: whole.last });
  return parts;
}

function common<N extends Point>(a: Span<N>, b: Span<N>): Span<N> {
  return { first: a.first > b.first ? a.first : b.first, last: a.last < b.last ? a.last : b.last };
}
