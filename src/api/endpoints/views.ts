/**
 * What the API shows. Names, mail addresses and true titles are unsealed by the server for those who may see them;
 * `null` stands for "sealed from you, or erased". All times are ms since 1970. Fields that a thing does not have are absent.
 */
import { z } from 'zod';
import { about, because, cutScope, gate, grant, hours, id, passed, roleId, stream, time } from '#model/events.ts';
import { sharePathView } from '#api/endpoints/share-views.ts';
import { hostData, zoneData } from '#model/network-shapes.ts';

export const personRef = z.strictObject({ id: id('person'), name: z.string().nullable() });
export type PersonRef = z.infer<typeof personRef>;

export const projectRef = z.strictObject({ id: id('project'), alias: z.string() });
export type ProjectRef = z.infer<typeof projectRef>;

export const roleRef = z.strictObject({ id: roleId, title: z.string() });

/** A rule that decided, in words, and the next step when it said no. */
export const ruleView = z.strictObject({ rule: z.string(), message: z.string(), ask: z.string().optional() });
export const decisionView = z.strictObject({
  allow: z.boolean(),
  because: z.array(ruleView),
  /** The first instant at which the answer could change by the clock alone; null for never. */
  until: time.nullable(),
});
export type DecisionView = z.infer<typeof decisionView>;

export const facilityView = z.strictObject({
  name: z.string(),
  timeZone: z.string(),
  origin: z.string(),
  createdAt: time,
  dormantAfterDays: z.int(),
  binDays: z.int(),
  maxEngagementDays: z.int(),
  extraFileTypes: z.array(z.string()),
  screeningAsked: z.boolean().optional(),
});
export type FacilityView = z.infer<typeof facilityView>;

export const engagementView = z.strictObject({
  id: id('engagement'),
  person: personRef,
  nature: z.enum(['human', 'service']),
  project: projectRef,
  role: roleRef,
  from: time,
  until: time,
  hours: hours.optional(),
  zones: z.array(id('zone')).optional(),
  givenBy: personRef.optional(),
  givenAt: time,
  /** As of the instant asked about. */
  state: z.enum(['coming', 'live', 'held', 'over', 'ended']),
  ended: z.strictObject({ at: time, because, by: personRef.optional() }).optional(),
  warnedDaysLeft: z.int().optional(),
  /** Of `engagement.extend`, `engagement.end` and, for a service, `token.issue`: what the asker may do with it. */
  may: z.array(z.string()),
});
export type EngagementView = z.infer<typeof engagementView>;

export const projectView = z.strictObject({
  id: id('project'),
  alias: z.string(),
  title: z.string().nullable(),
  level: z.enum(['standard', 'high-security']),
  owner: personRef,
  standing: z.enum(['live', 'wrapped', 'locked']),
  standingSince: time,
  /** Who wrapped, locked or reopened it last, and what they typed. */
  standingBy: personRef.optional(),
  standingReason: z.string().optional(),
  createdAt: time,
  folders: z.array(z.string()),
  reviewedAt: time.optional(),
  /** People with a live engagement, live sessions, open requests. */
  peopleCount: z.int(),
  sessionCount: z.int(),
  requestCount: z.int(),
  /** The next end of an engagement on it. */
  nextEndAt: time.optional(),
  /** Every action that the asker may do on it now. */
  may: z.array(z.string()),
});
export type ProjectView = z.infer<typeof projectView>;

export const credentialView = z.strictObject({
  id: id('credential'),
  person: personRef,
  type: z.enum(['passkey', 'password', 'totp', 'ssh-key', 'service-token']),
  label: z.string(),
  addedAt: time,
  expiresAt: time,
  revokedAt: time.optional(),
  lastUsedAt: time.optional(),
  fingerprint: z.string().optional(),
  algorithm: z.string().optional(),
  backedUp: z.boolean().optional(),
  engagement: id('engagement').optional(),
});
export type CredentialView = z.infer<typeof credentialView>;

