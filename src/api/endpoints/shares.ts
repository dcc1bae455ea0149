/** Central storage at a workstation: what the machine that asks could have opened, and the session that opens it. */
import { z } from 'zod';
import { id, time } from '#model/events.ts';
import { networkMode } from '#model/network-shapes.ts';
import { get, post } from '#api/endpoints/endpoint.ts';
import { projectParam } from '#api/endpoints/parts.ts';
import { sharePathView } from '#api/endpoints/share-views.ts';
import { problem } from '#api/endpoints/views.ts';

export const shareView = z.strictObject({
  /** The facility declares such ways at all. */
  offered: z.boolean(),
  /** The machine that the request came from; absent when the facility knows none of that address. */
  machine: z.strictObject({ id: id('host'), name: z.string() }).optional(),
  /** My session at this machine for this project. */
  open: z
    .strictObject({ session: id('session'), openedAt: time, until: time, paths: z.array(sharePathView) })
    .optional(),
  /** The gateway refuses what nothing allows; else the storage may be reached without a session too. */
  enforced: z.boolean(),
  mode: networkMode,
  /** What asking to open it would be answered now. */
  refused: problem.optional(),
});
export type ShareView = z.infer<typeof shareView>;

export const shareEndpoints = {
  'see-share': get('/projects/:project/share', {
    summary: 'Whether storage of a project is open for me at the machine that I ask from, and what stands in the way.',
    needs: 'own',
    params: projectParam,
    response: shareView,
  }),
  'open-share': post('/projects/:project/share', {
    summary:
      'Opens the storage of a project for the machine that I ask from, until my session there ends. Answers once the gateway has opened it.',
    needs: 'share.open',
    scope: 'project',
    params: projectParam,
    response: shareView,
  }),
} as const;
