/** What is in quarantine: machines by their addresses, people, projects, and credentials that were in use on either. */
import { hostAt } from '#model/host-index.ts';
import type { State } from '#model/state.ts';
import type { CredentialId, HostId, PersonId, ProjectId } from '#std/ids.ts';
import type { Refused } from '#std/refused.ts';
import { refused } from '#std/refused.ts';

export interface Contained {
  readonly hosts: ReadonlySet<HostId>;
  readonly people: ReadonlySet<PersonId>;
  readonly projects: ReadonlySet<ProjectId>;
  readonly credentials: ReadonlySet<CredentialId>;
}

const compiled = new WeakMap<State['network']['quarantines'], Contained>();

export function contained(state: State): Contained {
  const { quarantines } = state.network;
  let found = compiled.get(quarantines);
  if (found === undefined) compiled.set(quarantines, (found = compile(quarantines)));
  return found;
}

function compile(quarantines: State['network']['quarantines']): Contained {
  const all = [...quarantines.values()];
  const scopes = all.map(({ scope }) => scope);
  return {
    hosts: new Set(scopes.flatMap((scope) => (scope.kind === 'host' ? scope.host : []))),
    people: new Set(scopes.flatMap((scope) => (scope.kind === 'person' ? scope.person : []))),
    projects: new Set(scopes.flatMap((scope) => (scope.kind === 'project' ? scope.project : []))),
    credentials: new Set(all.flatMap(({ credentials }) => credentials)),
  };
}

/** Cheap where nothing is in quarantine. */
export function isAnythingContained(state: State): boolean {
  return state.network.quarantines.size > 0;
}

/** Whether whoever asks is in quarantine: as a person, by the machine they come from, or by the credential they hold. */
export function isContained(
  state: State,
  asker: {
    readonly person?: PersonId | undefined;
    readonly from?: string | undefined;
    readonly credential?: CredentialId | undefined;
  },
): boolean {
  if (!isAnythingContained(state)) return false;
  const { people, hosts, credentials } = contained(state);
  if (asker.person !== undefined && people.has(asker.person)) return true;
  if (asker.credential !== undefined && credentials.has(asker.credential)) return true;
  if (asker.from === undefined || hosts.size === 0) return false;
  const host = hostAt(state, asker.from);
  return host !== undefined && hosts.has(host.id);
}

export function isProjectContained(state: State, project: ProjectId): boolean {
  return isAnythingContained(state) && contained(state).projects.has(project);
}

export function quarantined(): Refused {
  return refused(
    'quarantined',
    'This machine, person, project or credential is in quarantine.',
    'Ask the security lead or the owner of the facility.',
  );
}