export const sessionView = z.strictObject({
  id: id('session'),
  person: personRef,
  gate,
  openedAt: time,
  until: time,
  project: projectRef.optional(),
  engagement: id('engagement').optional(),
  credential: z.strictObject({ id: id('credential'), label: z.string(), type: z.string() }).optional(),
  from: z.string().optional(),
  client: z.string().optional(),
  factorAt: time.optional(),
  /** The session that asks. */
  current: z.boolean(),
  /** Known for sessions that live in the portal: bytes so far, last byte, open streams and transfers. */
  traffic: z
    .strictObject({ bytesIn: z.int(), bytesOut: z.int(), operations: z.int(), lastByteAt: time, attached: z.int() })
    .optional(),
  /** Of a share: what it has carried, both ways together, when the gateway last said so. */
  passed: passed.optional(),
  /** Of a share: what it holds open. */
  paths: z.array(sharePathView).optional(),
  /** The asker may end it. */
  may: z.array(z.string()),
});
export type SessionView = z.infer<typeof sessionView>;

export const invitationView = z.strictObject({
  id: id('invitation'),
  person: personRef,
  purpose: z.enum(['join', 'recover']),
  state: z.enum(['open', 'expired', 'used', 'withdrawn']),
  expiresAt: time,
  issuedBy: personRef.optional(),
});
export type InvitationView = z.infer<typeof invitationView>;

export const recoveryView = z.strictObject({
  id: id('recovery'),
  person: personRef,
  askedBy: personRef.optional(),
  askedAt: time,
  reason: z.string(),
  approvals: z.array(personRef),
  needed: z.int(),
});
export type RecoveryView = z.infer<typeof recoveryView>;

export const requestView = z.strictObject({
  id: id('request'),
  ask: z.enum(['access', 'more-time']),
  person: personRef,
  project: projectRef,
  engagement: id('engagement').optional(),
  role: roleRef.optional(),
  until: time,
  reason: z.string(),
  madeAt: time,
  state: z.enum(['open', 'granted', 'declined', 'withdrawn']),
  /** Whoever asks is in quarantine. */
  contained: z.boolean(),
  decidedBy: personRef.optional(),
  decidedAt: time.optional(),
  /** What whoever decided typed. */
  decisionReason: z.string().optional(),
  /** Of `request.decide`, `request.withdraw`. */
  may: z.array(z.string()),
});
export type RequestView = z.infer<typeof requestView>;

export const personView = z.strictObject({
  id: id('person'),
  name: z.string().nullable(),
  mail: z.string().nullable(),
  nature: z.enum(['human', 'service']),
  roles: z.array(z.strictObject({ role: roleRef, until: time })),
  standing: z.enum(['active', 'suspended', 'dormant', 'erased']),
  standingSince: time,
  locked: z.boolean(),
  failures: z.int(),
  addedAt: time,
  /** What dormancy counts from: the last session, or being added or restored. */
  lastSeenAt: time,
  /** The last sign-in or session on any gate; absent for who never came. */
  lastSessionAt: time.optional(),
  dormancyWarnedAt: time.optional(),
  /** When a warned account is suspended unless its person signs in before. */
  dormantAt: time.optional(),
  onboarding: z.strictObject({ nda: time.optional(), training: time.optional(), screening: time.optional() }),
  /** Projects with a live engagement. */
  projects: z.array(projectRef),
  sessionCount: z.int(),
  credentialTypes: z.array(z.string()),
  /** The end of the last engagement or role: when all access is over by the clock. */
  accessEndsAt: time.optional(),
  may: z.array(z.string()),
});
export type PersonView = z.infer<typeof personView>;

export const roleView = z.strictObject({
  id: roleId,
  title: z.string(),
  scope: z.enum(['facility', 'project']),
  grants: z.array(grant),
  builtIn: z.boolean(),
  retired: z.boolean(),
});
export type RoleView = z.infer<typeof roleView>;

