/**
 * Everything that can ever happen, as data.
 *
 * An entry is canonical JSON (RFC 8785) of at most 65,535 bytes. `kind` is one of the closed set below.
 * *State* entries change the fold; *activity* entries (file access and the like) do not.
 * `about` holds the ids that entries are searched by; `data` is particular to the kind.
 * Every time is an integer: milliseconds since 1970-01-01T00:00:00Z. Names, mail addresses, true titles and
 * secrets' verifiers appear only as `sealed` fields.
 */
import { z } from 'zod';
import { activity, none, state } from '#model/entry-kind.ts';
import {
  about,
  action,
  alias,
  because,
  by,
  cutScope,
  gate,
  grant,
  hash,
  hours,
  id,
  label,
  path,
  reason,
  roleId,
  sealed,
  time,
  xxh64,
} from '#model/entry-shapes.ts';
import type { About, By } from '#model/entry-shapes.ts';
import { ALERT_KINDS } from '#model/alert-events.ts';
import { BACKUP_KINDS } from '#model/backup-events.ts';
import { NETWORK_KINDS } from '#model/network-events.ts';
import { hostData, zoneData } from '#model/network-shapes.ts';

/** What entries are made of is part of this vocabulary. */
export {
  about,
  action,
  alias,
  because,
  by,
  cutScope,
  gate,
  grant,
  hash,
  hours,
  id,
  label,
  networkRange,
  path,
  PATH_BYTES_MAX,
  reason,
  roleId,
  sealed,
  time,
  xxh64,
} from '#model/entry-shapes.ts';
export type { About, Because, By, CutScope, Gate, Grant, Hours, Sealed } from '#model/entry-shapes.ts';

const facilityRoles = z.array(z.strictObject({ role: roleId, until: time })).max(10);

const fileTotals = {
  bytes: z.int().min(0),
  ms: z.int().min(0),
  /** Of the whole file, when the whole file passed through in order. */
  xxh64: xxh64.optional(),
  sha256: hash.optional(),
};

/** Of a share: what its paths carried, both ways together, when the packet filter was last asked; what came after that is not in it. */
export const passed = z.strictObject({ packets: z.int().min(0), bytes: z.int().min(0) });
export type Passed = z.infer<typeof passed>;

