/** Worlds for tests and benchmarks, built by the real rules: every step is a command that `decide` answers. */
import type { Asked, Command, CommandOf } from '#model/commands.ts';
import { decide } from '#model/decide.ts';
import type { By, Sealed } from '#model/events.ts';
import { emptyState } from '#model/evolve.ts';
import { foldAside } from '#model/fold-aside.ts';
import { DAY_MS } from '#model/limits.ts';
import type { State } from '#model/state.ts';
import { assert } from '#std/assert.ts';
import type { EngagementId, Id, IdKind, PersonId, ProjectId, RoleId } from '#std/ids.ts';
import { ID_RANDOM_BYTES, makeId } from '#std/ids.ts';
import { isRefused } from '#std/refused.ts';

/** A Monday, 09:00 in London. */
export const WORLD_BEGINS = Date.UTC(2026, 2, 2, 9);
const BLANK: Sealed = { subject: 'facility', salt: '', box: '' };

/** The n-th id of a kind: the same in every run. */
export function numberedId<Kind extends IdKind>(kind: Kind, n: number): Id<Kind> {
  const bytes = new Uint8Array(ID_RANDOM_BYTES);
  for (let i = bytes.length - 1, rest = n; rest > 0; i -= 1, rest = Math.floor(rest / 32)) bytes[i] = rest % 32;
  return makeId(kind, bytes);
}

/** A world under construction: a state, a clock that stands still until told otherwise, and ids that count. */
export interface DrawnWorld {
  state: State;
  at: number;
  readonly owner: PersonId;
  count: number;
}

export function drawWorld(timeZone = 'Europe/London', at = WORLD_BEGINS): DrawnWorld {
  const owner = numberedId('person', 0);
  const world: DrawnWorld = { state: emptyState, at, owner, count: 0 };
  ask(world, {
    kind: 'create-facility',
    name: 'Example Post',
    timeZone,
    origin: 'post.example/ledger',
    owner,
    ownerName: BLANK,
    ownerRolesUntil: at + 365 * DAY_MS,
    exception: newId(world, 'exception'),
  });
  return world;
}

export function newId<Kind extends IdKind>(world: DrawnWorld, kind: Kind): Id<Kind> {
  world.count += 1;
  return numberedId(kind, world.count);
}

/** Decides and folds; a refusal is a mistake in the test. */
export function ask(world: DrawnWorld, command: Command, by: By = { service: 'console' }): void {
  const asked: Asked = { by, at: world.at };
  const outcome = decide(world.state, command, asked);
  assert(!isRefused(outcome), `${command.kind} was refused: ${JSON.stringify(outcome)}`);
  world.state = foldAside(world.state, outcome.value, world.at);
}

export function addPerson(
  world: DrawnWorld,
  roles: readonly string[] = [],
  nature: 'human' | 'service' = 'human',
): PersonId {
  const person = newId(world, 'person');
  const until = world.at + 365 * DAY_MS;
  ask(world, {
    kind: 'add-person',
    person,
    nature,
    name: BLANK,
    roles: roles.map((role) => ({ role: role as RoleId, until })),
  }); // a role's id is its name
  return person;
}

export function addProject(
  world: DrawnWorld,
  alias: string,
  level: 'standard' | 'high-security' = 'standard',
): ProjectId {
  const project = newId(world, 'project');
  ask(world, { kind: 'create-project', project, alias, title: BLANK, level, owner: world.owner, folders: [] });
  return project;
}

export function engage(
  world: DrawnWorld,
  person: PersonId,
  project: ProjectId,
  role: string,
  window: Partial<Pick<CommandOf<'give-engagement'>, 'from' | 'until' | 'hours' | 'zones'>> = {},
): EngagementId {
  const engagement = newId(world, 'engagement');
  const { from = world.at, until = world.at + 90 * DAY_MS, ...rest } = window;
  ask(world, { kind: 'give-engagement', engagement, person, project, role: role as RoleId, from, until, ...rest }); // a role's id is its name
  return engagement;
}
