/**
 * What a command would change in effect, said before it is asked: "14 people can open and download files on alpha". The command is decided
 * and folded on the side, and the standing access of everybody it may touch is compared.
 */
import { engagementsOf } from '#model/ending.ts';
import { standingOf } from '#access/standing.ts';
import type { StandingRow } from '#access/standing.ts';
import type { Action } from '#model/actions.ts';
import { traitsOf } from '#model/actions.ts';
import type { Asked, Command } from '#model/commands.ts';
import { decide } from '#model/decide.ts';
import type { Draft } from '#model/events.ts';
import { foldAside } from '#model/fold-aside.ts';
import type { State } from '#model/state.ts';
import type { PersonId, ProjectId } from '#std/ids.ts';
import type { Outcome } from '#std/refused.ts';
import { isRefused, ok } from '#std/refused.ts';

/** One action on one project (or over the facility) that people gain or lose. */
export interface EffectLine {
  readonly change: 'gains' | 'loses';
  readonly action: Action;
  readonly project: ProjectId | undefined;
  readonly people: readonly PersonId[];
  /** Top folders gained or lost; absent for every folder and for actions that are not about files. */
  readonly folders: readonly string[] | undefined;
  readonly words: string;
}

export interface Effect {
  /** The instant that is compared: now, or when the change begins to count. */
  readonly at: number;
  readonly lines: readonly EffectLine[];
  /** Everybody who gains or loses anything. */
  readonly people: readonly PersonId[];
  readonly summary: string;
}

export function effectOf(state: State, command: Command, asked: Asked): Outcome<Effect> {
  const outcome = decide(state, command, asked);
  if (isRefused(outcome)) return outcome;
  const next = foldAside(state, outcome.value, asked.at);
  const at = instantOf(state, command, asked.at);
  const touched = touchedBy(state, next, command, outcome.value);
  return ok(compare(state, next, touched, at));
}

/** A grant that begins later counts from then; an extension counts from the end that it moves. */
function instantOf(state: State, command: Command, at: number): number {
  switch (command.kind) {
    case 'give-engagement':
      return Math.max(at, command.from);
    case 'extend-engagement':
      return Math.max(at, state.engagements.get(command.engagement)?.until ?? at);
    case 'decide-request': {
      const request = state.requests.get(command.request);
      const engagement =
        request?.ask === 'more-time' && request.engagement !== undefined
          ? state.engagements.get(request.engagement)
          : undefined;
      return Math.max(at, command.granted ? (engagement?.until ?? at) : at);
    }
    default:
      return at;
  }
}

function touchedBy(state: State, next: State, command: Command, drafts: readonly Draft[]): ReadonlySet<PersonId> {
  if (command.kind === 'define-role' || command.kind === 'retire-role') return holdersOf(next, command.role);
  const touched = new Set<PersonId>();
  for (const { about } of drafts) {
    if (about.person !== undefined) touched.add(about.person);
    else if (about.project !== undefined) {
      for (const id of state.index.engagementsOn.get(about.project) ?? [])
        touched.add(state.engagements.get(id)?.person ?? ('' as PersonId));
    }
  }
  // Whoever holds a facility role gains each new or reopened project.
  if (command.kind.endsWith('-project'))
    for (const person of next.people.values()) if (person.roles.length > 0) touched.add(person.id);
  return touched;
}

function holdersOf(state: State, role: string): ReadonlySet<PersonId> {
  const holders = new Set<PersonId>();
  for (const person of state.people.values()) {
    const isHolder =
      person.roles.some((held) => held.role === role) ||
      engagementsOf(state, person.id).some((held) => held.role === role);
    if (isHolder) holders.add(person.id);
  }
  return holders;
}

type Cells = Map<string, { readonly action: Action; readonly project: ProjectId | undefined; readonly folder: string }>;

