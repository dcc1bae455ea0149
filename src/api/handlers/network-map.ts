/** The topology as a drawing, and the zone matrix in other firewalls' words. */
import type { Handlers } from '#api/handler.ts';
import { viewerAt } from '#api/views/viewer.ts';
import { exportZoneMatrix } from '#plan/network/export/export-matrix.ts';
import { renderNetworkMap } from '#plan/network/map/network-map.ts';
import { ok } from '#std/refused.ts';

export const networkMapHandlers = {
  'network-map': async (context, { caller, input }) => {
    const { state, at } = await viewerAt(context, caller, input.query.at);
    return ok({ svg: renderNetworkMap(state, at) });
  },
  'export-network': async (context, { caller, input }) => {
    const { state, at } = await viewerAt(context, caller, input.query.at);
    const { files, notes } = exportZoneMatrix(state, input.query.format, at);
    return ok({ files: files.map((file) => ({ ...file })), notes: [...notes] });
  },
} satisfies Handlers;
