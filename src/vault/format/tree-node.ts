/** One entry of a folder as a tree has it. */
export type NodeType = 'file' | 'dir' | 'symlink' | 'dev' | 'chardev' | 'fifo' | 'socket';

export interface TreeNode {
  /** As on disk: any bytes but `/` and NUL. */
  readonly name: Uint8Array;
  readonly type: NodeType;
  /** Go's FileMode: permission bits and Go's own bits for the kind. */
  readonly mode: number;
  readonly mtimeNs: bigint;
  readonly atimeNs: bigint;
  readonly ctimeNs: bigint;
  readonly uid: number;
  readonly gid: number;
  readonly user: string;
  readonly group: string;
  readonly inode: bigint;
  readonly deviceId: bigint;
  readonly size: bigint;
  readonly links: bigint;
  readonly linkTarget?: Uint8Array;
  readonly xattrs?: readonly { readonly name: string; readonly value: Uint8Array }[];
  readonly device?: bigint;
  /** Ids of the data blobs, for files. */
  readonly content?: readonly string[];
  readonly subtree?: string;
}

/** A tree from elsewhere must not lead a restore out of its folder. */
export function isName(name: Uint8Array): boolean {
  if (name.length === 0 || name.length > 255) return false;
  if (name.includes(0) || name.includes(0x2f)) return false;
  return !(name[0] === 0x2e && (name.length === 1 || (name.length === 2 && name[1] === 0x2e)));
}
