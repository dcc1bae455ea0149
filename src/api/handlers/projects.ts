/** Projects: the list, one of them, its people, sessions and history, and its standing. */
import type { ApiContext } from '#api/context.ts';
import { findProject } from '#api/find.ts';
import type { Call, Handlers } from '#api/handler.ts';
import { act, command, newId } from '#api/handler.ts';
import { searchPage } from '#api/handlers/ledger-search.ts';
import { engagementsOn, engagementView, projectView, requestView } from '#api/views/engagements.ts';
import { roleView } from '#api/views/facility.ts';
import { cutView, projectOf, seesCut, sessionView, visibleSessions } from '#api/views/sessions.ts';
import { Viewer, viewerAt } from '#api/views/viewer.ts';
import type { Command } from '#model/commands.ts';
import type { ProjectId } from '#std/ids.ts';
import { isRefused, ok } from '#std/refused.ts';

export const projectHandlers = {
  'list-projects': async (context, { caller, input }) => {
    const viewer = await viewerAt(context, caller, input.query.at);
    const seen = [...viewer.state.projects.values()].filter(({ id }) => viewer.seesProject(id));
    return ok({
      projects: seen.sort((a, b) => b.createdAt - a.createdAt).map((project) => projectView(viewer, project)),
    });
  },
  'see-project': async (context, { caller, input }) => {
    const viewer = await viewerAt(context, caller, input.query.at);
    const project = findProject(viewer.state, input.params.project);
    return isRefused(project) ? project : ok({ project: projectView(viewer, project.value) });
  },
  'project-people': async (context, { caller, input }) => {
    const viewer = await viewerAt(context, caller, input.query.at);
    const project = findProject(viewer.state, input.params.project);
    if (isRefused(project)) return project;
    const requests = viewer.state.requests.filter(
      (request) => request.project === project.value.id && request.state === 'open',
    );
    return ok({
      engagements: engagementsOn(viewer, project.value).map((engagement) => engagementView(viewer, engagement)),
      requests: [...requests.values()].map((request) => requestView(viewer, request)),
      roles: [...viewer.state.roles.values()]
        .filter(({ scope, retired }) => scope === 'project' && !retired)
        .map((role) => roleView(role)),
      now: viewer.at,
    });
  },
  'project-sessions': async (context, { caller, input }) => {
    const viewer = await viewerAt(context, caller, input.query.at);
    const project = findProject(viewer.state, input.params.project);
    if (isRefused(project)) return project;
    const { id } = project.value;
    const cuts = [...viewer.state.cuts.values()]
      .filter((cut) => projectOf(cut) === id && seesCut(viewer, cut))
      .sort((a, b) => b.orderedAt - a.orderedAt);
    return ok({
      sessions: visibleSessions(viewer)
        .filter((session) => session.project === id)
        .map((session) => sessionView(viewer, session)),
      cuts: cuts.slice(0, CUTS_SHOWN_MAX).map((cut) => cutView(viewer, cut)),
    });
  },
  'project-history': (context, { caller, input }) => {
    const viewer = new Viewer(context, caller);
    const project = findProject(viewer.state, input.params.project);
    if (isRefused(project)) return project;
    const { before, kind } = input.query;
    return searchPage(viewer, {
      project: project.value.id,
      limit: HISTORY_PAGE,
      ...(before === undefined ? {} : { before }),
      ...(kind === undefined ? {} : { kind }),
    });
  },
  'create-project': createProject,
  'wrap-project': (context, call) =>
    onProject(context, call, (project) => {
      const { reason } = call.input.body;
      return { kind: 'wrap-project', project, cut: newId(context, 'cut'), ...(reason === undefined ? {} : { reason }) };
    }),
  'lock-project': (context, call) =>
    onProject(context, call, (project) => ({
      kind: 'lock-project',
      project,
      cut: newId(context, 'cut'),
      reason: call.input.body.reason,
    })),
  'reopen-project': (context, call) =>
    onProject(context, call, (project) => ({ kind: 'reopen-project', project, reason: call.input.body.reason })),
  'complete-review': (context, call) =>
    onProject(context, call, (project) => {
      const ended = [...call.input.body.ended];
      return {
        kind: 'complete-review',
        review: newId(context, 'review'),
        project,
        ended,
        cuts: ended.map(() => newId(context, 'cut')),
      };
    }),
} satisfies Handlers;

const CUTS_SHOWN_MAX = 50;
const HISTORY_PAGE = 50;

type Standing = 'wrap-project' | 'lock-project' | 'reopen-project' | 'complete-review';

function onProject(context: ApiContext, call: Call<Standing>, asked: (project: ProjectId) => Command) {
  const project = findProject(context.engine.state(), call.input.params.project);
  return isRefused(project) ? project : act(context, call.caller, asked(project.value.id));
}

async function createProject(context: ApiContext, { caller, input }: Call<'create-project'>) {
  const { alias, title, level, owner, folders } = input.body;
  const project = newId(context, 'project');
  const made = await command(context, caller, {
    kind: 'create-project',
    project,
    alias,
    level,
    owner,
    folders,
    title: context.keys.seal(project, title),
  });
  if (isRefused(made)) {
    context.keys.destroy(project); // No project has this id, so nothing was sealed for good.
    return made;
  }
  const viewer = new Viewer(context, caller);
  const found = findProject(viewer.state, project);
  return isRefused(found) ? found : ok({ project: projectView(viewer, found.value) });
}
