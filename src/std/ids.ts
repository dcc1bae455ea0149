/**
 * Branded identifiers: a kind prefix, an underscore, and 100 random bits in lower-case base32
 * (20 characters). An id says what it names and nothing else.
 */
declare const brand: unique symbol;
export type Id<Kind extends string> = string & { readonly [brand]: Kind };

export const ID_PREFIX = {
  person: 'per',
  project: 'prj',
  engagement: 'eng',
  credential: 'crd',
  session: 'ses',
  invitation: 'inv',
  recovery: 'rec',
  request: 'req',
  cut: 'cut',
  zone: 'zon',
  host: 'hst',
  upload: 'upl',
  binned: 'bin',
  review: 'rev',
  exception: 'exc',
  service: 'svc',
  flow: 'flw',
  exposure: 'exp',
  path: 'pth',
  quarantine: 'qua',
  apply: 'app',
  vault: 'vlt',
  policy: 'pol',
  backup: 'bak',
  restore: 'rst',
  drill: 'drl',
  alarm: 'alm',
  prune: 'prn',
  change: 'chg',
  hold: 'hld',
} as const;

export type IdKind = keyof typeof ID_PREFIX;
export type PersonId = Id<'person'>;
export type ProjectId = Id<'project'>;
export type EngagementId = Id<'engagement'>;
export type CredentialId = Id<'credential'>;
export type SessionId = Id<'session'>;
export type InvitationId = Id<'invitation'>;
export type RecoveryId = Id<'recovery'>;
export type RequestId = Id<'request'>;
export type CutId = Id<'cut'>;
export type ZoneId = Id<'zone'>;
export type HostId = Id<'host'>;
export type UploadId = Id<'upload'>;
export type BinnedId = Id<'binned'>;
export type ReviewId = Id<'review'>;
export type ExceptionId = Id<'exception'>;
export type ServiceId = Id<'service'>;
export type FlowId = Id<'flow'>;
export type ExposureId = Id<'exposure'>;
/** A network path that is open for the life of one session. */
export type PathId = Id<'path'>;
export type QuarantineId = Id<'quarantine'>;
/** One attempt to load rules into a gateway. */
export type ApplyId = Id<'apply'>;
export type VaultId = Id<'vault'>;
/** What of a project is backed up, how often and how long. */
export type PolicyId = Id<'policy'>;
/** One snapshot taken. */
export type BackupId = Id<'backup'>;
export type RestoreId = Id<'restore'>;
export type DrillId = Id<'drill'>;
export type AlarmId = Id<'alarm'>;
export type PruneId = Id<'prune'>;
/** An announced mass change of files. */
export type ChangeId = Id<'change'>;
/** A legal hold. */
export type HoldId = Id<'hold'>;
/** A built-in or custom role: a short kebab-case word such as `editor`. */
export type RoleId = Id<'role'>;

const ALPHABET = 'abcdefghijkmnpqrstuvwxyz23456789';
const LENGTH = 20;
export const ID_RANDOM_BYTES = LENGTH;

/** `random` holds at least `ID_RANDOM_BYTES` bytes; five bits of each are used. */
export function makeId<Kind extends IdKind>(kind: Kind, random: Uint8Array): Id<Kind> {
  let text = '';
  for (let i = 0; i < LENGTH; i += 1) text += ALPHABET[(random[i] ?? 0) & 31];
  return `${ID_PREFIX[kind]}_${text}` as Id<Kind>; // the one place where an id of this kind is made
}

const SHAPE = /^[a-z]{3}_[abcdefghijkmnpqrstuvwxyz2-9]{20}$/;

export function isId<Kind extends IdKind>(kind: Kind, value: unknown): value is Id<Kind> {
  return typeof value === 'string' && SHAPE.test(value) && value.startsWith(`${ID_PREFIX[kind]}_`);
}
