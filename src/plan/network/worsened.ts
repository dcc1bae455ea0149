/** Whether a breach is one that stood before under another name: a rule taken away and added anew does no more than it did. */
import type { BoxOf } from '#plan/network/policy.ts';
import { surplusBoxes } from '#plan/network/box.ts';
import type { Crossing } from '#plan/network/invariants/ground.ts';
import type { Breach, Violation } from '#plan/network/invariants/invariant.ts';
import type { Judged } from '#plan/network/invariants/judge.ts';
import type { Family } from '#plan/network/port-box.ts';
import { regionBoxes } from '#plan/network/reach.ts';
import type { Point, SpanSet } from '#plan/network/span-set.ts';

/** Whether every packet and instant of this breach broke the same invariant before, unlifted. */
export function isOldNews({ invariant, breaksFrom = 0 }: Violation, breach: Breach, was: readonly Judged[]): boolean {
  const { crossing } = breach;
  if (crossing === undefined) return false;
  const alike = was.filter(
    ({ violation, breach: old }) =>
      violation.invariant === invariant &&
      violation.breaksFrom !== undefined &&
      old.crossing !== undefined &&
      old.crossing.from.zone?.id === crossing.from.zone?.id &&
      old.crossing.to.zone?.id === crossing.to.zone?.id &&
      isSameKind(old.crossing, crossing),
  );
  if (alike.length === 0) return false;
  const covered = (family: Family) => isCovered(crossing, breach, breaksFrom, alike, family);
  return covered('v4') && covered('v6');
}

/** The class of a flow and its service's plane count: what a rule calls itself decides what it is excused from. */
function isSameKind({ rule: a }: Crossing, { rule: b }: Crossing): boolean {
  if (a.kind === 'flow' && b.kind === 'flow') {
    return a.flow.class === b.flow.class && a.service.plane === b.service.plane;
  }
  return a.kind === b.kind;
}

function isCovered(
  crossing: Crossing,
  breach: Breach,
  from: number,
  alike: readonly Judged[],
  family: Family,
): boolean {
  return family === 'v4'
    ? isInside(
        boxesOf(crossing, breach, from, ({ v4 }) => v4, family),
        alike.flatMap((old) => oldBoxes(old, ({ v4 }) => v4, family)),
      )
    : isInside(
        boxesOf(crossing, breach, from, ({ v6 }) => v6, family),
        alike.flatMap((old) => oldBoxes(old, ({ v6 }) => v6, family)),
      );
}

function isInside<N extends Point>(boxes: readonly BoxOf<N>[], old: readonly BoxOf<N>[]): boolean {
  return boxes.every((box) => surplusBoxes(box, old).length === 0);
}

function oldBoxes<N extends Point>(
  { breach, violation }: Judged,
  pick: (set: Crossing['source']) => SpanSet<N>,
  family: Family,
): readonly BoxOf<N>[] {
  const { crossing } = breach;
  return crossing === undefined ? [] : boxesOf(crossing, breach, violation.breaksFrom ?? 0, pick, family);
}

function boxesOf<N extends Point>(
  { rule, source, destination }: Crossing,
  { ports = rule.ports }: Breach,
  first: number,
  pick: (set: Crossing['source']) => SpanSet<N>,
  family: Family,
): readonly BoxOf<N>[] {
  return regionBoxes(
    pick(source),
    pick(destination),
    { ports, time: { first, last: Math.max(first, rule.last) } },
    family,
  );
}
