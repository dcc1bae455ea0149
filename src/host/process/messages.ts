/** What the supervisor and its children say to each other. A child whose supervisor is gone stops by itself. */
import { z } from 'zod';

export const toChild = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('begin'), settings: z.unknown() }),
  z.strictObject({ kind: z.literal('stop') }),
]);
export type ToChild = z.infer<typeof toChild>;

/** `address` is where a gate can be reached: `http://localhost:8080`, `127.0.0.1:2022`. */
export const fromChild = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.literal('listening'),
    address: z.string().optional(),
    notes: z.record(z.string(), z.string()).optional(),
  }),
  z.strictObject({ kind: z.literal('failed'), code: z.string(), message: z.string(), retry: z.boolean() }),
]);
export type FromChild = z.infer<typeof fromChild>;