export const KINDS = {
  // The facility
  'facility.created': state(z.strictObject({ name: label, timeZone: z.string().max(60), origin: z.string().max(200) })),
  'facility.settings-changed': state(
    z.strictObject({
      name: label.optional(),
      timeZone: z.string().max(60).optional(),
      dormantAfterDays: z.int().min(1).max(365).optional(),
      binDays: z.int().min(1).max(365).optional(),
      /** Longest engagement that anyone can give. */
      maxEngagementDays: z.int().min(1).max(3650).optional(),
      /** Extra file endings let in beside the built-in ones, lower case, no dot. */
      extraFileTypes: z
        .array(z.string().regex(/^[a-z0-9]{1,12}$/))
        .max(100)
        .optional(),
      /** High-security projects ask for a live background screening too. */
      screeningAsked: z.boolean().optional(),
    }),
  ),
  'zone.added': state(zoneData),
  'zone.changed': state(zoneData),
  'zone.removed': state(none),
  'host.added': state(hostData),
  'host.changed': state(hostData),
  'host.removed': state(none),
  'role.defined': state(
    z.strictObject({ title: label, scope: z.enum(['facility', 'project']), grants: z.array(grant).max(200) }),
  ),
  'role.retired': state(none),
  'exception.recorded': state(z.strictObject({ exception: id('exception'), rule: label, reason, until: time })),
  'exception.ended': state(z.strictObject({ exception: id('exception'), reason })),

  ...NETWORK_KINDS,

  ...BACKUP_KINDS,

  ...ALERT_KINDS,

  // People
  'person.added': state(
    z.strictObject({
      nature: z.enum(['human', 'service']),
      name: sealed,
      mail: sealed.optional(),
      roles: facilityRoles,
    }),
  ),
  'person.renamed': state(z.strictObject({ name: sealed, mail: sealed.optional() })),
  'person.roles-changed': state(z.strictObject({ roles: facilityRoles })),
  /** A facility role ends in so many days; 0 when it was over before anybody could be told. */
  'person.role-warned': state(z.strictObject({ role: roleId, daysLeft: z.int().min(0) })),
  'person.onboarded': state(z.strictObject({ item: z.enum(['nda', 'training', 'screening']), until: time })),
  'person.warned': state(z.strictObject({ of: z.enum(['dormancy']), inDays: z.int() })),
  'person.suspended': state(z.strictObject({ because, reason: reason.optional() })),
  'person.restored': state(z.strictObject({ reason })),
  'person.locked': state(z.strictObject({ failures: z.int() })),
  'person.unlocked': state(none),
  'person.erased': state(z.strictObject({ reason })),

  // Credentials and signing in
  'credential.added': state(
    z.strictObject({
      credential: z.discriminatedUnion('type', [
        z.strictObject({
          type: z.literal('passkey'),
          webauthnId: z.string().max(2000),
          publicKey: z.string().max(4000),
          transports: z.array(z.string().max(20)).max(8),
          backedUp: z.boolean(),
        }),
        z.strictObject({ type: z.literal('password'), verifier: sealed }),
        z.strictObject({ type: z.literal('totp'), secret: sealed }),
        z.strictObject({
          type: z.literal('ssh-key'),
          algorithm: z.string().max(60),
          publicKey: z.string().max(4000),
          fingerprint: z.string().max(80),
        }),
        z.strictObject({ type: z.literal('service-token'), tokenHash: hash, engagement: id('engagement') }),
      ]),
      label,
      expiresAt: time,
    }),
  ),
  'credential.revoked': state(z.strictObject({ because, reason: reason.optional() })),
  'invitation.issued': state(
    z.strictObject({ tokenHash: hash, expiresAt: time, purpose: z.enum(['join', 'recover']) }),
  ),
  'invitation.used': state(none),
  'invitation.withdrawn': state(none),
  'recovery.asked': state(z.strictObject({ reason })),
  'recovery.approved': state(none),
  /** All access of the person was ended meanwhile: no approval completes it any more. */
  'recovery.withdrawn': state(none),
  'signin.refused': state(
    z.strictObject({ with: z.string().max(40), why: z.string().max(80), gate }), // about.person only when known
  ),
  'signin.stepped-up': state(z.strictObject({ with: z.string().max(40) })),

  // Projects and access
  'project.created': state(
    z.strictObject({
      /** Position of this stream's head in every heads entry. */
      streamNumber: z.int().min(1),
      alias,
      title: sealed,
      level: z.enum(['standard', 'high-security']),
      owner: id('person'),
    }),
  ),
  'project.wrapped': state(z.strictObject({ reason: reason.optional() })),
  'project.locked': state(z.strictObject({ reason })),
  'project.reopened': state(z.strictObject({ reason })),
  'workspace.created': state(z.strictObject({ folders: z.array(z.string().min(1).max(80)).max(40) })),
  'engagement.given': state(
    z.strictObject({
      role: roleId,
      from: time,
      until: time,
      hours: hours.optional(),
      zones: z.array(id('zone')).max(40).optional(),
    }),
  ),
  'engagement.extended': state(z.strictObject({ until: time, reason: reason.optional() })),
  'engagement.ended': state(z.strictObject({ because, reason: reason.optional() })),
  /** Mirrors a person's suspension into the project's own stream, so that the stream alone tells who had access. */
  'engagement.held': state(z.strictObject({ because })),
  'engagement.released': state(none),
  'engagement.warned': state(z.strictObject({ daysLeft: z.int() })),
  'request.made': state(
    z.strictObject({ ask: z.enum(['access', 'more-time']), role: roleId.optional(), until: time, reason }),
  ),
  'request.decided': state(z.strictObject({ granted: z.boolean(), reason: reason.optional() })),
  'request.withdrawn': state(none),
  'review.completed': state(
    z.strictObject({
      review: id('review'),
      kept: z.array(id('engagement')).max(500),
      ended: z.array(id('engagement')).max(500),
    }),
  ),

  // Sessions and cuts
  'session.opened': state(
    z.strictObject({
      gate,
      credential: id('credential').optional(),
      until: time,
      /** SHA-256 of the cookie token, so that a restarted gate still knows the session. */
      tokenHash: hash.optional(),
      /** When the last second factor was shown. */
      factorAt: time.optional(),
      client: z.string().max(200).optional(),
    }),
  ),
  'session.renewed': state(
    z.strictObject({
      tokenHash: hash,
      until: time,
      /** It goes on under this credential, which has replaced its own. */
      credential: id('credential').optional(),
    }),
  ),
  /** What the paths of a share have carried so far; said now and then while it grows. */
  'session.counted': state(passed),
  'session.closed': state(
    z.strictObject({
      because,
      cut: id('cut').optional(),
      bytesIn: z.int().min(0),
      bytesOut: z.int().min(0),
      operations: z.int().min(0),
      passed: passed.optional(),
    }),
  ),
  /** `reason` is what whoever ordered it typed. */
  'cut.ordered': state(z.strictObject({ scope: cutScope, because, reason: reason.optional() })),
  'cut.receipt': state(
    z.strictObject({
      gate,
      sessions: z.array(id('session')).max(500),
      sessionCount: z.int().min(0),
      /** When the engine accepted the order, when the last byte left, and the difference in ms. */
      orderedAt: time,
      lastByteAt: time.optional(),
      ms: z.number().min(0),
      probe: z.strictObject({
        bytesStopped: z.boolean(),
        accessRefused: z.boolean(),
        watchedMs: z.int().min(0),
        rule: z.string().max(80).optional(),
      }),
    }),
  ),

  // The engine about itself
  'engine.started': state(
    z.strictObject({ version: z.string().max(40), recovered: z.int().min(0), tornBytes: z.int().min(0) }),
  ),
  'engine.stopped': state(none),
  'engine.clock-stepped': activity(z.strictObject({ backMs: z.number() })),
  'ledger.heads': activity(
    z.strictObject({ root: hash, size: z.int().min(0) }), // RFC 6962 root over the stream heads, in stream-number order
  ),
  'bundle.exported': activity(z.strictObject({ from: time.optional(), until: time.optional(), sha256: hash })),
  'access.refused': activity(z.strictObject({ action, rule: z.string().max(80), gate: gate.optional() })),

  // Files
  'folder.listed': activity(z.strictObject({ gate, entries: z.int().min(0) })),
  'file.read-opened': activity(
    z.strictObject({
      gate,
      sizeBytes: z.int().min(0),
      start: z.int().min(0).optional(),
      end: z.int().min(0).optional(),
    }),
  ),
  'file.read-closed': activity(z.strictObject({ gate, complete: z.boolean(), ...fileTotals })),
  'file.write-opened': activity(
    z.strictObject({ gate, upload: id('upload'), sizeBytes: z.int().min(0).optional(), offset: z.int().min(0) }),
  ),
  'file.write-closed': activity(z.strictObject({ gate, upload: id('upload'), offset: z.int().min(0), ...fileTotals })),
  'file.accepted': activity(
    z.strictObject({
      gate,
      upload: id('upload'),
      sizeBytes: z.int().min(0),
      xxh64,
      sha256: hash,
      type: z.string().max(40),
    }),
  ),
  'file.set-aside': activity(
    z.strictObject({
      gate,
      upload: id('upload'),
      sizeBytes: z.int().min(0),
      xxh64,
      sha256: hash,
      why: z.string().max(200),
    }),
  ),
  'upload.dropped': activity(z.strictObject({ gate, upload: id('upload'), bytes: z.int().min(0) })),
  'folder.made': activity(z.strictObject({ gate })),
  'folder.removed': activity(z.strictObject({ gate })),
  'file.moved': activity(z.strictObject({ gate, to: path })),
  'file.binned': activity(z.strictObject({ gate, binned: id('binned'), sizeBytes: z.int().min(0), keptUntil: time })),
  'file.unbinned': activity(z.strictObject({ gate, binned: id('binned') })),
  'file.purged': activity(z.strictObject({ binned: id('binned') })),
  'file.aside-purged': activity(z.strictObject({ upload: id('upload'), sizeBytes: z.int().min(0) })),
} as const;

