/** Whether a folder's tree is the parent snapshot's to the last field: it stands there already, and need not be made and hashed again. */
import type { TreeNode } from '#vault/format/tree-node.ts';

/** A tree that was read from the repository. */
export interface KnownTree {
  readonly tree: string;
  readonly nodes: readonly TreeNode[];
}

/** Both in the order of their names. A field that either lacks is not the same as one that is empty. */
export function isSameTree(now: readonly TreeNode[], before: KnownTree | undefined): before is KnownTree {
  if (before?.nodes.length !== now.length) return false;
  return now.every((node, at) => isSameNode(node, before.nodes[at]));
}

const PLAIN = [
  'type',
  'mode',
  'mtimeNs',
  'atimeNs',
  'ctimeNs',
  'uid',
  'gid',
  'user',
  'group',
  'inode',
  'deviceId',
  'size',
  'links',
  'device',
  'subtree',
] as const satisfies readonly (keyof TreeNode)[];

function isSameNode(now: TreeNode, before: TreeNode | undefined): boolean {
  if (before === undefined || PLAIN.some((field) => now[field] !== before[field])) return false;
  return (
    Buffer.compare(now.name, before.name) === 0 &&
    isSameBytes(now.linkTarget, before.linkTarget) &&
    isSameContent(now.content, before.content) &&
    isSameXattrs(now.xattrs, before.xattrs)
  );
}

function isSameBytes(now: Uint8Array | undefined, before: Uint8Array | undefined): boolean {
  if (now === undefined || before === undefined) return now === before;
  return Buffer.compare(now, before) === 0;
}

function isSameContent(now: TreeNode['content'], before: TreeNode['content']): boolean {
  if (now === before) return true;
  if (now === undefined || before?.length !== now.length) return false;
  return now.every((id, at) => id === before[at]);
}

function isSameXattrs(now: TreeNode['xattrs'], before: TreeNode['xattrs']): boolean {
  if (now === undefined || before === undefined) return now === before;
  if (now.length !== before.length) return false;
  return now.every(({ name, value }, at) => name === before[at]?.name && isSameBytes(value, before[at].value));
}
