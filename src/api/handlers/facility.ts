/** Settings, roles, zones, hosts, exceptions, and every live session. */
import { byOf } from '#api/caller.ts';
import { unknown } from '#api/find.ts';
import type { Handlers } from '#api/handler.ts';
import { act, command, newId } from '#api/handler.ts';
import { effectView } from '#api/views/effect.ts';
import { exceptionView, facilityView, hostView, roleView, zoneView } from '#api/views/facility.ts';
import { sessionView, visibleSessions } from '#api/views/sessions.ts';
import { Viewer, viewerAt } from '#api/views/viewer.ts';
import { ACTIONS } from '#model/actions.ts';
import { waysShown } from '#model/alerts.ts';
import { isRefused, ok } from '#std/refused.ts';

export const facilityHandlers = {
  facility: async (context, { caller, input }) => {
    const viewer = await viewerAt(context, caller, input.query.at);
    const { facility, zones, hosts, exceptions } = viewer.state;
    if (facility === undefined) return unknown('facility');
    return ok({
      facility: facilityView(facility),
      zones: [...zones.values()].sort((a, b) => b.trust - a.trust).map(zoneView),
      hosts: [...hosts.values()].sort((a, b) => a.name.localeCompare(b.name)).map(hostView),
      exceptions: [...exceptions.values()]
        .sort((a, b) => a.until - b.until)
        .map((exception) => exceptionView(viewer, exception)),
    });
  },
  'change-settings': (context, { caller, input }) =>
    act(context, caller, { kind: 'change-settings', settings: input.body }),
  'see-alerts': async (context, { caller, input }) => {
    const { alerts } = (await viewerAt(context, caller, input.query.at)).state;
    return ok({ ways: waysShown(alerts), dropped: alerts.dropped });
  },
  'test-alert': (context, { caller }) => act(context, caller, { kind: 'test-alert' }),
  'list-roles': async (context, { caller, input }) => {
    const { state } = await viewerAt(context, caller, input.query.at);
    return ok({ roles: [...state.roles.values()].map(roleView), actions: Object.keys(ACTIONS) });
  },
  'preview-role': (context, { caller, input }) =>
    ok(
      effectView(
        new Viewer(context, caller),
        { kind: 'define-role', role: input.params.role, ...input.body },
        byOf(caller),
      ),
    ),
  'define-role': (context, { caller, input }) =>
    act(context, caller, { kind: 'define-role', role: input.params.role, ...input.body }),
  'retire-role': (context, { caller, input }) => act(context, caller, { kind: 'retire-role', role: input.params.role }),
  'add-zone': async (context, { caller, input }) => {
    const zone = newId(context, 'zone');
    const added = await command(context, caller, { kind: 'add-zone', zone, ...input.body });
    const found = context.engine.state().zones.get(zone);
    if (isRefused(added)) return added;
    return found === undefined ? unknown('zone') : ok({ zone: zoneView(found) });
  },
  'remove-zone': (context, { caller, input }) => act(context, caller, { kind: 'remove-zone', zone: input.params.zone }),
  'add-host': async (context, { caller, input }) => {
    const host = newId(context, 'host');
    const added = await command(context, caller, { kind: 'add-host', host, ...input.body });
    const found = context.engine.state().hosts.get(host);
    if (isRefused(added)) return added;
    return found === undefined ? unknown('host') : ok({ host: hostView(found) });
  },
  'remove-host': (context, { caller, input }) => act(context, caller, { kind: 'remove-host', host: input.params.host }),
  'record-exception': (context, { caller, input }) =>
    act(context, caller, { kind: 'record-exception', exception: newId(context, 'exception'), ...input.body }),
  'end-exception': (context, { caller, input }) =>
    act(context, caller, { kind: 'end-exception', exception: input.params.exception, reason: input.body.reason }),
  'list-sessions': async (context, { caller, input }) => {
    const viewer = await viewerAt(context, caller, input.query.at);
    return ok({ sessions: visibleSessions(viewer).map((session) => sessionView(viewer, session)) });
  },
  'end-session': (context, { caller, input }) =>
    act(context, caller, { kind: 'end-session', session: input.params.session, cut: newId(context, 'cut') }),
} satisfies Handlers;
