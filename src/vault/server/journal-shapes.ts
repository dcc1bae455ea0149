/** The journal's lines as they stand in the file. */
import { z } from 'zod';

const n = z.int().min(1);
const at = z.int().min(0);
const client = z.string().regex(/^[a-z0-9][a-z0-9-]{0,38}$/);
const type = z.enum(['config', 'data', 'index', 'keys', 'locks', 'snapshots']);
const previous = z.string().regex(/^[0-9a-f]{64}$/);
const prune = z.string().max(40);
const objects = z.array(z.string().max(120)).max(1_000_000);

export const journalLine = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.literal('accepted'),
    n,
    at,
    client,
    type,
    object: z.string().max(64),
    bytes: z.int().min(0),
    lockedUntil: at,
    previous,
  }),
  z.strictObject({ kind: z.literal('renewed'), n, at, until: at, previous }),
  z.strictObject({ kind: z.literal('marked'), n, at, prune, client, objects, notBefore: at, previous }),
  z.strictObject({ kind: z.literal('unmarked'), n, at, prune, previous }),
  z.strictObject({ kind: z.literal('swept'), n, at, prune, objects, previous }),
]);
