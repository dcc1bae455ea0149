/** Questions to the decision: may she, who can, what can she; now or at any date. */
import { couldPermit } from '#access/permits.ts';
import type { Decision } from '#access/permits.ts';
import { standingOf, whoCan } from '#access/standing.ts';
import { decide } from '#api/caller.ts';
import type { DecisionView } from '#api/endpoints/views.ts';
import { findProject } from '#api/find.ts';
import type { Handlers } from '#api/handler.ts';
import { engagementsOn, engagementView } from '#api/views/engagements.ts';
import { viewerAt } from '#api/views/viewer.ts';
import type { Viewer } from '#api/views/viewer.ts';
import { isAction } from '#model/actions.ts';
import { TIME_MAX } from '#model/limits.ts';
import type { State } from '#model/state.ts';
import type { PersonId, ProjectId } from '#std/ids.ts';
import type { Outcome } from '#std/refused.ts';
import { isRefused, ok, refused } from '#std/refused.ts';

export const decisionHandlers = {
  permits: async (context, { caller, input }) => {
    const { person, action, path, at } = input.body;
    const viewer = await viewerAt(context, caller, at);
    const project = projectOf(viewer.state, input.body.project);
    if (isRefused(project)) return project;
    if (!isAction(action)) return unknownAction(action);
    if (person !== caller.person && !seesOthers(viewer, project.value)) return notYours();
    const on = {
      ...(project.value === undefined ? {} : { project: project.value }),
      ...(path === undefined ? {} : { path }),
    };
    const isNow = person === caller.person && viewer.at >= context.clock.now();
    // About now and oneself, the present session counts; else what somebody holds, wherever and however signed in.
    if (isNow) return ok(decisionView(decide(viewer.state, caller, action, on, viewer.at)));
    return ok(decisionView(couldPermit(viewer.state, { who: person, action, on, context: {} }, viewer.at)));
  },
  'who-can': async (context, { caller, input }) => {
    const { action, path, at } = input.body;
    const viewer = await viewerAt(context, caller, at);
    const project = projectOf(viewer.state, input.body.project);
    if (isRefused(project)) return project;
    if (!isAction(action)) return unknownAction(action);
    if (!seesOthers(viewer, project.value)) return notYours();
    const on = {
      ...(project.value === undefined ? {} : { project: project.value }),
      ...(path === undefined ? {} : { path }),
    };
    const people = whoCan(viewer.state, action, on, viewer.at).map(({ person }) => ({
      person: viewer.person(person),
      decision: decisionView(couldPermit(viewer.state, { who: person, action, on, context: {} }, viewer.at)),
    }));
    return ok({ at: viewer.at, people });
  },
  'what-can': async (context, { caller, input }) => {
    const { person, at } = input.body;
    const viewer = await viewerAt(context, caller, at);
    if (person !== caller.person && !viewer.may('person.see')) return notYours();
    const rows = standingOf(viewer.state, person, viewer.at);
    return ok({
      at: viewer.at,
      facility: rows.filter(({ project }) => project === undefined).flatMap(({ actions }) => [...actions.keys()]),
      projects: rows.flatMap(({ project, actions }) =>
        project === undefined || (person !== caller.person && !viewer.seesProject(project))
          ? []
          : [{ project: viewer.project(project), actions: actionsOf(viewer, person, project, actions) }],
      ),
    });
  },
  'who-had-access': async (context, { caller, input }) => {
    const { from, until, at } = input.query;
    const viewer = await viewerAt(context, caller, at);
    const project = findProject(viewer.state, input.params.project);
    if (isRefused(project)) return project;
    const within = engagementsOn(viewer, project.value).filter(
      (one) => one.from < (until ?? TIME_MAX) && Math.min(one.until, one.ended?.at ?? TIME_MAX) >= (from ?? 0),
    );
    return ok({ engagements: within.map((one) => engagementView(viewer, one)), at: viewer.at });
  },
} satisfies Handlers;

function actionsOf(
  viewer: Viewer,
  who: PersonId,
  project: ProjectId,
  actions: ReturnType<typeof standingOf>[number]['actions'],
) {
  return [...actions].map(([action, where]) => {
    const folder = where === 'everywhere' ? undefined : [...where][0];
    const path = folder === undefined ? undefined : `${folder}/-`;
    const { until } = couldPermit(viewer.state, { who, action, on: { project, path }, context: {} }, viewer.at);
    return { action, until: instant(until), ...(where === 'everywhere' ? {} : { folders: [...where] }) };
  });
}

function decisionView({ allow, because, until }: Decision): DecisionView {
  return {
    allow,
    until: instant(until),
    because: because.map(({ id, says, ask }) => ({ rule: id, message: says, ...(ask === undefined ? {} : { ask }) })),
  };
}

export function instant(until: number): number | null {
  return until >= TIME_MAX ? null : until;
}

function projectOf(state: State, name: string | undefined): Outcome<ProjectId | undefined> {
  if (name === undefined) return ok(undefined);
  const project = findProject(state, name);
  return isRefused(project) ? project : ok(project.value.id);
}

function seesOthers(viewer: Viewer, project: ProjectId | undefined): boolean {
  return project === undefined ? viewer.may('person.see') : viewer.may('engagement.see', { project });
}

function unknownAction(action: string) {
  return refused('unknown-action', `There is no action "${action}".`, 'Look at the table of roles.');
}

function notYours() {
  return refused('not-yours', 'You may ask this about yourself only.', 'Ask the producer or the security lead.');
}
