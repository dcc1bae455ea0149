/** Engagements: what giving one would do, giving, extending and ending it. */
import { byOf } from '#api/caller.ts';
import type { Caller } from '#api/caller.ts';
import type { ApiContext } from '#api/context.ts';
import { findEngagement, findProject } from '#api/find.ts';
import type { Call, Handlers } from '#api/handler.ts';
import { act, command, newId } from '#api/handler.ts';
import { effectView } from '#api/views/effect.ts';
import { engagementView } from '#api/views/engagements.ts';
import { sessionView } from '#api/views/sessions.ts';
import { Viewer } from '#api/views/viewer.ts';
import type { CommandOf } from '#model/commands.ts';
import type { EngagementId } from '#std/ids.ts';
import { isRefused, ok } from '#std/refused.ts';
import type { Outcome } from '#std/refused.ts';

export const engagementHandlers = {
  'preview-engagement': (context, call) => {
    const give = giving(context, call);
    return isRefused(give) ? give : ok(preview(context, call.caller, give.value));
  },
  'give-engagement': async (context, call) => {
    const give = giving(context, call);
    if (isRefused(give)) return give;
    const given = await command(context, call.caller, give.value);
    return isRefused(given) ? given : shown(context, call.caller, give.value.engagement);
  },
  'preview-extension': (context, { caller, input }) =>
    ok(
      preview(context, caller, {
        kind: 'extend-engagement',
        engagement: input.params.engagement,
        until: input.body.until,
      }),
    ),
  'extend-engagement': async (context, { caller, input }) => {
    const { engagement } = input.params;
    const { until, reason } = input.body;
    const extended = await command(context, caller, {
      kind: 'extend-engagement',
      engagement,
      until,
      ...(reason === undefined ? {} : { reason }),
    });
    return isRefused(extended) ? extended : shown(context, caller, engagement);
  },
  'preview-end': (context, { caller, input }) => {
    const { engagement } = input.params;
    const found = findEngagement(context.engine.state(), engagement);
    if (isRefused(found)) return found;
    const viewer = new Viewer(context, caller);
    const { person, project } = found.value;
    const sessions = viewer.state.sessions.filter(
      (session) => session.person === person && (session.project === project || session.engagement === engagement),
    );
    return ok({
      effect: preview(context, caller, {
        kind: 'end-engagement',
        engagement,
        because: 'button',
        cut: newId(context, 'cut'),
      }),
      sessions: [...sessions.values()].map((session) => sessionView(viewer, session)),
    });
  },
  'end-engagement': async (context, { caller, input }) => {
    const cut = newId(context, 'cut');
    const { reason } = input.body;
    const done = await act(context, caller, {
      kind: 'end-engagement',
      engagement: input.params.engagement,
      because: 'button',
      cut,
      ...(reason === undefined ? {} : { reason }),
    });
    return isRefused(done) ? done : ok({ entries: done.value.entries, cut });
  },
} satisfies Handlers;

function giving(
  context: ApiContext,
  { input }: Call<'give-engagement' | 'preview-engagement'>,
): Outcome<CommandOf<'give-engagement'>> {
  const project = findProject(context.engine.state(), input.params.project);
  if (isRefused(project)) return project;
  const { person, role, from, until, hours, zones } = input.body;
  return ok({
    kind: 'give-engagement',
    engagement: newId(context, 'engagement'),
    project: project.value.id,
    person,
    role,
    from,
    until,
    ...(hours === undefined ? {} : { hours }),
    ...(zones === undefined ? {} : { zones }),
  });
}

function preview(context: ApiContext, caller: Caller, asked: Parameters<typeof effectView>[1]) {
  return effectView(new Viewer(context, caller), asked, byOf(caller));
}

function shown(context: ApiContext, caller: Caller, id: EngagementId) {
  const found = findEngagement(context.engine.state(), id);
  return isRefused(found) ? found : ok({ engagement: engagementView(new Viewer(context, caller), found.value) });
}
