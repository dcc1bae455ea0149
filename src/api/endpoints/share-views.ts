/** The paths that a share session holds open, wherever such a session is shown. */
import { z } from 'zod';
import { id } from '#model/events.ts';
import { address, port } from '#model/network-shapes.ts';

export const sharePathView = z.strictObject({
  /** The storage. */
  host: z.strictObject({ id: id('host'), name: z.string() }),
  from: address,
  to: address,
  protocol: z.enum(['tcp', 'udp']),
  port,
  /** The gateway has said that its rules hold it. */
  loaded: z.boolean(),
});
export type SharePathView = z.infer<typeof sharePathView>;
