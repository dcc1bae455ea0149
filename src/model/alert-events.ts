/** Entries about alerts: the ways they go out by, what was sent, what could not be. What they are about is in other entries. */
import { z } from 'zod';
import { none, state } from '#model/entry-kind.ts';

export const alertWay = z.enum(['command', 'webhook']);
export type AlertWay = z.infer<typeof alertWay>;

export const alertWays = z
  .array(
    z.strictObject({
      way: alertWay,
      /** The command's path, or the host that a webhook goes to: no secret. */
      to: z.string().min(1).max(300),
    }),
  )
  .max(2);

export const alertSentData = z.strictObject({
  way: alertWay,
  /** Everything that was to be told up to this index of the ledger was. */
  upTo: z.int().min(0),
  matters: z.int().min(1),
  /** That were left out, because too many waited. */
  dropped: z.int().min(0),
});

export const alertFailureData = z.strictObject({ way: alertWay, code: z.string().max(60), tries: z.int().min(1) });

export const ALERT_KINDS = {
  'alert.ways-set': state(z.strictObject({ ways: alertWays })),
  'alert.test-asked': state(none),
  'alert.sent': state(alertSentData),
  'alert.failed': state(alertFailureData),
} as const;
