/**
 * What loaded rules let pass, as a policy again: the pieces and pointers whose mark is alive. The kernel's end of a grant differs from the
 * model's by a few milliseconds (its tick, and the age of a listing); `settled` takes such a grant's end as the model's own, and leaves one that
 * differs by more as it is, so that the comparison names it.
 */
import { TIME_MAX } from '#model/limits.ts';
import type { Grant, Piece, Pointer, Rules } from '#plan/network/nft/rules.ts';
import type { BoxOf, Policy } from '#plan/network/policy.ts';
import type { Point } from '#plan/network/span-set.ts';
import { unite } from '#plan/network/span-set.ts';

export function loadedPolicy(rules: Rules, at: number): Policy {
  const alive = new Map(rules.grants.map((grant) => [grant.mark, grant]));
  return {
    v4: [...standing(rules.standing4, alive, at), ...paths(rules.pointers4, alive, at)],
    v6: [...standing(rules.standing6, alive, at), ...paths(rules.pointers6, alive, at)],
    quarantined4: unite(rules.quarantined4.map((one) => ({ first: one, last: one }))),
    quarantined6: unite(rules.quarantined6.map((one) => ({ first: one, last: one }))),
  };
}

type Alive = ReadonlyMap<number, Grant>;

function standing<N extends Point>(pieces: readonly Piece<N>[], alive: Alive, at: number): readonly BoxOf<N>[] {
  return pieces.flatMap(({ mark, ...space }) => {
    const grant = living(alive, mark, at);
    return grant === undefined ? [] : [{ ...space, ...timed(grant, at) }];
  });
}

function paths<N extends Point>(pointers: readonly Pointer<N>[], alive: Alive, at: number): readonly BoxOf<N>[] {
  return pointers.flatMap(({ from, to, protocol, port, mark }) => {
    const grant = living(alive, mark, at);
    if (grant === undefined) return [];
    const [source, destination] = [
      { first: from, last: from },
      { first: to, last: to },
    ];
    const numbers = { protocol: { first: protocol, last: protocol }, port: { first: port, last: port } };
    return [{ source, destination, ...numbers, ...timed(grant, at) }];
  });
}

function living(alive: Alive, mark: number, at: number): Grant | undefined {
  const grant = alive.get(mark);
  return grant === undefined || (grant.endsAt !== undefined && grant.endsAt <= at) ? undefined : grant;
}

function timed({ id, endsAt }: Grant, at: number) {
  return { time: { first: at, last: endsAt === undefined ? TIME_MAX : endsAt - 1 }, because: id };
}

export interface Tolerance {
  /** A grant may end so much before the model's end: rounding down, and what a load was reckoned to take. */
  readonly earlyMs: number;
  /** And so much after it. */
  readonly lateMs: number;
}

/** Grants that end when the model says, within the tolerance, are given the model's end. */
export function settled(loaded: Rules, wanted: readonly Grant[], { earlyMs, lateMs }: Tolerance): Rules {
  const ends = new Map(wanted.map((grant) => [grant.id, grant.endsAt]));
  const grants = loaded.grants.map((grant) => {
    const end = ends.get(grant.id);
    if (end === undefined || grant.endsAt === undefined) return grant;
    return grant.endsAt >= end - earlyMs && grant.endsAt <= end + lateMs ? { ...grant, endsAt: end } : grant;
  });
  return { ...loaded, grants };
}
