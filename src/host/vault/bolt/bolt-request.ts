/**
 * What may be asked of the bolt: *lock until*, and to let go of what is damaged. A line of JSON each way.
 *
 * - `path` names one object of a repository, relative to the vault's folder, and nothing else.
 * - `let-go-damaged` is about one object that is named by its content. The bolt hashes it: only bytes that are not the name's can be changed then.
 * - `except`: everything that was ever locked, these left out, is locked for at least so long from now. What the newest of these left out, and
 *   nothing else, may be changed when its time is over.
 * - `paths`: those of them that are free, never locked or left out, are locked for so long from now; the answer names those that could not be.
 */
import { z } from 'zod';
import { HOLD_MAX } from '#vault/server/locking.ts';

const CLIENT = '[a-z0-9][a-z0-9-]{0,38}';
const ID = '[0-9a-f]{64}';
const OBJECT = new RegExp(
  `^repositories/${CLIENT}/(config|(index|keys|snapshots)/${ID}|data/([0-9a-f]{2})/\\3[0-9a-f]{62})$`,
);
/** A config is not named by its bytes: nobody can see from outside whether it is right. */
const HASHED = new RegExp(`^repositories/${CLIENT}/((index|keys|snapshots)/${ID}|data/([0-9a-f]{2})/\\3[0-9a-f]{62})$`);
export const REQUEST_BYTES_MAX = 128 << 20;
const FOR_MS_MAX = 3650 * 86_400_000;

const path = z.string().max(200).regex(OBJECT);
const forMs = z.int().min(1).max(FOR_MS_MAX);
const n = z.int().min(1);

export const boltRequest = z.union([
  z.strictObject({ n, verb: z.literal('lock-until'), paths: z.array(path).max(HOLD_MAX), forMs }),
  z.strictObject({ n, verb: z.literal('lock-until'), path, forMs }),
  z.strictObject({ n, verb: z.literal('let-go-damaged'), path: z.string().max(200).regex(HASHED) }),
  z.strictObject({ n, verb: z.literal('lock-until'), except: z.array(path).max(1_000_000), forMs }),
]);
export type BoltRequest = z.infer<typeof boltRequest>;

export const boltAnswer = z.strictObject({
  n,
  unlocked: z.array(z.string()).max(HOLD_MAX).optional(),
  fault: z.strictObject({ code: z.string(), says: z.string() }).optional(),
});
export type BoltAnswer = z.infer<typeof boltAnswer>;
