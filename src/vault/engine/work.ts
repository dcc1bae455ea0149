/** What the thread that walks the tree and the threads that read files say to each other. */
import type { SharedKnown } from '#vault/engine/known-blobs.ts';
import type { SentFile } from '#vault/engine/file-message.ts';
import type { StructureLook } from '#vault/detect/structure/structure-look.ts';
import type { PackedBlob } from '#vault/format/blob.ts';
import type { SealingKey } from '#vault/format/sealing.ts';
import type { StorePlace } from '#vault/store/open-store.ts';

export interface WorkerSetting {
  readonly place: StorePlace;
  readonly key: SealingKey;
  readonly polynomial: string;
  readonly known: SharedKnown;
  /** Whether each file's blocks are looked at for signs of encryption. */
  readonly watch: boolean;
  /** Where clones are made of what is read; left out, there are none. */
  readonly clones?: string;
}

export interface FileJob {
  readonly job: number;
  readonly path: Uint8Array;
  /** Left out, the whole file is read. */
  readonly part?: FilePart;
}

/** A stretch of a long file. Pieces have no regard to it: it begins and ends at the first cut that is not before its bounds. */
export interface FilePart {
  readonly from: number;
  /** Left out, it reaches to the file's end. */
  readonly until?: number;
  /** A piece begins at `from`. Otherwise cuts are looked for from further ahead, where they come to be the same as of the whole file. */
  readonly isExact: boolean;
  /** Read from the file itself, never from a clone: the rest of the file was read before now. */
  readonly isWatched?: true;
}

/** How a file was while it was read. */
export type Steadiness = 'steady' | 'changed' | 'vanished' | 'denied' | 'failed';

export interface FileDone {
  readonly job: number;
  readonly steadiness: Steadiness;
  readonly content: readonly string[];
  /** Length of each piece of `content`. */
  readonly lengths: readonly number[];
  readonly bytes: number;
  readonly addedBytes: number;
  /** What the file was when it was last looked at. */
  readonly size: bigint;
  readonly mtimeNs: bigint;
  readonly ctimeNs: bigint;
  readonly why?: string;
  /** Read from a clone: as it was at one instant. */
  readonly isHeld?: true;
  readonly look?: FileLook;
  /** Of a part: the cuts at which it began and ended, and which file it was read from. */
  readonly stretch?: { readonly begin: number; readonly end: number; readonly inode: bigint };
}

/** What a look at the bytes saw, for signs of an attack. */
export interface FileLook {
  /** Blocks of 64 KiB (a shorter file is one block), and how many of them are spread as evenly as random bytes. */
  readonly blocks: number;
  readonly evenBlocks: number;
  readonly head: Uint8Array;
  readonly tail: Uint8Array;
  /** Of a part, only the last one looks at it. */
  readonly structure: StructureLook;
}

export type ToWorker = { readonly kind: 'files'; readonly files: readonly FileJob[] } | { readonly kind: 'flush' };

export type FromWorker =
  | { readonly kind: 'done'; readonly files: readonly SentFile[] }
  | { readonly kind: 'pack'; readonly id: string; readonly blobs: readonly PackedBlob[]; readonly bytes: number }
  | { readonly kind: 'read'; readonly bytes: number }
  | { readonly kind: 'stretch'; readonly at: number; readonly file: SentFile }
  | { readonly kind: 'flushed' }
  | { readonly kind: 'failed'; readonly code: string; readonly message: string; readonly retry: boolean };
