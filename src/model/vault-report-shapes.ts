/** What a vault, or whoever looks after its locks, reports as it stands now: counts, and the first few names. */
import { z } from 'zod';
import { time } from '#model/entry-shapes.ts';

export const NAMED_MAX = 5;
export const NAME_CHARS_MAX = 300;

const namedSome = z.strictObject({
  count: z.int().min(0),
  names: z.array(z.string().max(NAME_CHARS_MAX)).max(NAMED_MAX),
});
export type NamedSome = z.infer<typeof namedSome>;

/** The locks of one repository in a bucket: a project's, or the facility's own. */
export const locksReport = z.strictObject({
  /** When the first of all objects may be removed; absent: nobody measured it yet. */
  lockedUntil: time.optional(),
  /** Keys with a delete marker on top, and keys that somebody put another version under. */
  hidden: namedSome,
  overlaid: namedSome,
  /** Why the newest round did not come to a good end, and how often in a row. */
  failure: z.strictObject({ code: z.string().max(60), tries: z.int().min(1) }).optional(),
});
export type LocksReport = z.infer<typeof locksReport>;

/** What a vault that fills itself found wrong at the one that it copies from. */
export const pullReport = z.strictObject({
  count: z.int().min(0),
  findings: z
    .array(
      z.strictObject({
        code: z.enum(['changed', 'missing', 'gone', 'rolled-back']),
        /** `first vault/repository/type/name`. */
        object: z.string().max(NAME_CHARS_MAX),
      }),
    )
    .max(NAMED_MAX),
});
export type PullReport = z.infer<typeof pullReport>;
