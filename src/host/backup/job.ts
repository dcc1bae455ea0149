/** What a job process is told and what it says: one job, progress while it runs, one answer. Secrets come as names of files. */
import type {
  VerifyJob,
  HealJob,
  RebuildIndexJob,
  PlanRemovalJob,
  RemovalPlanned,
  FindStrangersJob,
  StrangersAnswer,
  VerifiedAnswer,
  HealedAnswer,
  IndexRebuiltAnswer,
} from '#host/backup/repair-jobs.ts';
import type { Window } from '#vault/detect/planned-windows.ts';
import type { PastLook } from '#vault/detect/past-looks.ts';
import type { Suspicion } from '#vault/detect/suspicion.ts';
import type { ManifestRow } from '#vault/engine/manifest.ts';
import type { Failures } from '#vault/engine/restore-failures.ts';
import type { Mismatch } from '#vault/drill/compare.ts';
import type { SequenceGap } from '#vault/drill/frame-sequences.ts';
import type { TimedPart } from '#vault/drill/extrapolate.ts';
import type { FoundEntry, PathVersion, SnapshotDiff } from '#ports/backups.ts';
import type { MixedSnapshot, Pick } from '#plan/backup/newest-clean.ts';
import type { StorePlace } from '#vault/store/open-store.ts';
import type { RepositoryRef } from '#host/backup/repository-ref.ts';

export interface TakeJob extends RepositoryRef {
  readonly kind: 'take';
  readonly source: string;
  readonly at: number;
  readonly host: string;
  readonly tags: readonly string[];
  readonly parent?: string;
  /** Top folders; all when left out. */
  readonly folders?: readonly string[];
  /** A folder of this job's own. */
  readonly scratch: string;
  /** Remembers what was read, so that an interrupted job goes on where it was; one for each policy and vault. */
  readonly journal?: string;
  /** Left out, nobody looks for signs of an attack. */
  readonly watch?: WatchAsked;
}

/** What a snapshot is judged against. */
export interface WatchAsked {
  /** The last snapshot that no alarm is about, in the vault that it lies in. */
  readonly past?: { readonly place: StorePlace; readonly snapshot: string; readonly looksSha256: string };
  /** When that one was taken: ms since 1970. */
  readonly after?: number;
  readonly windows: readonly Window[];
  /** What each of the newest snapshots added. */
  readonly usualBytes: readonly number[];
  readonly decoys: boolean;
  /** Lost decoys are put back: an alarm was settled since. */
  readonly replant: boolean;
}

export interface TakenAnswer {
  readonly kind: 'taken';
  readonly snapshot: string;
  readonly tree: string;
  readonly manifestSha256: string;
  readonly files: number;
  readonly bytes: number;
  readonly addedBytes: number;
  /** Of all of them, by this run. */
  readonly readBytes: number;
  /** Every file that was read was read from a clone. */
  readonly isHeld: boolean;
  readonly unsteady: number;
  readonly attributesLack?: string;
  readonly looksSha256?: string;
  readonly suspicion?: Suspicion;
  readonly objects: number;
  readonly objectBytes: number;
  readonly objectsSha256: string;
  /** By the vault's own word, where it gives one. */
  readonly lockedUntil?: number;
}

export interface CopyJob {
  readonly kind: 'copy';
  readonly from: StorePlace;
  readonly to: StorePlace;
}

export interface CopiedAnswer {
  readonly kind: 'copied';
  readonly objects: number;
  readonly bytes: number;
  readonly objectsSha256: string;
  readonly lockedUntil?: number;
  readonly addedBytes: number;
}

/** Measures the locks of a bucket, and makes longer what runs out. */
export interface KeepLockedJob {
  readonly kind: 'keep-locked';
  readonly place: StorePlace;
}

/** Whether a vault that fills itself has what the first one has. */
export interface CompareJob {
  readonly kind: 'compare';
  readonly from: StorePlace;
  readonly to: StorePlace;
}

export interface DescribedAnswer {
  readonly kind: 'described';
  readonly objects: number;
  readonly objectBytes: number;
  readonly objectsSha256: string;
  readonly lockedUntil?: number;
  /** Snapshots that lie there. */
  readonly snapshots: readonly string[];
  /** Objects that the first vault has and this one lacks. */
  readonly missing: number;
}

export interface DrillJob extends RepositoryRef {
  readonly kind: 'drill';
  readonly snapshot: string;
  readonly manifestSha256: string;
  /** What was seen of each file then, where anybody looked. */
  readonly looksSha256?: string;
  readonly seed: string;
  /** Files to draw; all of them when left out. */
  readonly sample?: number;
  readonly scratch: string;
  /** What may be written there. */
  readonly roomBytes: number;
  /** A part of it proves nothing: without room for all of it nothing is restored. */
  readonly allOrNothing?: boolean;
  /** What must be out of reach of this process. */
  readonly production: string;
}

export interface DrilledAnswer {
  readonly kind: 'drilled';
  readonly files: number;
  readonly filesOf: number;
  readonly bytes: number;
  readonly bytesOf: number;
  /** What it was to restore, when there was not room for that: files, and the room that they would take. */
  readonly bounded?: { readonly files: number; readonly bytes: number; readonly roomBytes: number };
  readonly mismatches: readonly Mismatch[];
  readonly firstByteMs: number;
  readonly startMs: number;
  readonly parts: readonly TimedPart[];
  readonly isolated: boolean;
  /** Where the source lies in the snapshot. */
  readonly source: string;
  readonly restored: readonly RestoredRow[];
  /** Frame sequences that the manifest itself has with holes. */
  readonly gaps: readonly SequenceGap[];
}

