/** What the API shows of backups: vaults and how strong their locks are, policies, copies, alarms, drills, restores. Names stand beside ids. */
import { z } from 'zod';
import {
  alarmSign,
  consistency,
  drillData,
  lockStrength,
  policyData,
  restoreData,
  restoredData,
  vaultData,
} from '#model/backup-shapes.ts';
import { hash, id, time } from '#model/entry-shapes.ts';
import { personRef, problem, projectRef } from '#api/endpoints/views.ts';

const vaultRef = z.strictObject({ id: id('vault'), name: z.string() });
const policyRef = z.strictObject({ id: id('policy'), name: z.string() });

export const vaultView = z.strictObject({
  id: id('vault'),
  ...vaultData.shape,
  locks: lockStrength,
  enrolledAt: time,
  standing: z.enum(['in-use', 'retired']),
  /** Keys and config may be written until then; absent when no window is open. */
  windowUntil: time.optional(),
  clockDoubt: z.string().optional(),
  /** Policies in force that write there. */
  policyCount: z.int(),
  snapshotCount: z.int(),
  /** As the newest listing of each project there said; 0 before the first. */
  usedBytes: z.int(),
  lastCopyAt: time.optional(),
  /** The furthest lock of any copy there. */
  lockedUntil: time.optional(),
  /** Of `usedBytes`, for a month, in cents of `currency`. */
  centsPerMonth: z.int().optional(),
});
export type VaultView = z.infer<typeof vaultView>;

export const copyView = z.strictObject({
  vault: vaultRef,
  at: time,
  bytes: z.int(),
  lockedUntil: time.optional(),
  /** `written`: by the backup itself, and not looked at since. `read-back`: a drill restored all of it from here, and every byte was right. */
  verified: z.enum(['written', 'listed', 'read-back']),
  /** What the newest drill of it restored from here, if it held. */
  readBack: z.strictObject({ at: time, files: z.int(), filesOf: z.int() }).optional(),
});
export type CopyView = z.infer<typeof copyView>;

export const backupView = z.strictObject({
  id: id('backup'),
  policy: policyRef,
  vault: vaultRef,
  begunAt: time,
  standing: z.enum(['running', 'taken', 'failed', 'expired']),
  /** An alarm that was not settled as harmless is about it. */
  suspect: z.boolean(),
  taken: z
    .strictObject({
      snapshot: hash,
      manifestSha256: hash,
      startedAt: time,
      finishedAt: time,
      files: z.int(),
      bytes: z.int(),
      addedBytes: z.int(),
      consistency,
      unsteady: z.int(),
      attributesLack: z.string().optional(),
    })
    .optional(),
  failure: z.strictObject({ code: z.string(), says: z.string() }).optional(),
  copies: z.array(copyView),
});
export type BackupView = z.infer<typeof backupView>;

/** How far a policy's copies in one vault are behind. */
export const lagView = z.strictObject({
  vault: vaultRef,
  /** What the newest copy there shows: the tree as it was then. Absent: there is none. */
  showsAt: time.optional(),
  lockedUntil: time.optional(),
});

export const policyView = z.strictObject({
  id: id('policy'),
  project: projectRef,
  ...policyData.omit({ vaults: true }).shape,
  vaults: z.array(vaultRef),
  setAt: time,
  endedAt: time.optional(),
  lastTakenAt: time.optional(),
  lastDrillAt: time.optional(),
  /** When the next snapshot is due, and when it counts as late. */
  dueAt: time,
  lateAt: time,
  late: z.boolean(),
  running: z.boolean(),
  /** The newest attempt failed. */
  failure: z.strictObject({ at: time, says: z.string() }).optional(),
  lags: z.array(lagView),
  /** Of the newest drill of it that held: how long the whole project takes to come back, and give or take how much. */
  measured: z.strictObject({ rtoMs: z.int(), spreadMs: z.int(), at: time }).optional(),
});
export type PolicyView = z.infer<typeof policyView>;