export type EntryKind = keyof typeof KINDS;
export type DataOf<K extends EntryKind> = z.infer<(typeof KINDS)[K]['data']>;

/** `facility`, `ledger`, or a project's id. Each stream is numbered from 1 without gaps. */
export const stream = z.union([z.literal('facility'), z.literal('ledger'), id('project')]);
export type Stream = z.infer<typeof stream>;

/** What somebody wants recorded; the engine adds id, time, number and salt. */
export interface DraftOf<K extends EntryKind> {
  readonly kind: K;
  readonly stream: Stream;
  readonly by: By;
  readonly about: About;
  readonly data: DataOf<K>;
}
export type Draft = { [K in EntryKind]: DraftOf<K> }[EntryKind];

export interface EntryOf<K extends EntryKind> extends DraftOf<K> {
  readonly v: 1;
  readonly id: string;
  readonly at: number;
  /** Number within the stream, from 1. */
  readonly n: number;
  /** 16 random bytes in base64url: sibling hashes in a proof tell nothing about other clients' entries. */
  readonly salt: string;
}
export type Entry = { [K in EntryKind]: EntryOf<K> }[EntryKind];
/** An entry with its place in the ledger (its leaf index). */
export interface Placed {
  readonly index: number;
  readonly entry: Entry;
}

export function isKind(value: unknown): value is EntryKind {
  return typeof value === 'string' && Object.hasOwn(KINDS, value);
}

export function isStateKind(kind: EntryKind): boolean {
  return KINDS[kind].class === 'state';
}

const envelope = z.strictObject({
  v: z.literal(1),
  id: z.string().min(8).max(40),
  at: time,
  kind: z.string(),
  stream,
  n: z.int().min(1),
  by,
  about,
  data: z.unknown(),
  salt: z.string().length(22),
});
const draftEnvelope = envelope.pick({ kind: true, stream: true, by: true, about: true, data: true });

/** Unknown JSON to a draft; throws a ZodError that names what is wrong. */
export function parseDraft(value: unknown): Draft {
  const outer = draftEnvelope.parse(value);
  if (!isKind(outer.kind))
    throw new z.ZodError([{ code: 'custom', path: ['kind'], message: 'unknown kind', input: outer.kind }]);
  const data = KINDS[outer.kind].data.parse(outer.data);
  return { ...outer, data } as Draft; // kind and data were parsed together
}

export function parseEntry(value: unknown): Entry {
  const outer = envelope.parse(value);
  if (!isKind(outer.kind))
    throw new z.ZodError([{ code: 'custom', path: ['kind'], message: 'unknown kind', input: outer.kind }]);
  const data = KINDS[outer.kind].data.parse(outer.data);
  return { ...outer, data } as Entry; // kind and data were parsed together
}
