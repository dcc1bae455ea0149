/** The network's model: seen, changed, reviewed. */
import type { NetworkEdit } from '#api/endpoints/network-edit.ts';
import type { ApiContext } from '#api/context.ts';
import type { Handlers } from '#api/handler.ts';
import { act, newId } from '#api/handler.ts';
import { networkView } from '#api/views/network.ts';
import { viewerAt } from '#api/views/viewer.ts';
import type { NetworkChange } from '#model/network-change.ts';
import { ok } from '#std/refused.ts';

export const networkHandlers = {
  network: async (context, { caller, input }) => ok(networkView(await viewerAt(context, caller, input.query.at))),
  'change-network': (context, { caller, input }) =>
    act(context, caller, { kind: 'import-network', changes: changesOf(context, input.body.changes) }),
  'change-zone': (context, { caller, input }) =>
    act(context, caller, { kind: 'change-zone', zone: input.params.zone, ...input.body }),
  'change-host': (context, { caller, input }) =>
    act(context, caller, { kind: 'change-host', host: input.params.host, ...input.body }),
  'review-flow': (context, { caller, input }) =>
    act(context, caller, { kind: 'review-flow', flow: input.params.flow, ...input.body }),
  'review-exposure': (context, { caller, input }) =>
    act(context, caller, { kind: 'review-exposure', exposure: input.params.exposure, ...input.body }),
  'except-invariant': (context, { caller, input }) =>
    act(context, caller, { kind: 'except-invariant', exception: newId(context, 'exception'), ...input.body }),
  'end-invariant-exception': (context, { caller, input }) =>
    act(context, caller, { kind: 'end-invariant-exception', exception: input.params.exception }),
} satisfies Handlers;

/** New things that the caller did not name get an id here. */
export function changesOf(context: Pick<ApiContext, 'random'>, edits: readonly NetworkEdit[]): NetworkChange[] {
  return edits.map((edit) => changeOf(context, edit));
}

function changeOf(context: Pick<ApiContext, 'random'>, edit: NetworkEdit): NetworkChange {
  switch (edit.kind) {
    case 'add-zone':
      return { ...edit, zone: edit.zone ?? newId(context, 'zone') };
    case 'add-host':
      return { ...edit, host: edit.host ?? newId(context, 'host') };
    case 'define-service':
      return { ...edit, service: edit.service ?? newId(context, 'service') };
    case 'add-flow':
      return { ...edit, flow: edit.flow ?? newId(context, 'flow') };
    case 'add-exposure':
      return { ...edit, exposure: edit.exposure ?? newId(context, 'exposure') };
    case 'except-invariant':
      return { ...edit, exception: edit.exception ?? newId(context, 'exception') };
    default:
      return edit;
  }
}
