/** The part of the state that is about backups: vaults, policies, what was taken, copied, drilled and removed, and what was raised. Set by `evolve` only. */
import { Map as PMap } from 'immutable';
import type { DataOf, EntryKind } from '#model/events.ts';
import type {
  AlarmId,
  BackupId,
  ChangeId,
  DrillId,
  HoldId,
  PersonId,
  PolicyId,
  ProjectId,
  PruneId,
  RestoreId,
  VaultId,
} from '#std/ids.ts';

export interface Vault extends DataOf<'vault.enrolled'> {
  readonly id: VaultId;
  readonly enrolledAt: number;
  readonly standing: 'in-use' | 'retired';
  /** Keys and config may be written until then. */
  readonly windowUntil?: number;
  /** Why its clock is doubted; nothing expires there meanwhile. */
  readonly clockDoubt?: string;
  /** The facility's own copy there: when it was first and last made, and what its newest drill found. */
  readonly facility?: FacilityCopy;
  /** Why the newest tries to copy the facility there failed; gone with the next that did not. */
  readonly facilityTrouble?: CopyTrouble;
  /** Of a bucket: how the locks of each repository there stand, as it was last reported. */
  readonly bucketLocks?: readonly BucketLocks[];
  /** Of a vault that fills itself: what it found wrong at the one that it copies from. */
  readonly pullFound?: DataOf<'vault.pull-found'>;
  /** Objects there that are not what their names say: the first of them, and how many. */
  readonly damage?: { readonly objects: readonly string[]; readonly count: number };
}

/** Of a project's repository; without one, of the facility's own. */
export interface BucketLocks extends DataOf<'vault.locks-reported'> {
  readonly project?: ProjectId;
  readonly at: number;
}

export interface FacilityCopy {
  readonly firstAt: number;
  readonly at: number;
  /** `second`: the independent tool that restored a share of it, where there was one. */
  readonly drill?: { readonly at: number; readonly held: boolean; readonly why?: string; readonly second?: string };
}

/** A copy that is owed and was not made: since when, how often it was tried, and the code of the newest failure. */
export interface CopyTrouble {
  readonly since: number;
  readonly at: number;
  readonly tries: number;
  readonly code: string;
}

export interface BackupPolicy extends DataOf<'backup.policy-set'> {
  readonly id: PolicyId;
  readonly project: ProjectId;
  readonly setAt: number;
  readonly endedAt?: number;
  /** The newest snapshot taken under it. */
  readonly lastBackup?: BackupId;
  readonly lastTakenAt?: number;
  /** The due time that was last found missed. */
  readonly lateFor?: number;
  readonly lastDrillAt?: number;
  /** How many drills of it have ended, by the vault that they were of: the state forgets old drills, and turns are taken by this. */
  readonly drilled?: readonly { readonly vault: VaultId; readonly count: number }[];
  /** By vault, as long as it is so. */
  readonly copyTroubles?: readonly (CopyTrouble & { readonly vault: VaultId })[];
}

export interface BackupCopy {
  readonly vault: VaultId;
  readonly at: number;
  readonly lockedUntil: number;
  readonly verified: 'listed' | 'read-back';
  readonly bytes: number;
  /** What the newest drill of it, one that held, restored from here and compared by hash. */
  readonly readBack?: ReadBack;
}

export interface ReadBack {
  readonly at: number;
  readonly files: number;
  readonly filesOf: number;
}

export interface Backup {
  readonly id: BackupId;
  readonly policy: PolicyId;
  readonly project: ProjectId;
  readonly vault: VaultId;
  readonly begunAt: number;
  readonly standing: 'running' | 'taken' | 'failed' | 'expired';
  readonly taken?: DataOf<'backup.taken'>;
  readonly failure?: DataOf<'backup.failed'>;
  readonly copies: readonly BackupCopy[];
  /** An alarm was raised on what it holds. */
  readonly suspect: boolean;
  /** Vaults that had it and have it no more, after a removal that people approved. */
  readonly goneFrom?: readonly VaultId[];
}

export interface LegalHold {
  readonly id: HoldId;
  readonly project: ProjectId;
  readonly reason: string;
  readonly placedAt: number;
  readonly placedBy?: PersonId;
}

export interface Restore extends DataOf<'restore.begun'> {
  readonly id: RestoreId;
  readonly backup: BackupId;
  readonly project: ProjectId;
  readonly begunAt: number;
  readonly begunBy?: PersonId;
  readonly finished?: DataOf<'restore.finished'> & { readonly at: number };
}

export interface Drill {
  readonly id: DrillId;
  readonly policy: PolicyId;
  readonly project: ProjectId;
  readonly vault: VaultId;
  readonly begunAt: number;
  readonly because: 'schedule' | 'asked';
  /** What its seed was promised by, before anything was restored. */
  readonly seedSha256?: string;
  readonly result?: DataOf<'drill.finished'>;
}

export interface Alarm extends DataOf<'alarm.raised'> {
  readonly id: AlarmId;
  /** What it is about: a project; or the facility's own copy in a vault. */
  readonly project?: ProjectId;
  readonly vault?: VaultId;
  readonly backup?: BackupId;
  readonly raisedAt: number;
  readonly settled?: {
    readonly at: number;
    readonly by?: PersonId;
    readonly reason: string;
    readonly genuine: boolean;
  };
}

export interface PlannedChange extends DataOf<'change.planned'> {
  readonly id: ChangeId;
  readonly project: ProjectId;
  readonly by?: PersonId;
}

export interface Prune extends DataOf<'prune.asked'> {
  readonly id: PruneId;
  readonly vault: VaultId;
  readonly askedAt: number;
  readonly askedBy?: PersonId;
  readonly standing: 'asked' | 'approved' | 'declined' | 'finished';
  readonly notBefore?: number;
}

type Step<K extends EntryKind> = DataOf<K> & { readonly at: number };

/** The end of a project's backups, step by step. */
export interface Closing {
  readonly project: ProjectId;
  readonly delivered?: Step<'closing.delivered'> & { readonly by?: PersonId };
  readonly archived?: Step<'closing.archived'>;
  readonly proved?: Step<'closing.proved'>;
  readonly asked?: Step<'closing.asked'> & { readonly by?: PersonId };
  readonly approved?: Step<'closing.approved'> & { readonly by?: PersonId };
  readonly destroyed?: Step<'backup.keys-destroyed'>;
}

/** Copies and what is known of them. */
export interface Backups {
  readonly vaults: PMap<VaultId, Vault>;
  readonly policies: PMap<PolicyId, BackupPolicy>;
  /** The newest `BACKUPS_KEPT` of each policy and every one that is still locked; older ones are in the ledger. */
  readonly taken: PMap<BackupId, Backup>;
  readonly holds: PMap<HoldId, LegalHold>;
  readonly restores: PMap<RestoreId, Restore>;
  readonly drills: PMap<DrillId, Drill>;
  /** Unsettled ones, and the newest settled ones. */
  readonly alarms: PMap<AlarmId, Alarm>;
  readonly changes: PMap<ChangeId, PlannedChange>;
  readonly prunes: PMap<PruneId, Prune>;
  /** When the keys of a project's backups were destroyed: nothing of it comes back. */
  readonly keysDestroyed: PMap<ProjectId, number>;
  /** How far the end of a project has come. */
  readonly closings: PMap<ProjectId, Closing>;
  readonly runbook?: DataOf<'runbook.written'> & { readonly at: number };
}

export const BACKUP_RECORDS_KEPT = 5000;
