/** Jobs that look after a repository itself: whether it is whole, what heals it, what may go, what is strange in it. */
import type { RemovalFacts } from '#model/removal-list.ts';
import type { ProjectId } from '#std/ids.ts';
import type { DamagedObject } from '#vault/engine/repository.ts';
import type { RemovalPlan } from '#vault/engine/removal-plan.ts';
import type { StorePlace } from '#vault/store/open-store.ts';
import type { RepositoryRef } from '#host/backup/repository-ref.ts';

/** Looks whether a repository is whole; with `readData` every pack is read, opened and hashed. */
export interface VerifyJob extends RepositoryRef {
  readonly kind: 'verify';
  readonly readData: boolean;
}

/** Brings what is damaged here back from another copy. */
export interface HealJob extends RepositoryRef {
  readonly kind: 'heal';
  readonly from: StorePlace;
  readonly readData: boolean;
}

export interface RebuildIndexJob extends RepositoryRef {
  readonly kind: 'rebuild-index';
  readonly at: number;
}

/** What may go when these snapshots go, as a list; writes indexes for what stays, removes nothing. */
export interface PlanRemovalJob extends RepositoryRef {
  readonly kind: 'plan-removal';
  /** Those that go; or those of the facility's own copies that hold a key of this project. */
  readonly snapshots: readonly string[] | { readonly holdKeysOf: ProjectId };
  /** Leaves nothing of what goes. */
  readonly rewrite?: boolean;
  /** A file that is not there yet, and whose repository it is at the vault. */
  readonly list: { readonly file: string; readonly client: string };
  readonly at: number;
}

export interface RemovalPlanned extends Pick<RemovalPlan, 'packs' | 'partly' | 'indexesWritten' | 'rewritten'> {
  readonly kind: 'removal-planned';
  /** As the list begins. */
  readonly facts: RemovalFacts;
  /** So many more go by another list. */
  readonly more: number;
}

/** Which snapshots of a repository are none of these, nor what was sealed about one of them. */
export interface FindStrangersJob extends RepositoryRef {
  readonly kind: 'find-strangers';
  readonly known: readonly string[];
  /** Strangers that were told before. */
  readonly told: readonly string[];
}

export interface Stranger {
  readonly snapshot: string;
  readonly says: string;
}

export interface StrangersAnswer {
  readonly kind: 'strangers';
  /** The first of them; so many there are in all. */
  readonly strangers: readonly Stranger[];
  readonly count: number;
}

export interface VerifiedAnswer {
  readonly kind: 'verified';
  readonly packs: number;
  readonly readBytes: number;
  readonly snapshots: number;
  /** The first of them; so many there are in all. */
  readonly damage: readonly DamagedObject[];
  readonly damageCount: number;
  readonly lostFiles: readonly { readonly snapshot: string; readonly path: string }[];
  readonly lostCount: number;
  /** Packs that no index names. */
  readonly orphans: number;
}

export interface HealedAnswer {
  readonly kind: 'healed';
  readonly healed: readonly string[];
  readonly healedCount: number;
  /** What a check found at the end. */
  readonly after: Omit<VerifiedAnswer, 'kind'>;
}

export interface IndexRebuiltAnswer {
  readonly kind: 'index-rebuilt';
  readonly packs: number;
  readonly blobs: number;
  readonly damage: readonly DamagedObject[];
  readonly damageCount: number;
}
