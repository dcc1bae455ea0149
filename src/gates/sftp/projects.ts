/**
 * Which projects appear in a person's `/`. This only decides what is shown: each act beneath is decided by the file
 * service, so a project outside its daily hours is seen, and entering it says why not. A project that a person is not
 * on looks exactly like one that does not exist.
 */
import type { Engagement, Project, State } from '#model/state.ts';
import type { PersonId } from '#std/ids.ts';

export function shownProjects(state: State, person: PersonId, at: number): readonly Project[] {
  const shown: Project[] = [];
  for (const [id] of state.index.engagementsOf.get(person) ?? []) {
    const project = state.projects.get(id);
    if (project !== undefined && isEngaged(state, person, project, at)) shown.push(project);
  }
  return shown.sort((a, b) => (a.alias < b.alias ? -1 : 1));
}

export function shownProject(state: State, person: PersonId, alias: string, at: number): Project | undefined {
  const id = state.index.projectByAlias.get(alias);
  const project = id === undefined ? undefined : state.projects.get(id);
  return project !== undefined && isEngaged(state, person, project, at) ? project : undefined;
}

function isEngaged(state: State, person: PersonId, project: Project, at: number): boolean {
  const ids = state.index.engagementsOf.get(person)?.get(project.id) ?? [];
  return ids.some((id) => isLive(state.engagements.get(id), at));
}

function isLive(engagement: Engagement | undefined, at: number): boolean {
  if (engagement === undefined || engagement.ended !== undefined || engagement.held) return false;
  return engagement.from <= at && at < engagement.until;
}
