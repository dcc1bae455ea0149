/**
 * Files of the workspaces, as both gates and the API see them. Every method decides (`permits`), records before bytes
 * move, and stays beneath the workspace whatever the name, link or race. Refusals are values; a Fault means the storage or
 * the engine failed and the act did not happen.
 */
import type { Outcome } from '#std/refused.ts';
import type { BinnedId, PersonId, ProjectId, SessionId, UploadId } from '#std/ids.ts';
import type { Gate } from '#model/events.ts';

/** For whom and through what a file act is done. */
export interface FileActor {
  readonly person: PersonId;
  readonly session: SessionId;
  readonly gate: Gate;
  readonly from?: string;
  readonly factorAt?: number;
  /** Set for service tokens: nothing but this project. */
  readonly project?: ProjectId;
}

export interface FileEntry {
  readonly name: string;
  /** Path beneath the workspace, `/`-separated, no leading slash. */
  readonly path: string;
  readonly type: 'file' | 'folder' | 'sequence';
  readonly sizeBytes: number;
  readonly modifiedAt: number;
  /** For a folded image sequence `shot.####.exr`. */
  readonly sequence?: {
    readonly first: number;
    readonly last: number;
    readonly count: number;
    readonly missing: readonly number[];
    readonly pattern: string;
  };
  /** From the accepting entry, when known. */
  readonly sha256?: string;
  readonly xxh64?: string;
  /** A strong validator: changes whenever the content may have. Files only. */
  readonly tag?: string;
}

export interface Listing {
  readonly path: string;
  readonly entries: readonly FileEntry[];
  /** What this actor may do here. */
  readonly may: readonly string[];
  readonly truncated: boolean;
}

export interface Binned {
  readonly id: BinnedId;
  readonly path: string;
  readonly sizeBytes: number;
  readonly binnedAt: number;
  readonly by: PersonId;
  readonly keptUntil: number;
}

export interface SetAside {
  readonly upload: UploadId;
  readonly path: string;
  readonly why: string;
  readonly at: number;
  readonly by: PersonId;
  readonly sizeBytes: number;
  readonly keptUntil: number;
}

/** An open file being read: positional, any order. `close` records totals. */
export interface ReadHandle {
  readonly sizeBytes: number;
  readonly modifiedAt: number;
  readonly tag?: string;
  /** Bytes read into `into` at `position`; 0 at the end. Synchronous: bulk paths stay in the page cache. */
  readSync(into: Uint8Array, position: number): number;
  read(into: Uint8Array, position: number): Promise<number>;
  close(): Promise<void>;
}

/** A file being written out of sight; nothing has the final name until `finish` said ok. */
export interface WriteHandle {
  readonly upload: UploadId;
  /** Bytes already held from earlier tries. */
  readonly offset: number;
  /** Writes all of `bytes` at `position` or throws a Fault (`disk-full`, ...). */
  writeSync(bytes: Uint8Array, position: number): void;
  write(bytes: Uint8Array, position: number): Promise<void>;
  /** The same for several buffers in a row, in one call to the storage. The buffers stay the storage's until it resolves. */
  writeMany?(chunks: readonly Uint8Array[], position: number): Promise<void>;
  /** Pauses, and keeps only the first `offset` bytes: what came after was not what the client meant to send. */
  pauseAt?(offset: number): Promise<void>;
  /** Everything written so far is durable, though not finished. */
  sync?(): Promise<void>;
  /** Synced; type-checked; then under its final name, or set aside (a refusal that says why). */
  finish(): Promise<Outcome<{ readonly sha256: string; readonly xxh64: string; readonly sizeBytes: number }>>;
  /** Keeps what there is for a later try. */
  pause(): Promise<void>;
  /** Throws it away. */
  drop(): Promise<void>;
}

export interface FileService {
  list(actor: FileActor, project: ProjectId, path: string, fold: boolean): Promise<Outcome<Listing>>;
  stat(actor: FileActor, project: ProjectId, path: string): Promise<Outcome<FileEntry>>;
  openRead(
    actor: FileActor,
    project: ProjectId,
    path: string,
    range?: { readonly start: number; readonly end: number },
  ): Promise<Outcome<ReadHandle>>;
  /** `upload` resumes an earlier try of the same person to the same path. `sizeBytes` when known beforehand. */
  openWrite(
    actor: FileActor,
    project: ProjectId,
    path: string,
    options: {
      readonly upload?: UploadId;
      readonly sizeBytes?: number;
      readonly resume?: boolean;
      readonly replace?: boolean;
    },
  ): Promise<Outcome<WriteHandle>>;
  makeFolder(actor: FileActor, project: ProjectId, path: string): Promise<Outcome<void>>;
  removeFolder(actor: FileActor, project: ProjectId, path: string): Promise<Outcome<void>>;
  move(actor: FileActor, project: ProjectId, from: string, to: string): Promise<Outcome<void>>;
  /** Into the bin, kept for the facility's `binDays`, as what is set aside is. */
  bin(actor: FileActor, project: ProjectId, path: string): Promise<Outcome<Binned>>;
  listBin(actor: FileActor, project: ProjectId): Promise<Outcome<readonly Binned[]>>;
  unbin(actor: FileActor, project: ProjectId, binned: BinnedId): Promise<Outcome<void>>;
  listSetAside(actor: FileActor, project: ProjectId): Promise<Outcome<readonly SetAside[]>>;
}

/** An upload that is on its way, as its owner sees it. */
export interface UploadStatus {
  readonly upload: UploadId;
  readonly path: string;
  /** Bytes that are safely held. */
  readonly offset: number;
  readonly sizeBytes: number | undefined;
  /** What the client gave at creation, verbatim. */
  readonly note: string;
  readonly expiresAt: number;
  /** Already a file: the answer to its last bytes may have been lost on the way. */
  readonly finished: boolean;
}

/** What resumable protocols need beside: uploads that outlive a connection and a process. Only their owner sees them. */
export interface UploadService {
  createUpload(
    actor: FileActor,
    project: ProjectId,
    path: string,
    options: { readonly sizeBytes: number; readonly note: string; readonly replace?: boolean },
  ): Promise<Outcome<UploadStatus>>;
  uploadStatus(actor: FileActor, project: ProjectId, upload: UploadId): Promise<Outcome<UploadStatus>>;
  dropUpload(actor: FileActor, project: ProjectId, upload: UploadId): Promise<Outcome<void>>;
}
