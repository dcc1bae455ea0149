/** Path parameters, query fields and bodies that several endpoints share. */
import { z } from 'zod';
import { alias, id, reason, time } from '#model/events.ts';

/** An instant in a query string. The state then is shown, instead of now's. */
export const at = z.coerce.number<number | string>().int().min(0).max(8_640_000_000_000_000).optional();
export const atQuery = z.strictObject({ at });

export const whole = z.coerce.number<number | string>().int().min(0).max(Number.MAX_SAFE_INTEGER);

/** A project by its alias or its id. */
export const projectParam = z.strictObject({ project: z.union([id('project'), alias]) });
export const personParam = z.strictObject({ person: id('person') });
export const engagementParam = z.strictObject({ engagement: id('engagement') });

export const reasonBody = z.strictObject({ reason });
export const maybeReasonBody = z.strictObject({ reason: reason.optional() });

/** The answer to an act: the ledger indexes it made, and the cut it ordered, whose receipts can be followed. */
export const done = z.strictObject({ entries: z.array(z.int()), cut: id('cut').optional() });
export type Done = z.infer<typeof done>;

export const PAGE_ENTRIES_MAX = 200;
export const LIST_ITEMS_MAX = 2000;

/** What a person types as a name or mail address; sealed before it is stored. */
export const personName = z.string().trim().min(1).max(120);
export const mailAddress = z
  .string()
  .trim()
  .max(254)
  .regex(/^[^\s@<>"']+@[^\s@<>"']+$/, 'not a mail address');
export const projectTitle = z.string().trim().min(1).max(200);
export const until = time;
