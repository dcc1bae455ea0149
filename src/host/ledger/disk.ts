/**
 * What the commit log needs of a disk, and no more: one flat folder. The real one is node-disk.ts; the power-cut simulation
 * brings one that forgets.
 */
export interface Disk {
  list(): Promise<readonly string[]>;
  open(name: string): Promise<DiskFile>;
  /** Makes a file of zeros that are really written, and synced; its name need not last before `rename`. Replaces what is there. */
  createZeroed(name: string, sizeBytes: number): Promise<void>;
  /** Replaces `to`; resolves when the new name lasts (the folder is synced). */
  rename(from: string, to: string): Promise<void>;
  remove(name: string): Promise<void>;
  /** Resolves when every name that is seen now lasts. */
  syncNames(): Promise<void>;
}

export interface DiskFile {
  readonly sizeBytes: number;
  /** Fills `into` from `position`; fewer bytes only at the file's end. */
  read(into: Uint8Array, position: number): Promise<number>;
  /** Resolves when every byte is on the disk. After a rejection nothing is known about them, and nobody tries again. */
  writeSynced(bytes: Uint8Array, position: number): Promise<void>;
  close(): Promise<void>;
}
