/** Whose content lies on which host, who hands it out, and how much of the whole each project is. */
import type { Host, State } from '#model/state.ts';
import type { ProjectId } from '#std/ids.ts';
import type { BitSet } from './host-set.ts';
import { emptySet, has, join, members, put } from './host-set.ts';
import type { Roster } from './roster.ts';

export interface Content {
  /** By id, ascending: a project's number is its place here. */
  readonly projects: readonly ProjectId[];
  readonly numbers: ReadonlyMap<ProjectId, number>;
  /** By host number: projects whose content lies on the host; undefined for none. */
  readonly stored: readonly (BitSet | undefined)[];
  /** By host number: projects that the host hands out to whoever has the right: what lies on it, or passes through its gate. */
  readonly served: readonly (BitSet | undefined)[];
  /** `bytes` when the size of every stored project is known; else every project counts the same. */
  readonly basis: 'bytes' | 'projects';
  /** Share of the whole, by project number; 0 for a project that is stored nowhere. */
  readonly weights: readonly number[];
  /** Projects that are stored anywhere. */
  readonly storedCount: number;
}

export function contentOf(state: State, roster: Roster, sizes: ReadonlyMap<ProjectId, number> = new Map()): Content {
  const projects = [...state.projects.keys()].sort();
  const numbers = new Map(projects.map((project, n) => [project, n]));
  const setOf = (some: readonly ProjectId[]): BitSet => {
    const set = emptySet(projects.length);
    for (const project of some) {
      const n = numbers.get(project);
      if (n !== undefined) put(set, n);
    }
    return set;
  };
  const stored = roster.hosts.map((host) => found(storedOn(state, host, projects), setOf));
  const served = roster.hosts.map((host, n) => {
    const passing = isFileGate(host) ? found(host.projects ?? projects, setOf) : undefined;
    if (passing !== undefined && stored[n] !== undefined) join(passing, stored[n]);
    return passing ?? stored[n];
  });
  const anywhere = emptySet(projects.length);
  for (const set of stored) if (set !== undefined) join(anywhere, set);
  const kept = members(anywhere);
  const isSized = kept.length > 0 && kept.every((n) => (sizes.get(projects[n] as ProjectId) ?? 0) > 0); // members are numbers of projects
  const amounts = projects.map((project, n) => (has(anywhere, n) ? (isSized ? (sizes.get(project) ?? 0) : 1) : 0));
  const total = amounts.reduce((sum, amount) => sum + amount, 0);
  return {
    projects,
    numbers,
    stored,
    served,
    basis: isSized ? 'bytes' : 'projects',
    weights: amounts.map((amount) => (total === 0 ? 0 : amount / total)),
    storedCount: kept.length,
  };
}

/** Hosts whose gates hand out files of every project to whoever has the right. */
function isFileGate({ role }: Host): boolean {
  return role === 'portal' || role === 'transfer';
}

function storedOn(state: State, host: Host, all: readonly ProjectId[]): readonly ProjectId[] {
  if (isFileGate(host)) return [];
  if (host.projects !== undefined) return host.projects;
  if (host.role !== 'storage' && host.role !== 'vault') return [];
  const enclave = state.zones.get(host.zone)?.project;
  return enclave === undefined ? all : [enclave];
}

function found(some: readonly ProjectId[], setOf: (some: readonly ProjectId[]) => BitSet): BitSet | undefined {
  return some.length === 0 ? undefined : setOf(some);
}

export function shareOf(projects: BitSet, { weights }: Content): number {
  let share = 0;
  for (const n of members(projects)) share += weights[n] ?? 0;
  // Sums of many small shares; nine digits are more than anybody measures.
  return Math.round(share * 1e9) / 1e9;
}