export const holdView = z.strictObject({
  id: id('hold'),
  project: projectRef,
  reason: z.string(),
  placedAt: time,
  placedBy: personRef.optional(),
});
export type HoldView = z.infer<typeof holdView>;

export const alarmView = z.strictObject({
  id: id('alarm'),
  /** What it is about; without one, the facility's own copy in this vault. */
  project: projectRef.optional(),
  vault: vaultRef.optional(),
  backup: id('backup').optional(),
  raisedAt: time,
  score: z.number(),
  signs: z.array(alarmSign),
  /** The newest snapshot before it, that nothing was found in. */
  lastClean: z.strictObject({ backup: id('backup').optional(), snapshot: hash, at: time.optional() }).optional(),
  settled: z.strictObject({ at: time, by: personRef.optional(), reason: z.string(), genuine: z.boolean() }).optional(),
});
export type AlarmView = z.infer<typeof alarmView>;

export const changeView = z.strictObject({
  id: id('change'),
  project: projectRef,
  from: time,
  until: time,
  folders: z.array(z.string()),
  reason: z.string(),
  by: personRef.optional(),
});
export type ChangeView = z.infer<typeof changeView>;

export const pruneView = z.strictObject({
  id: id('prune'),
  vault: vaultRef,
  snapshotCount: z.int(),
  bytes: z.int(),
  /** Whose repository at the vault, and the SHA-256 of the list that is asked about. */
  client: z.string().optional(),
  objectsSha256: z.string().optional(),
  reason: z.string(),
  askedAt: time,
  askedBy: personRef.optional(),
  standing: z.enum(['asked', 'approved', 'declined', 'finished']),
  notBefore: time.optional(),
  /** Why the viewer cannot approve it now; absent when she can. */
  notYou: z.string().optional(),
});
export type PruneView = z.infer<typeof pruneView>;

export const restoreView = z.strictObject({
  id: id('restore'),
  backup: id('backup'),
  project: projectRef,
  ...restoreData.shape,
  /** What the snapshot shows: the tree as it was then. */
  showsAt: time.optional(),
  begunAt: time,
  begunBy: personRef.optional(),
  finished: z.strictObject({ at: time, ...restoredData.shape }).optional(),
  touchedBy: personRef.optional(),
});
export type RestoreView = z.infer<typeof restoreView>;

export const progressView = z.strictObject({
  /** Of the backup, drill or restore. */
  id: z.string(),
  work: z.enum(['backup', 'copy', 'drill', 'restore']),
  /** Absent for work that is about no one project. */
  project: projectRef.optional(),
  startedAt: time,
  files: z.int(),
  doneBytes: z.int(),
  ofBytes: z.int().optional(),
  bytesPerSecond: z.number(),
  leftMs: z.int().optional(),
});
export type ProgressView = z.infer<typeof progressView>;

export const drillView = z.strictObject({
  id: id('drill'),
  policy: policyRef,
  project: projectRef,
  vault: vaultRef,
  begunAt: time,
  because: z.enum(['schedule', 'asked']),
  /** What the policy wants, as it was when the view was made. */
  wanted: z.strictObject({ rpoMs: z.int(), rtoMs: z.int() }).optional(),
  result: drillData.optional(),
  /** What the snapshot that was restored shows. */
  showsAt: time.optional(),
  /** SHA-256 of the record's canonical JSON: the next drill of the policy names it. */
  recordSha256: hash.optional(),
  /** `first`: names none; `chained`: names the record before; `broken`: names something else; `older`: the record before is not kept here. */
  chain: z.enum(['first', 'chained', 'broken', 'older']).optional(),
});
export type DrillView = z.infer<typeof drillView>;

