/**
 * What Node's own file functions leave out: extended attributes (access lists among them, which Linux keeps as such), fifos and devices.
 *
 * - Links are never followed: a link's own attributes are read and set.
 * - `read` gives what can be read; what may not be read is left out, as a program without the right to see it would have it. It rejects only when it is
 *   told to end: whatever else goes wrong costs attributes, never the backup, and `lacks` says so.
 * - A file's attributes come in the order of their names. Stock restic keeps the file system's order, so that a folder whose files have several each
 *   is another tree to it: it stores that tree again, and nothing else.
 * - `AttributesToSet.set` and `makeSpecial` say of each file why it could not be done; they reject only when nothing could be tried.
 * - Neither way holds more of a tree in memory than a part that does not grow with it.
 */
export interface Attribute {
  readonly name: string;
  readonly value: Uint8Array;
}

export interface Attributed {
  readonly path: Uint8Array;
  readonly attributes: readonly Attribute[];
}

export interface SpecialFile {
  readonly path: Uint8Array;
  readonly kind: 'fifo' | 'char' | 'block';
  /** The device's number as `stat` gives it; 0 for a fifo. */
  readonly device: bigint;
}

export interface AttributesRead {
  /**
   * Undefined for a file without any. Asked in the order of a walk: a folder before what lies in it, names in the order of their bytes.
   */
  of(path: Uint8Array): readonly Attribute[] | undefined;
  /** What of the tree's attributes is missing, and why; undefined when nothing is. To be asked when the walk is over. */
  lacks(): string | undefined;
  close(): void;
}

export interface AttributesToSet {
  add(file: Attributed): void;
  /** Sets all that were added, once. `passesGone`: files that are not there are not named; whoever took them away has. */
  set(passesGone?: boolean): Promise<readonly { readonly path: string; readonly why: string }[]>;
  close(): void;
}

export interface ReadOptions {
  /** A folder that is there, for what is too much for memory; left out, it stays there compressed. */
  readonly scratch?: string;
  readonly signal?: AbortSignal;
}

export interface FileAttributes {
  /** Of `folder` and everything beneath it. */
  read(folder: string, options: ReadOptions): Promise<AttributesRead>;
  /** Gathers what a restore sets at its end, in the same kind of folder. */
  gather(scratch?: string): AttributesToSet;
  /** The path must not exist; its folder must. */
  makeSpecial(file: SpecialFile): Promise<void>;
}
