/** The journal's lines as they stand in the file. */
import { z } from 'zod';

const n = z.int().min(1);
const at = z.int().min(0);
const client = z.string().regex(/^[a-z0-9][a-z0-9-]{0,38}$/);
const type = z.enum(['config', 'data', 'index', 'keys', 'snapshots']);
const sha256 = z.string().regex(/^[0-9a-f]{64}$/);
const previous = sha256;
const signed = z.strictObject({ by: z.array(z.string().max(80)).min(2).max(10), sha256 });
const prune = z.string().max(40);
const objects = z.array(z.string().max(120)).max(1_000_000);
const line = { n, at, previous };

export const journalLine = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.literal('accepted'),
    ...line,
    client,
    type,
    object: z.string().max(64),
    bytes: z.int().min(0),
    lockedUntil: at,
    sha256: sha256.optional(),
  }),
  z.strictObject({ kind: z.literal('damaged'), ...line, client, type, object: z.string().max(64) }),
  z.strictObject({ kind: z.literal('healed'), ...line, client, type, object: z.string().max(64) }),
  z.strictObject({ kind: z.literal('renewed'), ...line, until: at }),
  z.strictObject({
    kind: z.literal('marked'),
    ...line,
    prune,
    client,
    objects,
    notBefore: at,
    signed: signed.optional(),
  }),
  z.strictObject({ kind: z.literal('unmarked'), ...line, prune }),
  z.strictObject({ kind: z.literal('swept'), ...line, prune, objects }),
  z.strictObject({ kind: z.literal('window'), ...line, until: at }),
  z.strictObject({ kind: z.literal('doubted'), ...line, says: z.string().max(300) }),
  z.strictObject({ kind: z.literal('trusted'), ...line }),
  z.strictObject({ kind: z.literal('folded'), ...line, table: sha256, past: sha256, pastFrom: n }),
]);
