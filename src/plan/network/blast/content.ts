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
  /** By host number: projects whose content lies on the host. */
  readonly stored: ReadonlyMap<number, BitSet>;
  /** By host number: projects that the host hands out to whoever has the right: what lies on it, or passes through its gate. */
  readonly served: ReadonlyMap<number, BitSet>;
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
  const stored = byHost(roster, setOf, (host) => storedOn(state, host, projects));
  const passing = byHost(roster, setOf, (host) => (isFileGate(host) ? (host.projects ?? projects) : []));
  const served = new Map([...stored, ...passing]);
  const anywhere = emptySet(projects.length);
  for (const set of stored.values()) join(anywhere, set);
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

function byHost(
  { hosts }: Roster,
  setOf: (some: readonly ProjectId[]) => BitSet,
  projectsOf: (host: Host) => readonly ProjectId[],
): ReadonlyMap<number, BitSet> {
  return new Map(
    hosts.flatMap((host, n) => {
      const some = projectsOf(host);
      return some.length === 0 ? [] : [[n, setOf(some)] as const];
    }),
  );
}

export function shareOf(projects: BitSet, { weights }: Content): number {
  let share = 0;
  for (const n of members(projects)) share += weights[n] ?? 0;
  // Sums of many small shares; nine digits are more than anybody measures.
  return Math.round(share * 1e9) / 1e9;
}
