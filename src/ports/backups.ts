/**
 * What people ask of backups beyond the state: what a snapshot holds, how far running work is, the runbook as it reads now.
 *
 * - Starting a backup, drill or restore is a command (`begin-backup`, `begin-drill`, `begin-restore`); the backup process follows the state,
 *   does what was begun and records its end. Nobody else starts anything.
 * - `list` and `find` open the repository of the first vault that answers; refusals say which copy was asked.
 * - `progress` is at most a second old; an empty list when nothing runs.
 */
import type { BackupId, ProjectId } from '#std/ids.ts';
import type { Outcome } from '#std/refused.ts';

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
  progress(): readonly WorkProgress[];
  /** For the whole facility, or one project's part of it. */
  runbook(project?: ProjectId): Promise<WrittenRunbook>;
}
