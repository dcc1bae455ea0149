/** Projects: titles under work, known by their alias; live, locked for a while, or wrapped for good. */
import type { Asked, CommandOf } from '#model/commands.ts';
import { WORKSPACE_FOLDERS } from '#model/built-in-roles.ts';
import { endEngagement, orderCut } from '#model/ending.ts';
import { noFacility } from '#model/facility.ts';
import type { EntryOf } from '#model/events.ts';
import { alreadyDone, notActive, takenId, unknown } from '#model/refusals.ts';
import type { Project, State } from '#model/state.ts';
import { decided, draft } from '#model/transition.ts';
import type { Decided, Deciders, Evolvers } from '#model/transition.ts';
import { assert } from '#std/assert.ts';
import type { ProjectId } from '#std/ids.ts';
import type { Refused } from '#std/refused.ts';
import { refused } from '#std/refused.ts';
import { Set as PSet } from 'immutable';

export function withProject(state: State, id: ProjectId | undefined, change: (project: Project) => Project): State {
  const project = id === undefined ? undefined : state.projects.get(id);
  assert(project !== undefined, 'an entry about a project names a known one');
  return { ...state, projects: state.projects.set(project.id, change(project)) };
}

type Turning = EntryOf<'project.wrapped'> | EntryOf<'project.locked'> | EntryOf<'project.reopened'>;

/** Whoever turned it last, and what they typed, stand beside what it is now. */
function standing(project: Project, value: Project['standing'], { at, by, data }: Turning): Project {
  const { standingBy: _by, standingReason: _reason, ...rest } = project;
  return {
    ...rest,
    standing: value,
    standingSince: at,
    ...(by.person === undefined ? {} : { standingBy: by.person }),
    ...(data.reason === undefined ? {} : { standingReason: data.reason }),
  };
}

export const projectEvolve = {
  'project.created': (state, entry) => {
    const id = entry.about.project;
    assert(id !== undefined, 'project.created names its project');
    const project: Project = {
      id,
      ...entry.data,
      standing: 'live',
      standingSince: entry.at,
      createdAt: entry.at,
      folders: [],
    };
    const projectByAlias = state.index.projectByAlias.set(project.alias, id);
    const engagementsOn = state.index.engagementsOn.set(id, PSet());
    return {
      ...state,
      projects: state.projects.set(id, project),
      index: { ...state.index, projectByAlias, engagementsOn },
    };
  },
  'workspace.created': (state, entry) =>
    withProject(state, entry.about.project, (project) => ({ ...project, folders: entry.data.folders })),
  'project.wrapped': (state, entry) =>
    withProject(state, entry.about.project, (project) => standing(project, 'wrapped', entry)),
  'project.locked': (state, entry) =>
    withProject(state, entry.about.project, (project) => standing(project, 'locked', entry)),
  'project.reopened': (state, entry) =>
    withProject(state, entry.about.project, (project) => standing(project, 'live', entry)),
} satisfies Evolvers;

export const projectDecide = {
  'create-project': create,
  /** Wrapping ends every engagement: reopening brings nobody back. */
  'wrap-project': (state, command, asked) => {
    const project = state.projects.get(command.project);
    if (project === undefined) return unknown('project');
    if (project.standing === 'wrapped') return alreadyDone('This project is wrapped.');
    const { id } = project;
    const ids = state.index.engagementsOn.get(id) ?? PSet();
    const live = [...ids]
      .flatMap((engagement) => state.engagements.get(engagement) ?? [])
      .filter(({ ended }) => ended === undefined);
    const requests = state.requests.filter((request) => request.project === id && request.state === 'open');
    return decided(
      draft(asked, 'project.wrapped', id, { project: id, cut: command.cut }, { reason: command.reason }),
      live.map((engagement) => endEngagement(asked, engagement, 'wrap', command.cut)),
      [...requests.values()].map(({ id: request, person }) =>
        draft(asked, 'request.withdrawn', id, { request, person, project: id }, {}),
      ),
      orderCut(asked, command.cut, { kind: 'project', project: id }, 'wrap', id, command.reason),
    );
  },
  'lock-project': (state, command, asked) => {
    const project = state.projects.get(command.project);
    if (project === undefined) return unknown('project');
    if (project.standing === 'locked') return alreadyDone('This project is locked.');
    if (project.standing === 'wrapped')
      return refused('project-wrapped', 'A wrapped project is closed already.', 'Nothing to lock.');
    const { id } = project;
    return decided(
      draft(asked, 'project.locked', id, { project: id, cut: command.cut }, { reason: command.reason }),
      orderCut(asked, command.cut, { kind: 'project', project: id }, 'lock', id, command.reason),
    );
  },
  'reopen-project': (state, command, asked) => {
    const project = state.projects.get(command.project);
    if (project === undefined) return unknown('project');
    if (project.standing === 'live') return alreadyDone('This project is live.');
    return decided(draft(asked, 'project.reopened', project.id, { project: project.id }, { reason: command.reason }));
  },
} satisfies Deciders;

function create(state: State, command: CommandOf<'create-project'>, asked: Asked): Decided {
  const { project, alias, title, level, owner } = command;
  if (state.facility === undefined) return noFacility();
  if (state.projects.has(project)) return takenId('project');
  if (state.index.projectByAlias.has(alias)) {
    return refused('alias-taken', 'Another project has this alias.', 'Choose another alias; it must not be the title.');
  }
  const person = state.people.get(owner);
  if (person === undefined) return unknown('person');
  if (person.standing !== 'active' || person.nature === 'service') return notActive();
  const folders = command.folders.length === 0 ? [...WORKSPACE_FOLDERS] : command.folders;
  const no = foldersRefusal(folders);
  const streamNumber = state.projects.size + 1;
  return (
    no ??
    decided(
      draft(
        asked,
        'project.created',
        project,
        { project, person: owner },
        { streamNumber, alias, title, level, owner },
      ),
      draft(asked, 'workspace.created', project, { project }, { folders }),
    )
  );
}

const FOLDER = /^[a-z0-9][a-z0-9-]{0,39}$/;

function foldersRefusal(folders: readonly string[]): Refused | undefined {
  if (new Set(folders).size === folders.length && folders.every((folder) => FOLDER.test(folder))) return undefined;
  return refused(
    'bad-folders',
    'Top folders have different names of lower-case letters, digits and hyphens.',
    'Choose other names.',
  );
}
