/**
 * The fourteen invariants (docs/spec/network-proof.md) judged over every rule, packet and instant from now on. A quarantine only takes away,
 * so what holds without it holds with it: the proof leaves it aside and still stands when a quarantine is released.
 *
 * Three answers: it holds, it does not, or it cannot be known from what was declared. Unknown never counts as holding.
 */
import type { InvariantId } from '#model/network-shapes.ts';
import type { State } from '#model/state.ts';
import { assumptionsOf } from '#plan/network/assumptions.ts';
import { INVARIANTS } from '#plan/network/invariants/all.ts';
import type { Invariant, Violation } from '#plan/network/invariants/invariant.ts';
import type { Judged } from '#plan/network/invariants/judge.ts';
import { judge } from '#plan/network/invariants/judge.ts';
import { standingRules } from '#plan/network/rule.ts';

export interface InvariantReport {
  readonly id: InvariantId;
  readonly title: string;
  readonly controls: readonly string[];
  readonly holds: boolean | 'unknown';
  /** The first instant at which it stops to hold by the clock alone: an exception ends before what it lifts. */
  readonly holdsUntil?: number;
  /** At most `VIOLATIONS_MAX`; those that break it come first. */
  readonly violations: readonly Violation[];
  /** How many more there are. */
  readonly more: number;
  readonly assumptions: readonly string[];
}

export interface Proof {
  readonly at: number;
  readonly invariants: readonly InvariantReport[];
  /** What every line rests on. */
  readonly assumptions: readonly string[];
  /** Flows, lines of the external inventory and live paths that were judged. */
  readonly rules: number;
}

export const VIOLATIONS_MAX = 500;

export function proveInvariants(state: State, at: number): Proof {
  const groups = Map.groupBy(judge(state, at), ({ violation }) => violation.invariant);
  return {
    at,
    invariants: INVARIANTS.map((invariant) => report(invariant, groups.get(invariant.id) ?? [])),
    assumptions: assumptionsOf(state),
    rules: standingRules(state).length + state.network.paths.size,
  };
}

const ORDER = { breaks: 0, unknown: 1, excepted: 2 } as const;

function report({ id, title, controls, assumptions = [] }: Invariant, found: readonly Judged[]): InvariantReport {
  const all = found.map(({ violation }) => violation).sort((a, b) => ORDER[a.standing] - ORDER[b.standing]);
  const holds = all.some(({ standing }) => standing === 'breaks')
    ? false
    : all.some(({ standing }) => standing === 'unknown')
      ? 'unknown'
      : true;
  const ends = all.flatMap(({ standing, breaksFrom }) =>
    standing === 'excepted' && breaksFrom !== undefined ? [breaksFrom] : [],
  );
  return {
    id,
    title,
    controls,
    holds,
    ...(holds === true && ends.length > 0 ? { holdsUntil: Math.min(...ends) } : {}),
    violations: all.slice(0, VIOLATIONS_MAX),
    more: Math.max(0, all.length - VIOLATIONS_MAX),
    assumptions,
  };
}
