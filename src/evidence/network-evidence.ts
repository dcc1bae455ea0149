/**
 * What a project's bundle shows of the facility's network: the topology diagram (TS-2.2), the invariants and the facility's own policy tests, as
 * they were at the end of the range. Folded from the facility's own entries; segments of other projects keep no name.
 */
import type { Entry, Placed } from '#model/events.ts';
import { emptyState, evolve } from '#model/evolve.ts';
import type { Host, State, Zone } from '#model/state.ts';
import type { Violation } from '#plan/network/invariants/invariant.ts';
import { checkTests } from '#plan/facility-file/assertions.ts';
import { keptTests, placesNamed, testLine } from '#plan/facility-file/kept-tests.ts';
import { proveInvariants } from '#plan/network/invariants.ts';
import { renderNetworkMap } from '#plan/network/map/network-map.ts';
import type { Json } from '#std/canonical.ts';
import { canonical } from '#std/canonical.ts';
import type { ProjectId } from '#std/ids.ts';

export interface NetworkEvidence {
  readonly map: string;
  /** Canonical JSON, one line. */
  readonly summary: string;
}

/** Violations of one invariant that are written out. */
export const VIOLATIONS_SHOWN = 50;

/** Entries that say what the network is meant to be, and whether those who answer for it are still there. */
const KINDS = /^(facility|zone|host|service|flow|exposure|invariant|network|quarantine|person)\./;

/** `facility` is the facility's stream in order. Undefined for a facility that has declared no segment. */
export function networkEvidence(
  facility: readonly Placed[],
  project: ProjectId,
  until: number | null,
  sealedAt: number,
): NetworkEvidence | undefined {
  let state: State = emptyState;
  for (const placed of facility) {
    if (until !== null && placed.entry.at >= until) break;
    if (isOfNetwork(placed.entry)) state = evolve(state, placed);
  }
  if (state.zones.size === 0) return undefined;
  const at = until ?? sealedAt;
  const shown = withoutForeignNames(state, project);
  const tests = policyTests(state, project, at);
  return { map: renderNetworkMap(shown, at, { onlyProject: project }), summary: summaryOf(shown, at, tests) };
}

function isOfNetwork({ kind }: Entry): boolean {
  return KINDS.test(kind);
}

/**
 * What every change of the network is held to, and whether it holds. A test is written as what it asks, not by the name that somebody gave it;
 * one that speaks of another project's segment is counted only.
 */
function policyTests(state: State, project: ProjectId, at: number): Json {
  const foreign = new Set<string>();
  for (const { id, name, project: whose } of state.zones.values()) {
    if (whose === undefined || whose === project) continue;
    foreign.add(name);
    for (const host of state.hosts.values()) if (host.zone === id) foreign.add(host.name);
  }
  const tests = keptTests(state);
  const results = checkTests(state, tests, at).map(({ holds }, index) => ({ holds, test: tests[index] }));
  const own = results.flatMap(({ holds, test }) =>
    test === undefined || placesNamed(test).some((name) => foreign.has(name)) ? [] : [{ asks: testLine(test), holds }],
  );
  const isHeld = ({ holds }: { readonly holds: boolean }): boolean => holds;
  const others = results.length - own.length;
  return {
    kept: results.length,
    held: results.filter(isHeld).length,
    own,
    others: { kept: others, held: results.filter(isHeld).length - own.filter(isHeld).length },
  };
}

/** A segment of another project is told apart by number alone, and so are the hosts in it. */
function withoutForeignNames(state: State, project: ProjectId): State {
  const foreign = [...state.zones.values()].filter((zone) => zone.project !== undefined && zone.project !== project);
  if (foreign.length === 0) return state;
  const names = new Map(foreign.map(({ id }, n) => [id, `another project ${n + 1}`]));
  const zones = state.zones.map((zone: Zone) => ({ ...zone, name: names.get(zone.id) ?? zone.name }));
  let count = 0;
  const hosts = state.hosts.map((host: Host) => {
    if (!names.has(host.zone)) return host;
    count += 1;
    return { ...host, name: `host ${count} of another project` };
  });
  return { ...state, zones, hosts };
}

function summaryOf(state: State, at: number, tests: Json): string {
  const { invariants, assumptions, rules } = proveInvariants(state, at);
  const { mode, apply } = state.network;
  const value: Json = {
    at,
    mode,
    segments: state.zones.size,
    hosts: state.hosts.size,
    rules,
    loaded:
      apply === undefined
        ? null
        : { at: apply.at, standing: apply.standing, rules: apply.rulesSha256, listing: apply.listingSha256 },
    invariants: invariants.map(({ id, title, controls, holds, holdsUntil, violations, more }) => ({
      id,
      title,
      controls,
      holds,
      holdsUntil,
      violations: violations.slice(0, VIOLATIONS_SHOWN).map(told),
      more: more + Math.max(0, violations.length - VIOLATIONS_SHOWN),
    })),
    tests,
    assumptions,
  };
  return `${canonical(value)}\n`;
}

function told({ standing, says }: Violation): Json {
  return { standing, says };
}
