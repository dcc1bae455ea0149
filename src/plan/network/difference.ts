/**
 * What one policy lets pass that another does not, exactly, by disjoint boxes with a packet each. Boxes that both hold are put aside
 * first, so that comparing two policies that differ in one rule costs what this rule costs.
 */
import { boxVolume, boxesMeet, surplusBoxes } from '#plan/network/box.ts';
import type { BoxIndex } from '#plan/network/box-index.ts';
import { indexBoxes, meeting } from '#plan/network/box-index.ts';
import type { Box4, Box6, BoxOf, Packet, Policy, Span } from '#plan/network/policy.ts';
import type { Point, SpanSet } from '#plan/network/span-set.ts';
import { meets, subtract } from '#plan/network/span-set.ts';
import { witness } from '#plan/network/witness.ts';

export interface Surplus {
  /** The rule that lets it pass. */
  readonly because: string;
  readonly box: Box4 | Box6;
  readonly packet: Packet;
}

export interface Difference {
  /** Disjoint boxes that only the first lets pass. */
  readonly surplus: readonly Surplus[];
  /** How many packets and instants (ms) they hold together. */
  readonly volume: bigint;
}

/** One family's side of a policy. */
interface Side<N extends Point> {
  readonly boxes: readonly BoxOf<N>[];
  readonly held: SpanSet<N>;
}

/** What `a` lets pass and `b` does not. */
export function surplusOf(a: Policy, b: Policy): Difference {
  const v4 = familySurplus<number>({ boxes: a.v4, held: a.quarantined4 }, { boxes: b.v4, held: b.quarantined4 });
  const v6 = familySurplus<bigint>({ boxes: a.v6, held: a.quarantined6 }, { boxes: b.v6, held: b.quarantined6 });
  return {
    surplus: [
      ...v4.map((box) => ({ because: box.because, box, packet: witness(box) })),
      ...v6.map((box) => ({ because: box.because, box, packet: witness(box) })),
    ],
    volume: volumeOf(v4) + volumeOf(v6),
  };
}

function volumeOf<N extends Point>(boxes: readonly BoxOf<N>[]): bigint {
  return boxes.reduce((sum, box) => sum + boxVolume(box), 0n);
}

function familySurplus<N extends Point>(a: Side<N>, b: Side<N>): readonly BoxOf<N>[] {
  const candidates = unshared(a, b).flatMap((box) => outside(box, a.held));
  if (candidates.length === 0) return [];
  const index = indexBoxes(b.boxes);
  const found: BoxOf<N>[] = [];
  for (const box of candidates) {
    const allowed = meetingOutside(index, box, b.held);
    found.push(...surplusBoxes(box, [...allowed, ...found.filter((earlier) => boxesMeet(earlier, box))]));
  }
  return found;
}

function meetingOutside<N extends Point>(index: BoxIndex<N>, box: BoxOf<N>, held: SpanSet<N>): readonly BoxOf<N>[] {
  const there = meeting(index, box);
  return held.length === 0 ? there : there.flatMap((other) => outside(other, held));
}

/** Boxes of `a` that `b` does not hold too, and those that both hold but that `b` keeps in quarantine. */
function unshared<N extends Point>(a: Side<N>, b: Side<N>): readonly BoxOf<N>[] {
  const released = subtract(b.held, a.held);
  const known = Map.groupBy(b.boxes, ({ because }) => because);
  const isReleased = ({ source, destination }: BoxOf<N>) =>
    released.some((span) => meets(span, source) || meets(span, destination));
  return a.boxes.filter(
    (box) => isReleased(box) || !(known.get(box.because)?.some((other) => isSameBox(box, other)) ?? false),
  );
}

function isSameBox<N extends Point>(a: BoxOf<N>, b: BoxOf<N>): boolean {
  return (
    isSameSpan(a.source, b.source) &&
    isSameSpan(a.destination, b.destination) &&
    isSameSpan(a.protocol, b.protocol) &&
    isSameSpan(a.port, b.port) &&
    isSameSpan(a.time, b.time)
  );
}

function isSameSpan<N extends Point>(a: Span<N>, b: Span<N>): boolean {
  return a.first === b.first && a.last === b.last;
}

/** The parts of a box whose both ends are out of quarantine. */
function outside<N extends Point>(box: BoxOf<N>, held: SpanSet<N>): readonly BoxOf<N>[] {
  if (held.length === 0) return [box];
  const sources = subtract([box.source], held);
  const destinations = subtract([box.destination], held);
  return sources.flatMap((source) => destinations.map((destination) => ({ ...box, source, destination })));
}
