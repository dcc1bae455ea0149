/**
 * What people ask of backups beyond the state: what a snapshot holds, how far running work is, the runbook as it reads now.
 *
 * - Starting a backup, drill or restore is a command (`begin-backup`, `begin-drill`, `begin-restore`); the backup process follows the state,
 *   does what was begun and records its end. Nobody else starts anything.
 * - `list` and `find` open the repository of the first vault that answers; refusals say which copy was asked.
 * - `history` reads at most the newest `HISTORY_SNAPSHOTS_MAX` snapshots.
 * - `progress` is at most a second old; an empty list when nothing runs.
 */
import type { Touched } from '#plan/backup/touched.ts';
import type { BackupId, PersonId, ProjectId, RestoreId } from '#std/ids.ts';
import type { Outcome } from '#std/refused.ts';

export const HISTORY_SNAPSHOTS_MAX = 500;

export interface SnapshotEntry {
  readonly name: string;
  readonly kind: 'file' | 'folder' | 'link' | 'other';
  readonly sizeBytes: number;
  /** ms since 1970. */
  readonly modifiedAt: number;
}

export interface FoundEntry extends SnapshotEntry {
  /** Beneath the workspace. */
  readonly path: string;
}

/** One version of a path: what it was from one snapshot to another. */
export interface PathVersion extends FoundEntry {
  /** Snapshots that show it: the first and the last of one policy. */
  readonly first: string;
  readonly last: string;
}

export interface DiffCount {
  readonly files: number;
  readonly bytes: number;
}

/** Files and links, with their sizes as they are now; for those that went, as they were. */
export interface DiffTotals {
  readonly added: DiffCount;
  readonly removed: DiffCount;
  readonly changed: DiffCount;
  readonly moved: DiffCount;
}

/** One thing that is not as it was. */
export interface DiffEntry extends Omit<FoundEntry, 'name'> {
  readonly change: keyof DiffTotals;
  /** For `changed`: how long it was before. */
  readonly wasBytes?: number;
  /** For `moved`: where the same content was before. */
  readonly movedFrom?: string;
}

export interface SnapshotDiff {
  readonly entries: readonly DiffEntry[];
  readonly totals: DiffTotals;
  /** There are more entries than are told; the totals count them all. */
  readonly limited: boolean;
}

export interface DiffWish {
  readonly from: BackupId;
  readonly to: BackupId;
  /** Only this folder or file; `''` for all of the workspace. */
  readonly path: string;
}

export type HistoryWish = { readonly path: string } | { readonly text: string };

/** One line of a restore's report. */
export type RestoreReportLine =
  | { readonly path: string; readonly snapshot: string }
  | { readonly path: string; readonly leftOut: string };

export interface WorkProgress {
  /** `bak_…`, `drl_…` or `rst_…`. */
  readonly id: string;
  readonly work: 'backup' | 'copy' | 'drill' | 'restore';
  readonly startedAt: number;
  readonly files: number;
  readonly doneBytes: number;
  /** Of so many, when that is known before. */
  readonly ofBytes?: number;
  readonly bytesPerSecond: number;
  readonly leftMs?: number;
}

export interface WrittenRunbook {
  /** SHA-256 of `text`, in hex: what `runbook.written` says and what is printed on it. */
  readonly sha256: string;
  readonly text: string;
  readonly html: string;
  readonly steps: number;
  readonly neverProven: number;
}

export interface BackupDesk {
  /** What lies in the folder at `path` beneath the workspace (`''` for its top), in the order of names. */
  list(backup: BackupId, path: string): Promise<Outcome<readonly SnapshotEntry[]>>;
  /** Entries whose path contains `text`, case-insensitive; at most `limit`. */
  find(backup: BackupId, text: string, limit: number): Promise<Outcome<readonly FoundEntry[]>>;
  /** Versions over all snapshots of a project, by path and newest first: of one path, or of every path that contains `text`. */
  history(
    project: ProjectId,
    of: HistoryWish,
    limit: number,
  ): Promise<Outcome<{ readonly versions: readonly PathVersion[]; readonly limited: boolean }>>;
  /** What became different from one snapshot to another of the same project, by path; the first `limit` of them. */
  diff(wish: DiffWish, limit: number): Promise<Outcome<SnapshotDiff>>;
  /** What a person did to files of a project since a time, by path. A Fault `too-much-touched` when that is too much. */
  touched(project: ProjectId, by: PersonId, since: number): Promise<readonly Touched[]>;
  /** Lines `from` … of the report of a restore that mixed snapshots, in the order of paths. */
  restoreReport(
    restore: RestoreId,
    from: number,
    limit: number,
  ): Promise<Outcome<{ readonly lines: readonly RestoreReportLine[]; readonly of: number }>>;
  /** What was destroyed at a project's end, as it was written then: canonical JSON, whose hash the ledger keeps. */
  certificate(project: ProjectId): Outcome<string>;
  progress(): readonly WorkProgress[];
  /** For the whole facility, or one project's part of it. */
  runbook(project?: ProjectId): Promise<WrittenRunbook>;
}
