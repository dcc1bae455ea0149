/**
 * The shapes that every entry and command is made of: ids, times, labels, who did it and what it is about.
 * Every time is an integer: milliseconds since 1970-01-01T00:00:00Z.
 */
import { z } from 'zod';
import type { Id, IdKind } from '#std/ids.ts';
import { isId } from '#std/ids.ts';

z.config({ jitless: true });

const LABEL_CHARS_MAX = 200;
const REASON_CHARS_MAX = 1000;
export const PATH_BYTES_MAX = 4096;

export function id<Kind extends IdKind>(kind: Kind) {
  return z.custom<Id<Kind>>((value) => isId(kind, value), { error: `not a ${kind} id` });
}

export const time = z.int().min(0).max(8_640_000_000_000_000);
export const label = z.string().min(1).max(LABEL_CHARS_MAX);
export const reason = z.string().min(1).max(REASON_CHARS_MAX);
export const roleId = z.custom<Id<'role'>>((v) => typeof v === 'string' && /^[a-z][a-z0-9-]{1,39}$/.test(v));
export const action = z.string().regex(/^[a-z]+(-[a-z]+)*\.[a-z]+(-[a-z]+)*$/);
export const path = z.string().max(PATH_BYTES_MAX);
export const alias = z.string().regex(/^[a-z0-9][a-z0-9-]{1,38}[a-z0-9]$/);
export const hash = z.string().regex(/^[0-9a-f]{64}$/);
export const xxh64 = z.string().regex(/^[0-9a-f]{16}$/);
export const gate = z.enum(['portal', 'sftp', 'share', 'desktop', 'shell', 'review', 'network', 'drives', 'backup']);
export type Gate = z.infer<typeof gate>;

/**
 * A field that only holders of the subject's key can read: AES-256-GCM, its key and nonce derived with
 * HKDF-SHA256 from the subject's key and `salt`. Destroying the subject's key erases every such field.
 */
export const sealed = z.strictObject({
  subject: z.union([id('person'), id('project'), z.literal('facility')]),
  salt: z.string().max(32),
  box: z.string().max(16_384),
});
export type Sealed = z.infer<typeof sealed>;

export const by = z.strictObject({
  person: id('person').optional(),
  /** A part of Picturelock acting by itself: `engine`, `clock`, `gate-portal`, ... */
  service: z.string().max(40).optional(),
  session: id('session').optional(),
  engagement: id('engagement').optional(),
  /** Where the request came from: an IP address. */
  from: z.string().max(64).optional(),
});
export type By = z.infer<typeof by>;

export const about = z.strictObject({
  person: id('person').optional(),
  project: id('project').optional(),
  engagement: id('engagement').optional(),
  credential: id('credential').optional(),
  session: id('session').optional(),
  request: id('request').optional(),
  invitation: id('invitation').optional(),
  recovery: id('recovery').optional(),
  cut: id('cut').optional(),
  role: roleId.optional(),
  zone: id('zone').optional(),
  host: id('host').optional(),
  service: id('service').optional(),
  flow: id('flow').optional(),
  exposure: id('exposure').optional(),
  /** An opened network path. */
  opening: id('path').optional(),
  quarantine: id('quarantine').optional(),
  apply: id('apply').optional(),
  vault: id('vault').optional(),
  policy: id('policy').optional(),
  backup: id('backup').optional(),
  restore: id('restore').optional(),
  drill: id('drill').optional(),
  alarm: id('alarm').optional(),
  prune: id('prune').optional(),
  change: id('change').optional(),
  hold: id('hold').optional(),
  gate: gate.optional(),
  /** A path beneath the project's workspace: `media/reel-01/a.mov`. */
  path: path.optional(),
});
export type About = z.infer<typeof about>;

/** Daily hours in the facility's time zone; `from` may be later than `until` (a night shift). Minutes of the day. */
export const hours = z.strictObject({
  days: z.array(z.int().min(0).max(6)).min(1).max(7), // 0 is Sunday
  from: z.int().min(0).max(1439),
  until: z.int().min(1).max(1440),
});
export type Hours = z.infer<typeof hours>;

/** One thing a role may do; `folders` narrows file actions to top-level folders of the workspace. */
export const grant = z.strictObject({ action, folders: z.array(z.string().min(1).max(80)).max(40).optional() });
export type Grant = z.infer<typeof grant>;

export const networkRange = z.strictObject({ cidr: z.string().max(64), vlan: z.int().min(1).max(4094).optional() });

/** What a cut or a session ended because of. */
export const because = z.enum([
  'button',
  'clock',
  'wrap',
  'suspension',
  'dormancy',
  'stolen-key',
  'lease',
  'signed-out',
  'idle',
  'absolute-limit',
  'disconnected',
  'gate-restarted',
  'lock',
  'credential-ended',
  'erased',
  'rights-changed',
  'quarantine',
  'recording-lost',
  /** Somebody else came to the machine that it was held at. */
  'machine-taken',
  'fault',
]);
export type Because = z.infer<typeof because>;

/** A machine has fewer sessions at once; of more, the paths are closed and the newest sessions ended. */
export const CUT_SESSIONS_MAX = 500;
export const cutScope = z.union([
  z.strictObject({ kind: z.literal('person'), person: id('person') }),
  z.strictObject({
    kind: z.literal('engagement'),
    engagement: id('engagement'),
    person: id('person'),
    project: id('project'),
  }),
  z.strictObject({ kind: z.literal('project'), project: id('project') }),
  z.strictObject({
    kind: z.literal('credential'),
    credential: id('credential'),
    person: id('person'),
    /** Only these: she changed the credential herself, and goes on in the session that she did it in. */
    sessions: z.array(id('session')).max(CUT_SESSIONS_MAX).optional(),
  }),
  z.strictObject({ kind: z.literal('session'), session: id('session') }),
  /** Everything that comes from a machine, told by the address that sessions come from; and these, which have a path to it. */
  z.strictObject({
    kind: z.literal('host'),
    host: id('host'),
    addresses: z.array(z.string().max(64)).max(16),
    sessions: z.array(id('session')).max(CUT_SESSIONS_MAX).optional(),
  }),
]);
export type CutScope = z.infer<typeof cutScope>;
