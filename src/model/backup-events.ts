/** Every entry about vaults, backups, restores, drills, alarms and removals, and about closing a project with proof. */
import { z } from 'zod';
import { activity, none, state } from '#model/entry-kind.ts';
import { hash, label, reason, time } from '#model/entry-shapes.ts';
import { troubleData, troubleOverData } from '#model/trouble-shapes.ts';
import {
  acceptedRow,
  alarmSign,
  copyData,
  copyFailureData,
  drillData,
  facilityCopyData,
  facilityDrillData,
  policyData,
  restoreData,
  restoredData,
  takenData,
  vaultData,
} from '#model/backup-shapes.ts';
import { REMOVAL_SNAPSHOTS_MAX, removalBinding } from '#model/removal-list.ts';
import { locksReport, pullReport } from '#model/vault-report-shapes.ts';

export const BACKUP_KINDS = {
  'vault.enrolled': state(vaultData),
  'vault.changed': state(vaultData),
  'vault.retired': state(z.strictObject({ reason })),
  /** A window in which the vault takes new keys or a new config; outside it neither. */
  'vault.window-opened': state(z.strictObject({ until: time, reason })),
  'backup.policy-set': state(policyData),
  'backup.policy-ended': state(z.strictObject({ reason })),
  'backup.begun': state(z.strictObject({ because: z.enum(['schedule', 'asked']) })),
  'backup.taken': state(takenData),
  'backup.failed': state(z.strictObject({ code: z.string().max(60), says: z.string().max(500) })),
  /** The time at which a snapshot should have been there has passed. */
  'backup.late': state(z.strictObject({ dueAt: time })),
  /** Something that somebody should look at began, or was over: told once for as long as it stands. */
  'backup.trouble': state(troubleData),
  'backup.trouble-over': state(troubleOverData),
  'backup.copied': state(copyData),
  /** A copy that is owed to a vault was not made; it is tried again. Of a snapshot, or of the facility itself. */
  'backup.copy-failed': state(copyFailureData),
  /** The vault that it names has this snapshot no more, after a removal that people approved. */
  'backup.expired': state(z.strictObject({ snapshot: hash })),
  'hold.placed': state(z.strictObject({ reason })),
  'hold.lifted': state(z.strictObject({ reason })),
  /** The keys of a project's backups were destroyed: what is left of them is noise. */
  'backup.keys-destroyed': state(
    z.strictObject({ reason, objects: z.int().min(0), certificateSha256: hash.optional() }),
  ),
  /** The end of a project: to whom it went and what; which snapshot is the archive; that it was restored; that its keys may go. */
  'closing.delivered': state(z.strictObject({ to: label, what: z.string().min(1).max(1000) })),
  'closing.archived': state(
    z.strictObject({ snapshot: hash, manifestSha256: hash, files: z.int().min(0), bytes: z.int().min(0) }),
  ),
  'closing.proved': state(z.strictObject({ reportSha256: hash })),
  'closing.asked': state(z.strictObject({ reason })),
  'closing.approved': state(z.strictObject({ notBefore: time })),
  'closing.declined': state(z.strictObject({ reason })),
  /** The facility itself, ledger and keys, as a snapshot in a vault. */
  'facility.copied': state(facilityCopyData),
  /** The facility's own copy was restored apart, compared with its manifest, and its ledger recomputed. */
  'facility.drilled': state(facilityDrillData),
  /** So many shares were brought together and gave the facility's password. */
  'facility.escrow-proved': activity(z.strictObject({ shares: z.int().min(1) })),
  /** A copy was looked through, packs and all with `readData`; `damaged` names the first of what was found. */
  'backup.verified': activity(
    z.strictObject({
      readData: z.boolean(),
      packs: z.int().min(0),
      readBytes: z.int().min(0),
      damaged: z.array(z.string().max(80)).max(200),
      damagedCount: z.int().min(0),
      lostFiles: z.int().min(0),
    }),
  ),
  /** What was damaged in a copy was brought back from another one; `left` is what a look afterwards still found. */
  'backup.healed': activity(
    z.strictObject({
      healed: z.array(z.string().max(80)).max(200),
      healedCount: z.int().min(0),
      left: z.int().min(0),
      lostFiles: z.int().min(0),
    }),
  ),
  'backup.index-rebuilt': activity(
    z.strictObject({ packs: z.int().min(0), blobs: z.int().min(0), damaged: z.int().min(0) }),
  ),
  /** What a vault holds and is not what its names say, as it stands now; none: everything is whole again. */
  'vault.damage-reported': state(
    z.strictObject({ objects: z.array(z.string().max(120)).max(100), count: z.int().min(0) }),
  ),
  'vault.accepted': activity(z.strictObject({ rows: z.array(acceptedRow).min(1).max(200) })),
  'vault.refused': activity(
    z.strictObject({ client: label, code: z.string().max(60), object: z.string().max(200), times: z.int().min(1) }),
  ),
  /** A client stored a good part of its quota within one day, on top of what it had: a flood, or a big ingest. */
  'vault.grew': activity(
    z.strictObject({ client: label, bytesToday: z.int().min(0), bytes: z.int().min(0), quotaBytes: z.int().min(0) }),
  ),
  'vault.locks-extended': activity(z.strictObject({ objects: z.int().min(0), lockedUntil: time, objectsSha256: hash })),
  /** How the locks of a repository in a bucket stand: with each change that matters. */
  'vault.locks-reported': state(locksReport),
  /** What a vault that fills itself found wrong at the one that it copies from, as it stands now; none: nothing any more. */
  'vault.pull-found': state(pullReport),
  'vault.clock-doubted': state(z.strictObject({ says: z.string().max(300) })),
  'vault.clock-trusted': state(none),
  'restore.begun': state(restoreData),
  'restore.finished': state(restoredData),
  'drill.begun': state(z.strictObject({ because: z.enum(['schedule', 'asked']) })),
  /** The seed is drawn and kept, and nothing is restored yet: its SHA-256 goes before it, so that no other seed can take its place. */
  'drill.seeded': state(z.strictObject({ seedSha256: hash })),
  'drill.finished': state(drillData),
  'alarm.raised': state(
    z.strictObject({ score: z.number().min(0), signs: z.array(alarmSign).min(1).max(20), lastClean: hash.optional() }),
  ),
  'alarm.settled': state(z.strictObject({ reason, genuine: z.boolean() })),
  'change.planned': state(
    z.strictObject({ from: time, until: time, folders: z.array(z.string().max(200)).max(40), reason }),
  ),
  /** `list`: what exactly goes, and of whose repository: the vault carries out nothing else. */
  'prune.asked': state(
    z.strictObject({
      snapshots: z.array(hash).min(1).max(REMOVAL_SNAPSHOTS_MAX),
      bytes: z.int().min(0),
      reason,
      list: removalBinding.optional(),
    }),
  ),
  'prune.approved': state(z.strictObject({ notBefore: time })),
  'prune.declined': state(z.strictObject({ reason })),
  'prune.finished': state(z.strictObject({ objects: z.int().min(0), bytes: z.int().min(0) })),
  'runbook.written': state(z.strictObject({ sha256: hash, steps: z.int().min(0), neverProven: z.int().min(0) })),
} as const;