/** A person's standing access, one cell for each action, project and folder. */
function cellsOf(rows: readonly StandingRow[], foldersOf: (project: ProjectId) => readonly string[]): Cells {
  const cells: Cells = new Map();
  for (const { project, actions } of rows) {
    for (const [action, where] of actions) {
      const isFile = traitsOf(action).reach === 'file' && project !== undefined;
      const folders = !isFile ? [''] : where === 'everywhere' ? foldersOf(project) : where;
      for (const folder of folders) cells.set(`${project ?? ''} ${action} ${folder}`, { action, project, folder });
    }
  }
  return cells;
}

interface Tally {
  readonly change: EffectLine['change'];
  readonly action: Action;
  readonly project: ProjectId | undefined;
  readonly people: Set<PersonId>;
  readonly folders: Set<string>;
}

function compare(state: State, next: State, touched: ReadonlySet<PersonId>, at: number): Effect {
  const tallies = new Map<string, Tally>();
  const foldersOf = (project: ProjectId) => next.projects.get(project)?.folders ?? [];
  for (const person of [...touched].sort()) {
    const before = cellsOf(standingOf(state, person, at), foldersOf);
    const after = cellsOf(standingOf(next, person, at), foldersOf);
    count(tallies, 'gains', person, after, before);
    count(tallies, 'loses', person, before, after);
  }
  const lines = [...tallies.values()].map((tally) => line(next, tally));
  const people = [...new Set(lines.flatMap((one) => one.people))].sort();
  return { at, lines, people, summary: summaryOf(next, lines) };
}

function count(
  tallies: Map<string, Tally>,
  change: EffectLine['change'],
  person: PersonId,
  these: Cells,
  those: Cells,
): void {
  for (const [key, { action, project, folder }] of these) {
    if (those.has(key)) continue;
    const name = `${change} ${project ?? ''} ${action}`;
    let tally = tallies.get(name);
    if (tally === undefined)
      tallies.set(name, (tally = { change, action, project, people: new Set(), folders: new Set() }));
    tally.people.add(person);
    if (folder !== '') tally.folders.add(folder);
  }
}

function line(state: State, { change, action, project, people, folders }: Tally): EffectLine {
  const where = placeName(state, project);
  const inside = folders.size === 0 ? '' : ` in ${[...folders].join(', ')},`;
  const words = `${can(change, people.size)} ${traitsOf(action).says}${inside} ${where}`;
  return {
    change,
    action,
    project,
    people: [...people],
    folders: folders.size === 0 ? undefined : [...folders],
    words,
  };
}

function summaryOf(state: State, lines: readonly EffectLine[]): string {
  const parts = (['gains', 'loses'] as const).flatMap((change) => {
    const these = lines.filter((one) => one.change === change);
    if (these.length === 0) return [];
    const people = new Set(these.flatMap((one) => one.people)).size;
    const actions = new Set(these.map(({ action }) => action)).size;
    const places = [...new Set(these.map(({ project }) => placeName(state, project)))];
    const where = places.length <= 2 ? places.join(' and ') : `in ${places.length} places`;
    const [first] = these;
    const what = actions === 1 && first !== undefined ? traitsOf(first.action).says : `do ${actions} things more`;
    const less = actions === 1 && first !== undefined ? traitsOf(first.action).says : `do ${actions} things`;
    return [`${can(change, people)} ${change === 'gains' ? what : less} ${where}`];
  });
  return parts.length === 0 ? 'This changes nobody’s access.' : `With this, ${parts.join(', and ')}.`;
}

function can(change: EffectLine['change'], people: number): string {
  return `${peopleCount(people)} ${change === 'gains' ? 'can' : 'can no longer'}`;
}

function placeName(state: State, project: ProjectId | undefined): string {
  return project === undefined ? 'over the facility' : `on ${state.projects.get(project)?.alias ?? project}`;
}

function peopleCount(count: number): string {
  return count === 1 ? '1 person' : `${count} people`;
}
