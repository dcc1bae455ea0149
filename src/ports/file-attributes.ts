/**
 * What Node's own file functions leave out: extended attributes (access lists among them, which Linux keeps as such), fifos and devices.
 *
 * - Links are never followed: a link's own attributes are read and set.
 * - `read` gives what can be read; what may not be read is left out, as a program without the right to see it would have it.
 * - A file's attributes come in the order of their names. Stock restic keeps the file system's order, so that a folder whose files have several each
 *   is another tree to it: it stores that tree again, and nothing else.
 * - `write` and `makeSpecial` say of each file why it could not be done; they reject only when nothing could be tried.
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

export interface FileAttributes {
  /** Of `folder` and everything beneath it, by path; the path's bytes as latin1. Files without attributes are left out. */
  read(folder: string): Promise<ReadonlyMap<string, readonly Attribute[]>>;
  write(files: readonly Attributed[]): Promise<readonly { readonly path: string; readonly why: string }[]>;
  /** The path must not exist; its folder must. */
  makeSpecial(file: SpecialFile): Promise<void>;
}
