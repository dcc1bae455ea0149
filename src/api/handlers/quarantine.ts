/** Quarantine: one order, receipts from every gate, and a release that takes two. */
import type { Handlers } from '#api/handler.ts';
import { act, newId } from '#api/handler.ts';
import { quarantineView } from '#api/views/quarantine.ts';
import { viewerAt } from '#api/views/viewer.ts';
import { isRefused, ok } from '#std/refused.ts';

export const quarantineHandlers = {
  'list-quarantines': async (context, { caller, input }) => {
    const viewer = await viewerAt(context, caller, input.query.at);
    const standing = [...viewer.state.network.quarantines.values()].sort((a, b) => b.orderedAt - a.orderedAt);
    return ok({ quarantines: standing.map((one) => quarantineView(viewer, one)) });
  },
  quarantine: async (context, { caller, input }) => {
    const [quarantine, cut] = [newId(context, 'quarantine'), newId(context, 'cut')];
    const ordered = await act(context, caller, { kind: 'quarantine', quarantine, cut, ...input.body });
    return isRefused(ordered) ? ordered : ok({ ...ordered.value, quarantine, cut });
  },
  'ask-release': (context, { caller, input }) =>
    act(context, caller, { kind: 'ask-release', quarantine: input.params.quarantine, ...input.body }),
  'release-quarantine': (context, { caller, input }) =>
    act(context, caller, { kind: 'release-quarantine', quarantine: input.params.quarantine }),
} satisfies Handlers;