export const backupsView = z.strictObject({
  now: time,
  vaults: z.array(vaultView),
  policies: z.array(policyView),
  holds: z.array(holdView),
  /** Open ones first, then the newest settled ones. */
  alarms: z.array(alarmView),
  /** That have not ended. */
  changes: z.array(changeView),
  prunes: z.array(pruneView),
  /** Nothing is removed while an alarm is open. */
  prunePaused: z.boolean(),
  /** Live projects that no policy copies. */
  unprotected: z.array(projectRef),
  keysDestroyed: z.array(z.strictObject({ project: projectRef, at: time })),
  /** The newest restore that was proved by a drill, of any project; and live projects with a policy that no drill has proved yet. */
  /** What somebody should look at, most pressing first; `note` is worth knowing. */
  troubles: z.array(
    z.strictObject({
      code: z.string(),
      weight: z.enum(['look', 'note']),
      project: projectRef.optional(),
      vault: vaultRef.optional(),
      says: z.string(),
      next: z.string(),
    }),
  ),
  proven: z.strictObject({ lastAt: time.optional(), never: z.array(projectRef) }),
  runbook: z.strictObject({ sha256: hash, steps: z.int(), neverProven: z.int(), at: time }).optional(),
  running: z.array(progressView),
  /** False where no backup service runs beside this portal: snapshots can't be looked into. */
  served: z.boolean(),
});
export type BackupsView = z.infer<typeof backupsView>;

/** What a policy would promise if it were set. */
export const promiseView = z.strictObject({
  sentences: z.array(z.string()),
  /** What it does not promise, and somebody might think it does. */
  warnings: z.array(z.string()),
  refused: problem.optional(),
});
export type PromiseView = z.infer<typeof promiseView>;

export const snapshotEntryView = z.strictObject({
  name: z.string(),
  /** Beneath the workspace. */
  path: z.string(),
  kind: z.enum(['file', 'folder', 'link', 'other']),
  sizeBytes: z.int(),
  modifiedAt: z.number(),
});
export type SnapshotEntryView = z.infer<typeof snapshotEntryView>;

const snapshotRef = z.strictObject({ backup: id('backup'), snapshot: hash, showsAt: time, suspect: z.boolean() });
export type SnapshotRef = z.infer<typeof snapshotRef>;

/** One version of a path: what it was in every snapshot of one policy from the first to the last of these. */
export const pathVersionView = snapshotEntryView.extend({ first: snapshotRef, last: snapshotRef });
export type PathVersionView = z.infer<typeof pathVersionView>;

const diffCount = z.strictObject({ files: z.int(), bytes: z.int() });

export const diffEntryView = z.strictObject({
  change: z.enum(['added', 'removed', 'changed', 'moved']),
  /** Beneath the workspace. */
  path: z.string(),
  kind: z.enum(['file', 'folder', 'link', 'other']),
  sizeBytes: z.int(),
  modifiedAt: z.number(),
  wasBytes: z.int().optional(),
  movedFrom: z.string().optional(),
});
export type DiffEntryView = z.infer<typeof diffEntryView>;

export const snapshotDiffView = z.strictObject({
  /** What it is compared with. */
  from: snapshotRef,
  entries: z.array(diffEntryView),
  totals: z.strictObject({ added: diffCount, removed: diffCount, changed: diffCount, moved: diffCount }),
  limited: z.boolean(),
});
export type SnapshotDiffView = z.infer<typeof snapshotDiffView>;

export const touchedView = z.strictObject({
  path: z.string(),
  firstAt: time,
  lastAt: time,
  act: z.enum(['written', 'moved', 'binned']),
  times: z.int(),
  /** Shows the file as it was before; absent when no snapshot is old enough. */
  before: snapshotRef.optional(),
});
export type TouchedView = z.infer<typeof touchedView>;

export const reportLineView = z.strictObject({
  path: z.string(),
  from: snapshotRef.optional(),
  /** Why it was not restored. */
  leftOut: z.string().optional(),
});
export type ReportLineView = z.infer<typeof reportLineView>;
