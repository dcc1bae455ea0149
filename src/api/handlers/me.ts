/** Who I am: hats, rights, projects, sessions; and what signing in leads to. */
import { refusalOf } from '#access/permits.ts';
import type { Caller } from '#api/caller.ts';
import type { ApiContext } from '#api/context.ts';
import type { MeView } from '#api/endpoints/identity.ts';
import type { Handlers } from '#api/handler.ts';
import { act, newId } from '#api/handler.ts';
import { unknown } from '#api/find.ts';
import { instant } from '#api/handlers/decision.ts';
import { liveOf } from '#api/identity/enrolment.ts';
import { engagementsOf, folderRights, mayOn, stateOf } from '#api/views/engagements.ts';
import { sessionView } from '#api/views/sessions.ts';
import { Viewer, viewerAt } from '#api/views/viewer.ts';
import type { Might } from '#api/views/viewer.ts';
import { ACTIONS } from '#model/actions.ts';
import type { Action } from '#model/actions.ts';
import { FACTOR_AGE_MAX_MS } from '#model/limits.ts';
import type { Engagement, Project } from '#model/state.ts';
import { ok } from '#std/refused.ts';

export const meHandlers = {
  me: async (context, { caller, input }) => {
    const viewer = await viewerAt(context, caller, input.query.at);
    const session = context.engine.state().sessions.get(caller.session.id);
    const { facility } = viewer.state;
    if (session === undefined) return unknown('session');
    if (facility === undefined) return unknown('facility');
    const might = viewer.mightOf();
    const person = viewer.state.people.get(caller.person);
    const { factorAt } = session;
    return ok({
      person: viewer.person(caller.person),
      mail: viewer.mailOf(caller.person),
      facility: facility.name,
      timeZone: facility.timeZone,
      hats: hatsOf(viewer, might),
      roles: (person?.roles ?? [])
        .filter(({ until }) => until > viewer.at)
        .map(({ role, until }) => ({ role: viewer.role(role), until })),
      may: (Object.keys(ACTIONS) as Action[]).filter((action) => might(action)), // the keys of the table
      projects: myProjects(viewer, might),
      session: sessionView(viewer, session),
      idleUntil: Math.round(context.signIns.idleUntil(caller.session)),
      factorFreshUntil: factorAt === undefined ? null : factorAt + FACTOR_AGE_MAX_MS,
      factors: factorsOf(context, caller),
      ...(context.settings.sftp === undefined ? {} : { sftp: context.settings.sftp }),
      demo: context.settings.demoLinks !== undefined,
    });
  },
  'my-sessions': async (context, { caller, input }) => {
    const viewer = await viewerAt(context, caller, input.query.at);
    const mine = viewer.state.sessions.filter(
      ({ person, cutOrdered }) => person === caller.person && cutOrdered === undefined,
    );
    return ok({
      sessions: [...mine.values()]
        .sort((a, b) => b.openedAt - a.openedAt)
        .map((session) => sessionView(viewer, session)),
    });
  },
  'end-my-session': (context, { caller, input }) => {
    const session = context.engine.state().sessions.get(input.params.session);
    if (session?.person !== caller.person) return unknown('session');
    return act(context, caller, { kind: 'end-session', session: session.id, cut: newId(context, 'cut') });
  },
} satisfies Handlers;

export function homeOf(context: ApiContext, caller: Caller) {
  const viewer = new Viewer(context, caller);
  return { person: viewer.person(caller.person), home: hatsOf(viewer, viewer.mightOf())[0] ?? 'studio' } as const;
}

/** Home first. Whoever runs people or the facility starts there; an assessor with the evidence; everybody else with the work. */
function hatsOf(viewer: Viewer, might: Might): MeView['hats'] {
  const isEngaged = engagementsOf(viewer, viewer.caller.person).some(
    ({ ended, until }) => ended === undefined && until > viewer.at,
  );
  const leads = [...viewer.state.projects.keys()].some(
    (project) => might('engagement.end', { project }) || might('session.end', { project }),
  );
  const runs = leads || might('facility.configure') || might('person.suspend');
  const assesses =
    might('ledger.see') || [...viewer.state.projects.keys()].some((project) => might('ledger.see', { project }));
  const hats = [
    ...(runs ? (['facility'] as const) : []),
    ...(isEngaged ? (['studio'] as const) : []),
    ...(assesses ? (['assess'] as const) : []),
  ];
  return hats.length === 0 ? ['studio'] : hats;
}

function factorsOf({ engine, clock }: ApiContext, { person }: Caller): MeView['factors'] {
  const types = new Set(liveOf(engine.state(), person, clock.now()).map(({ what }) => what.type));
  return (['passkey', 'totp'] as const).filter((type) => types.has(type));
}

function myProjects(viewer: Viewer, might: Might): MeView['projects'] {
  const engaged = engagementsOf(viewer, viewer.caller.person).filter(
    ({ ended, until }) => ended === undefined && until > viewer.at,
  );
  const byProject = Map.groupBy(engaged, ({ project }) => project);
  return [...byProject].flatMap(([id, engagements]) => {
    const project = viewer.state.projects.get(id);
    return project === undefined ? [] : [myProject(viewer, might, project, engagements)];
  });
}

function myProject(
  viewer: Viewer,
  might: Might,
  project: Project,
  engagements: readonly Engagement[],
): MeView['projects'][number] {
  const decision = viewer.decided('file.list', { project: project.id, path: '' });
  const { code, message, ask } = refusalOf(decision);
  return {
    project: viewer.project(project.id),
    title: viewer.titleOf(project.id),
    standing: project.standing,
    engagements: engagements.map((engagement) => ({
      id: engagement.id,
      role: viewer.role(engagement.role),
      from: engagement.from,
      until: engagement.until,
      state: stateOf(engagement, viewer.at),
    })),
    may: mayOn(might, project),
    until: instant(decision.until),
    folders: folderRights(might, project),
    ...(decision.allow ? {} : { denied: { rule: code, message, ...(ask === undefined ? {} : { ask }) } }),
  };
}
