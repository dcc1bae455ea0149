/** The zone matrix in other firewalls' words. */
import type { Handlers } from '#api/handler.ts';
import { viewerAt } from '#api/views/viewer.ts';
import { exportZoneMatrix } from '#plan/network/export/export-matrix.ts';
import { ok } from '#std/refused.ts';

export const networkMapHandlers = {
  'export-network': async (context, { caller, input }) => {
    const { state, at } = await viewerAt(context, caller, input.query.at);
    const { files, notes } = exportZoneMatrix(state, input.query.format, at);
    return ok({ files: files.map((file) => ({ ...file })), notes: [...notes] });
  },
} satisfies Handlers;
