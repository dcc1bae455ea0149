/** Requests for access or more time. */
import { byOf } from '#api/caller.ts';
import type { Caller } from '#api/caller.ts';
import type { ApiContext } from '#api/context.ts';
import { findProject, unknown } from '#api/find.ts';
import type { Handlers } from '#api/handler.ts';
import { act, command, newId } from '#api/handler.ts';
import { effectView } from '#api/views/effect.ts';
import { requestView } from '#api/views/engagements.ts';
import { Viewer, viewerAt } from '#api/views/viewer.ts';
import type { RequestId } from '#std/ids.ts';
import { isRefused, ok } from '#std/refused.ts';

const REQUESTS_SHOWN_MAX = 500;

export const requestHandlers = {
  'list-requests': async (context, { caller, input }) => {
    const viewer = await viewerAt(context, caller, input.query.at);
    const { state } = input.query;
    const seen = [...viewer.state.requests.values()].filter(
      (request) =>
        (state === 'all' || request.state === 'open') &&
        (request.person === caller.person || viewer.may('request.decide', { project: request.project })),
    );
    return ok({
      requests: seen
        .sort((a, b) => b.madeAt - a.madeAt)
        .slice(0, REQUESTS_SHOWN_MAX)
        .map((request) => requestView(viewer, request)),
    });
  },
  'ask-access': async (context, { caller, input }) => {
    const { ask, engagement, role, until, reason } = input.body;
    const project = findProject(context.engine.state(), input.body.project);
    if (isRefused(project)) return project;
    const request = newId(context, 'request');
    const asked = await command(context, caller, {
      kind: 'ask-access',
      request,
      ask,
      person: caller.person,
      project: project.value.id,
      until,
      reason,
      ...(engagement === undefined ? {} : { engagement }),
      ...(role === undefined ? {} : { role }),
    });
    return isRefused(asked) ? asked : shown(context, caller, request);
  },
  'preview-decision': (context, { caller, input }) =>
    ok(
      effectView(
        new Viewer(context, caller),
        {
          kind: 'decide-request',
          request: input.params.request,
          granted: true,
          engagement: newId(context, 'engagement'),
        },
        byOf(caller),
      ),
    ),
  'decide-request': async (context, { caller, input }) => {
    const { request } = input.params;
    const { granted, reason } = input.body;
    const decided = await command(context, caller, {
      kind: 'decide-request',
      request,
      granted,
      engagement: newId(context, 'engagement'),
      ...(reason === undefined ? {} : { reason }),
    });
    return isRefused(decided) ? decided : shown(context, caller, request);
  },
  'withdraw-request': (context, { caller, input }) =>
    act(context, caller, { kind: 'withdraw-request', request: input.params.request }),
} satisfies Handlers;

function shown(context: ApiContext, caller: Caller, id: RequestId) {
  const request = context.engine.state().requests.get(id);
  return request === undefined
    ? unknown('request')
    : ok({ request: requestView(new Viewer(context, caller), request) });
}