export const zoneView = zoneData.extend({ id: id('zone') });
export type ZoneView = z.infer<typeof zoneView>;
export const hostView = hostData.extend({ id: id('host'), zone: id('zone') });
export type HostView = z.infer<typeof hostView>;
export const exceptionView = z.strictObject({
  id: id('exception'),
  rule: z.string(),
  reason: z.string(),
  until: time,
  person: personRef.optional(),
  by: personRef.optional(),
});

export const receiptView = z.strictObject({
  gate,
  sessions: z.array(id('session')),
  sessionCount: z.int(),
  orderedAt: time,
  lastByteAt: time.optional(),
  ms: z.number(),
  probe: z.strictObject({
    bytesStopped: z.boolean(),
    accessRefused: z.boolean(),
    watchedMs: z.int(),
    rule: z.string().optional(),
  }),
  at: time,
  index: z.int(),
});
export type ReceiptView = z.infer<typeof receiptView>;

export const cutView = z.strictObject({
  id: id('cut'),
  scope: cutScope,
  because,
  /** What whoever ordered it typed. */
  reason: z.string().optional(),
  orderedAt: time,
  orderedBy: personRef.optional(),
  person: personRef.optional(),
  project: projectRef.optional(),
  receipts: z.array(receiptView),
  /** Gates that run and have not answered yet; empty when the cut is complete. */
  waitingFor: z.array(gate),
  complete: z.boolean(),
});
export type CutView = z.infer<typeof cutView>;

/** An entry as people read it: sealed fields are replaced by their text where the asker may see it, else by null. */
export const entryView = z.strictObject({
  index: z.int(),
  id: z.string(),
  at: time,
  kind: z.string(),
  stream,
  n: z.int(),
  by: z.strictObject({
    person: personRef.optional(),
    service: z.string().optional(),
    session: id('session').optional(),
    engagement: id('engagement').optional(),
    from: z.string().optional(),
  }),
  about,
  /** Names for the ids in `about`. */
  person: personRef.optional(),
  project: projectRef.optional(),
  data: z.record(z.string(), z.unknown()),
});
export type EntryView = z.infer<typeof entryView>;

export const entryPage = z.strictObject({ entries: z.array(entryView), next: z.int().optional(), searchedTo: z.int() });
export type EntryPageView = z.infer<typeof entryPage>;

/** What a change would give or take before it is made. */
export const effectView = z.strictObject({
  /** Sentences: "14 people can open and download files in media, on alpha". */
  sentences: z.array(z.string()),
  gains: z.array(z.strictObject({ person: personRef, project: projectRef.optional(), actions: z.array(z.string()) })),
  losses: z.array(z.strictObject({ person: personRef, project: projectRef.optional(), actions: z.array(z.string()) })),
  /** The change would be refused, and why. */
  refused: z.strictObject({ code: z.string(), message: z.string(), ask: z.string().optional() }).optional(),
});
export type EffectView = z.infer<typeof effectView>;

export const fileEntryView = z.strictObject({
  name: z.string(),
  path: z.string(),
  type: z.enum(['file', 'folder', 'sequence']),
  sizeBytes: z.int(),
  modifiedAt: z.number(),
  sequence: z
    .strictObject({ first: z.int(), last: z.int(), count: z.int(), missing: z.array(z.int()), pattern: z.string() })
    .optional(),
  sha256: z.string().optional(),
  xxh64: z.string().optional(),
});
export type FileEntryView = z.infer<typeof fileEntryView>;

/** The body of every answer that is not a success. */
export const problem = z.strictObject({ code: z.string(), message: z.string(), ask: z.string().optional() });
export type Problem = z.infer<typeof problem>;

/** One message of `/events`: something happened that the asker may see; fetch what it concerns again. */
export const eventView = z.strictObject({
  index: z.int(),
  at: time,
  kind: z.string(),
  stream,
  about,
  by: z.strictObject({ person: id('person').optional(), service: z.string().optional() }),
});
export type EventView = z.infer<typeof eventView>;