/** One file of the sample and the folder that its path is beneath now. */
export interface RestoredRow {
  readonly row: ManifestRow;
  readonly root: string;
  /** What the watch saw of it when it was backed up. */
  readonly sealedAs?: { readonly kind: string; readonly verdict: PastLook['verdict'] };
}

export interface RestoreJob extends RepositoryRef {
  readonly kind: 'restore';
  readonly snapshot: string;
  /** Beneath the snapshot's source; '' for all of it. */
  readonly path: string;
  readonly target: string;
  /** Of it only these files, named as in `failed`. */
  readonly only?: readonly string[];
  /** Copies that are asked for folders which this one cannot read. */
  readonly others?: readonly StorePlace[];
}

/** Failed files are named by their paths beneath what came back, '' for itself. What was not whole is not there. */
export interface RestoredAnswer extends Failures {
  readonly kind: 'restored';
  readonly files: number;
  readonly bytes: number;
  readonly ms: number;
  /** What came back: a folder or a file in the target, by its own name. */
  readonly root: string;
}

export interface MixedJob extends RepositoryRef {
  readonly kind: 'restore-mixed';
  /** Beneath the workspace; '' for all of it. */
  readonly path: string;
  readonly target: string;
  /** Where the report is written. */
  readonly report: string;
  readonly choice:
    | { readonly how: 'newest-clean'; readonly snapshots: readonly MixedSnapshot[] }
    | {
        readonly how: 'named';
        readonly picks: readonly Pick[];
        readonly leftOut: readonly { readonly path: string; readonly why: string }[];
      };
}

export interface MixedAnswer extends Omit<RestoredAnswer, 'kind'> {
  readonly kind: 'restored-mixed';
  /** The folder that stands for the whole workspace: `failed` is by paths beneath it. */
  readonly tree: string;
  /** Of each failed file the snapshot that it is wanted from. */
  readonly wantedFrom: readonly (readonly [path: string, snapshot: string])[];
  readonly sources: readonly { readonly snapshot: string; readonly files: number }[];
  readonly leftOut: number;
  readonly reportSha256: string;
}

export interface HistoryJob extends RepositoryRef {
  readonly kind: 'history';
  /** Snapshots of each policy, oldest first. */
  readonly chains: readonly (readonly string[])[];
  /** This path, or else every path with this text in it. */
  readonly path?: string;
  readonly text?: string;
  readonly limit: number;
}

export interface HistoryAnswer {
  readonly kind: 'history';
  readonly versions: readonly PathVersion[];
  readonly limited: boolean;
}

/** Of two snapshots in one repository. */
export interface DiffJob extends RepositoryRef {
  readonly kind: 'diff';
  readonly before: string;
  readonly snapshot: string;
  /** Beneath the workspace; '' for all of it. */
  readonly path: string;
  readonly limit: number;
}

export interface DiffAnswer extends SnapshotDiff {
  readonly kind: 'diff';
}

export interface LookJob extends RepositoryRef {
  readonly kind: 'look';
  readonly snapshot: string;
  /** The folder that is listed. */
  readonly path: string;
  /** Instead: entries anywhere whose path has this in it, so many at most. */
  readonly text?: string;
  readonly limit: number;
}

export interface LookAnswer {
  readonly kind: 'seen';
  readonly entries: readonly FoundEntry[];
}

export type Job =
  | VerifyJob
  | HealJob
  | RebuildIndexJob
  | PlanRemovalJob
  | FindStrangersJob
  | TakeJob
  | CopyJob
  | KeepLockedJob
  | CompareJob
  | DrillJob
  | RestoreJob
  | MixedJob
  | HistoryJob
  | DiffJob
  | LookJob;
export type AnswerOf<J extends Job> = J extends VerifyJob
  ? VerifiedAnswer
  : J extends HealJob
    ? HealedAnswer
    : J extends RebuildIndexJob
      ? IndexRebuiltAnswer
      : J extends PlanRemovalJob
        ? RemovalPlanned
        : J extends FindStrangersJob
          ? StrangersAnswer
          : AnswerOfCopying<J>;

type AnswerOfCopying<J extends Job> = J extends TakeJob
  ? TakenAnswer
  : J extends CopyJob
    ? CopiedAnswer
    : J extends KeepLockedJob | CompareJob
      ? DescribedAnswer
      : J extends DrillJob
        ? DrilledAnswer
        : J extends RestoreJob
          ? RestoredAnswer
          : J extends MixedJob
            ? MixedAnswer
            : J extends HistoryJob
              ? HistoryAnswer
              : J extends DiffJob
                ? DiffAnswer
                : LookAnswer;

type AnyAnswer =
  | VerifiedAnswer
  | HealedAnswer
  | IndexRebuiltAnswer
  | RemovalPlanned
  | StrangersAnswer
  | TakenAnswer
  | CopiedAnswer
  | DescribedAnswer
  | DrilledAnswer
  | RestoredAnswer
  | MixedAnswer
  | HistoryAnswer
  | DiffAnswer
  | LookAnswer;

export interface JobProgress {
  readonly files: number;
  /** Of so many, where that is known. */
  readonly filesOf?: number;
  readonly doneBytes: number;
  /** Where it is known before they are written. */
  readonly ofBytes?: number;
  readonly ms: number;
}

export type FromJob =
  | { readonly kind: 'progress'; readonly progress: JobProgress }
  | { readonly kind: 'done'; readonly answer: AnyAnswer }
  | { readonly kind: 'failed'; readonly code: string; readonly message: string; readonly retry: boolean };
