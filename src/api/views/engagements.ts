/** Engagements, requests and projects as people see them. */
import type { EngagementView, ProjectView, RequestView } from '#api/endpoints/views.ts';
import type { Might, Viewer } from '#api/views/viewer.ts';
import { defined, isLive } from '#api/views/viewer.ts';
import { ACTIONS } from '#model/actions.ts';
import type { Action } from '#model/actions.ts';
import { isContained } from '#model/containment.ts';
import type { AccessRequest, Engagement, Project } from '#model/state.ts';

export function engagementView(viewer: Viewer, engagement: Engagement): EngagementView {
  const { id, person, project, role, from, until, hours, zones, givenBy, givenAt, ended, warnedDaysLeft } = engagement;
  return defined<EngagementView>({
    id,
    from,
    until,
    hours,
    givenAt,
    warnedDaysLeft,
    person: viewer.person(person),
    nature: natureOf(viewer, engagement),
    project: viewer.project(project),
    role: viewer.role(role),
    zones: zones === undefined ? undefined : [...zones],
    givenBy: givenBy === undefined ? undefined : viewer.person(givenBy),
    state: stateOf(engagement, viewer.at),
    ended:
      ended === undefined
        ? undefined
        : defined<NonNullable<EngagementView['ended']>>({
            ...ended,
            by: ended.by === undefined ? undefined : viewer.person(ended.by),
          }),
    may: ended === undefined && until > viewer.at ? viewer.allowed(actsOn(viewer, engagement), { project }) : [],
  });
}

function natureOf(viewer: Viewer, { person }: Engagement): EngagementView['nature'] {
  return viewer.state.people.get(person)?.nature ?? 'human';
}

/** Tokens are for services; people sign in as themselves. */
function actsOn(viewer: Viewer, engagement: Engagement): readonly Action[] {
  const isService = natureOf(viewer, engagement) === 'service';
  return ['engagement.extend', 'engagement.end', ...(isService ? (['token.issue'] as const) : [])];
}

export function stateOf(engagement: Engagement, at: number): EngagementView['state'] {
  if (engagement.ended !== undefined) return 'ended';
  if (engagement.until <= at) return 'over';
  if (engagement.held) return 'held';
  return engagement.from > at ? 'coming' : 'live';
}

export function engagementsOn(viewer: Viewer, project: Project): readonly Engagement[] {
  const ids = viewer.state.index.engagementsOn.get(project.id);
  const found =
    ids === undefined
      ? []
      : [...ids].map((id) => viewer.state.engagements.get(id)).filter((engagement) => engagement !== undefined);
  return found.sort((a, b) => a.from - b.from || a.id.localeCompare(b.id));
}

export function engagementsOf(viewer: Viewer, person: Engagement['person']): readonly Engagement[] {
  const places = viewer.state.index.engagementsOf.get(person);
  const ids = places === undefined ? [] : [...places.values()].flat();
  return ids
    .map((id) => viewer.state.engagements.get(id))
    .filter((engagement) => engagement !== undefined)
    .sort((a, b) => b.from - a.from);
}

export function requestView(viewer: Viewer, request: AccessRequest): RequestView {
  const { id, ask, person, project, engagement, role, until, reason, madeAt, state, decidedBy, decidedAt } = request;
  const isOpen = state === 'open';
  const isMine = person === viewer.caller.person;
  return defined<RequestView>({
    id,
    ask,
    engagement,
    until,
    reason,
    madeAt,
    state,
    person: viewer.person(person),
    project: viewer.project(project),
    role: role === undefined ? undefined : viewer.role(role),
    decidedBy: decidedBy === undefined ? undefined : viewer.person(decidedBy),
    decidedAt,
    contained: isContained(viewer.state, { person }),
    decisionReason: request.decisionReason,
    may: [
      ...(isOpen && !isMine ? viewer.allowed(['request.decide'], { project }) : []),
      ...(isOpen && isMine ? ['request.withdraw'] : []),
    ],
  });
}

/** Every action that is asked about a project, files included (at its root: the folders say more). */
const PROJECT_ACTIONS = (Object.keys(ACTIONS) as Action[]).filter((action) => ACTIONS[action].reach !== 'facility'); // keys of the table

export function projectView(viewer: Viewer, project: Project): ProjectView {
  const { id, alias, level, owner, standing, standingSince, standingBy, standingReason } = project;
  const { createdAt, folders, reviewedAt } = project;
  const live = engagementsOn(viewer, project).filter((engagement) => isLive(engagement, viewer.at));
  return defined<ProjectView>({
    id,
    alias,
    level,
    standing,
    standingSince,
    standingBy: standingBy && viewer.person(standingBy),
    standingReason,
    createdAt,
    reviewedAt,
    title: viewer.titleOf(id),
    owner: viewer.person(owner),
    folders: [...folders],
    peopleCount: new Set(live.map(({ person }) => person)).size,
    sessionCount: viewer.sessionCount(id),
    requestCount: viewer.state.requests.count((request) => request.project === id && request.state === 'open'),
    nextEndAt: live.reduce<number | undefined>(
      (soonest, { until }) => (soonest === undefined || until < soonest ? until : soonest),
      undefined,
    ),
    may: mayOn((action, on) => viewer.may(action, on), project),
  });
}

/** What may be done on a project: file actions count when some folder allows them. */
export function mayOn(might: Might, project: Project): string[] {
  return PROJECT_ACTIONS.filter((action) =>
    ACTIONS[action].reach === 'file'
      ? project.folders.some((folder) => might(action, { project: project.id, path: `${folder}/-` }))
      : might(action, { project: project.id }),
  );
}

export const FILE_ACTIONS = PROJECT_ACTIONS.filter((action) => ACTIONS[action].reach === 'file');

export function folderRights(might: Might, project: Project): { name: string; may: string[] }[] {
  const rightsIn = (name: string) =>
    FILE_ACTIONS.filter((action) => might(action, { project: project.id, path: `${name}/-` }));
  return project.folders.map((name) => ({ name, may: rightsIn(name) })).filter(({ may }) => may.length > 0);
}
