/**
 * Lookups of the hot path. The state's persistent maps hash a key's text on every read; a native map in front of the
 * last map asked remembers what was found. It fills as it is asked, belongs to that one map, and is dropped with it: an entry
 * that changes a map gives a new map, so nothing remembered can be stale. It holds at most as many keys as the map it fronts.
 */
import type { CompiledRole } from '#access/compiled-role.ts';
import { compiledRole } from '#access/compiled-role.ts';
import type { Engagement, Person, Project, State } from '#model/state.ts';
import type { PersonId, ProjectId, RoleId } from '#std/ids.ts';

interface Readable<Key, Value> {
  get(key: Key): Value | undefined;
}

/** What `read` finds for `key` in `source`, remembered while `source` stays the same object. */
function remembered<Source extends object, Key, Value>(read: (source: Source, key: Key) => Value | undefined) {
  let last: Source | undefined;
  let found = new Map<Key, Value>();
  return (source: Source, key: Key): Value | undefined => {
    if (source !== last) {
      last = source;
      found = new Map();
    }
    const known = found.get(key);
    if (known !== undefined) return known;
    const value = read(source, key);
    if (value !== undefined) found.set(key, value);
    return value;
  };
}

const fromPeople = remembered((people: Readable<PersonId, Person>, id: PersonId) => people.get(id));
const fromProjects = remembered((projects: Readable<ProjectId, Project>, id: ProjectId) => projects.get(id));
const fromRoles = remembered((roles: State['roles'], id: RoleId) => {
  const role = roles.get(id);
  return role === undefined || role.retired ? undefined : compiledRole(role);
});

export function personOf(state: State, id: PersonId): Person | undefined {
  return fromPeople(state.people, id);
}

export function projectOf(state: State, id: ProjectId): Project | undefined {
  return fromProjects(state.projects, id);
}

/** The grants of a role that is known and not retired. */
export function liveRoleOf(state: State, id: RoleId): CompiledRole | undefined {
  return fromRoles(state.roles, id);
}

const NONE: readonly Engagement[] = [];
/** Of each person, the engagements by project. The index gains a line only together with `engagements`, so that one stands for both. */
const placesOf = remembered<State['engagements'], PersonId, Map<ProjectId, readonly Engagement[]>>(() => new Map());

/** Every engagement of a person on a project, ended ones included. */
export function engagementsAt(state: State, person: PersonId, project: ProjectId): readonly Engagement[] {
  const places = placesOf(state.engagements, person);
  const known = places?.get(project);
  if (known !== undefined) return known;
  const ids = state.index.engagementsOf.get(person)?.get(project);
  const found = ids === undefined ? NONE : ids.flatMap((id) => state.engagements.get(id) ?? []);
  places?.set(project, found);
  return found;
}
