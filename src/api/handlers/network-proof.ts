/** What was proved about the network as it is, and what a change would do to it. */
import { byOf } from '#api/caller.ts';
import type { Handlers } from '#api/handler.ts';
import { changesOf } from '#api/handlers/network.ts';
import { invariantView, policyTestView } from '#api/views/proof.ts';
import { previewView } from '#api/views/preview.ts';
import { Viewer, viewerAt } from '#api/views/viewer.ts';
import { checkKept } from '#plan/facility-file/kept-tests.ts';
import { proveInvariants } from '#plan/network/invariants.ts';
import { ok } from '#std/refused.ts';

export const networkProofHandlers = {
  'prove-network': async (context, { caller, input }) => {
    const viewer = await viewerAt(context, caller, input.query.at);
    const { state, at } = viewer;
    const from = context.clock.monotonic();
    const { invariants, assumptions } = proveInvariants(state, at);
    const tests = checkKept(state, at);
    const tookMs = Math.round((context.clock.monotonic() - from) * 10) / 10;
    const special = invariants.flatMap((report) => report.assumptions);
    return ok({
      at,
      invariants: invariants.map((report) => invariantView(state, report)),
      tests: tests.map((one) => policyTestView(state, one)),
      assumptions: [...new Set([...assumptions, ...special])],
      tookMs,
    });
  },
  'preview-network': (context, { caller, input }) => {
    const viewer = new Viewer(context, caller);
    const command = { kind: 'import-network' as const, changes: changesOf(context, input.body.changes) };
    return ok(previewView(viewer, command, byOf(caller)));
  },
} satisfies Handlers;
