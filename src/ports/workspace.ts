/**
 * The storage of one project: its visible tree, and a hidden area that no name leads to (parts of uploads, the bin, files
 * set aside, known hashes).
 *
 * Contract:
 * - A place is a list of names beneath the workspace; the empty list is the workspace itself. Every name is resolved
 *   descriptor-relative, one at a time, without following links: no name, no link and no race leads out.
 * - Links, devices, pipes, sockets and files with more than one name are refused (`not-a-plain-file`), never opened.
 * - Nothing replaces anything: where a name is taken the answer is the refusal `name-taken`.
 * - What a promised method has answered `ok` to is durable, folders included.
 * - Storage that fails is a Fault: `disk-full`, `quota`, `storage-failed`, `storage-gone`.
 */
import type { Outcome } from '#std/refused.ts';
import type { BinnedId, ProjectId, UploadId } from '#std/ids.ts';
import type { Json } from '#std/canonical.ts';

export type Place = readonly string[];

export interface WorkspaceNode {
  readonly name: string;
  readonly type: 'file' | 'folder';
  readonly sizeBytes: number;
  readonly modifiedAt: number;
  /** Changes whenever the content may have: inode, size and modification time in ns. Follows the file when it is moved. */
  readonly tag: string;
}

export interface Digest {
  readonly sha256: string;
  readonly xxh64: string;
}

export interface NodeList {
  readonly nodes: readonly WorkspaceNode[];
  readonly truncated: boolean;
}

/** An open file, for reading. The owner closes it. */
export interface ReadableFile {
  readonly sizeBytes: number;
  readonly modifiedAt: number;
  readonly tag: string;
  readSync(into: Uint8Array, position: number): number;
  read(into: Uint8Array, position: number): Promise<number>;
  close(): void;
}

/** Bytes of an upload on their way. The owner closes it. */
export interface PartFile {
  readonly tag: string;
  sizeBytes(): number;
  writeSync(chunks: readonly Uint8Array[], position: number): void;
  /** Chunks in shared memory are written and hashed in one pass, on another thread. They are the storage's until it resolves. */
  write(chunks: readonly Uint8Array[], position: number): Promise<void>;
  readSync(into: Uint8Array, position: number): number;
  truncate(sizeBytes: number): void;
  /** Everything written so far is durable. */
  sync(): Promise<void>;
  /** The first `to` bytes are final for now: hashing may follow behind. */
  follow(to: number): void;
  /** Bytes from here on were written over. */
  forget(from: number): void;
  /** Of exactly the first `sizeBytes` bytes, as the storage holds them. */
  digest(sizeBytes: number): Promise<Digest>;
  /** Gives up the descriptor. */
  close(): Promise<void>;
  /** Closes in name only: whoever opens the part next, unchanged, goes on with what is hashed already. */
  park(): void;
}

/** Rooms of the hidden area. Each item is its bytes (at most one file or folder) and one small JSON record. */
export type Room = 'parts' | 'bin' | 'aside';
export type RoomId = UploadId | BinnedId;

export interface Workspace {
  readonly project: ProjectId;
  stat(at: Place): Outcome<WorkspaceNode>;
  list(at: Place, limit: number): Promise<Outcome<NodeList>>;
  /** The stored name in this folder that a new `name` would clash with on a Mac or on Windows; itself not counted. */
  clash(folder: Place, name: string): Outcome<string | undefined>;
  open(at: Place): Outcome<ReadableFile>;
  makeFolder(at: Place): Promise<Outcome<void>>;
  /** Only an empty one. */
  removeFolder(at: Place): Promise<Outcome<void>>;
  move(from: Place, to: Place): Promise<Outcome<void>>;

  createPart(id: UploadId): PartFile;
  openPart(id: UploadId): PartFile | undefined;
  /** Gives a part its final name; the caller has synced it. */
  publish(id: UploadId, to: Place): Promise<Outcome<WorkspaceNode>>;
  /** After a crash: true when the part with this tag did get the name `to` (and then has only that one), false when it did not. */
  wasPublished(id: UploadId, to: Place, tag: string): Promise<boolean>;
  /** From the visible tree into the bin, a file or a whole folder. */
  putInBin(id: BinnedId, from: Place): Promise<Outcome<void>>;
  takeFromBin(id: BinnedId, to: Place): Promise<Outcome<void>>;
  setAside(id: UploadId): Promise<void>;
  /** Whether a room holds the bytes of this item, and what the file is. */
  held(room: Room, id: RoomId): WorkspaceNode | undefined;
  /** Bytes and record. */
  discard(room: Room, id: RoomId): void;

  /** Survives the death of this process, not that of the machine; whole or absent in any case. */
  note(room: Room, id: RoomId, record: Json): void;
  noteDurably(room: Room, id: RoomId, record: Json): Promise<void>;
  noted(room: Room, id: RoomId): unknown;
  /** Roughly how many items a room holds. */
  count(room: Room): number;
  listNoted(room: Room): readonly { readonly id: string; readonly record: unknown }[];

  /** One process at a time holds an upload, and lets go when it dies. Undefined when another holds it. */
  claim(id: UploadId): (() => void) | undefined;

  /** Known hashes by tag: a cache beside the ledger, lost without harm. */
  remember(tag: string, digest: Digest): void;
  recall(tag: string): Digest | undefined;
}

export interface Workspaces {
  /** Makes the workspace and its top folders when missing. */
  open(project: ProjectId, folders: readonly string[]): Workspace;
  /** Changes with every start of the machine: bytes written before are only safe as far as they were synced. */
  readonly bootId: string;
  close(): Promise<void>;
}
