/** Boxes to be found by where they lead: those that lead to one address by that address, the few that lead to many one after another. */
import type { BoxOf } from '#plan/network/policy.ts';
import { boxesMeet } from '#plan/network/box.ts';
import type { Point } from '#plan/network/span-set.ts';

export interface BoxIndex<N extends Point> {
  readonly all: readonly BoxOf<N>[];
  readonly narrow: ReadonlyMap<N, readonly BoxOf<N>[]>;
  readonly wide: readonly BoxOf<N>[];
}

export function indexBoxes<N extends Point>(all: readonly BoxOf<N>[]): BoxIndex<N> {
  const narrow = new Map<N, BoxOf<N>[]>();
  const wide: BoxOf<N>[] = [];
  for (const box of all) {
    const { first, last } = box.destination;
    const there = narrow.get(first);
    if (first !== last) wide.push(box);
    else if (there === undefined) narrow.set(first, [box]);
    else there.push(box);
  }
  return { all, narrow, wide };
}

export function meeting<N extends Point>({ all, narrow, wide }: BoxIndex<N>, box: BoxOf<N>): readonly BoxOf<N>[] {
  const { first, last } = box.destination;
  const candidates = first === last ? [...(narrow.get(first) ?? []), ...wide] : all;
  return candidates.filter((other) => boxesMeet(other, box));
}
