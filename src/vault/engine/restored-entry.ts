/** How one file, folder, link or device is made again, and gets its owner, mode and times. */
import {
  chmodSync,
  closeSync,
  constants,
  ftruncateSync,
  lchownSync,
  lstatSync,
  openSync,
  symlinkSync,
  unlinkSync,
} from 'node:fs';
import { setTimes } from '#vault/engine/file-times.ts';
import { unixMode } from '#vault/engine/node-of.ts';
import { isOutOfRoom, targetFull } from '#vault/engine/room.ts';
import type { TreeNode } from '#vault/format/tree-node.ts';
import type { FileAttributes } from '#ports/file-attributes.ts';
import { Fault } from '#std/refused.ts';

export type Dressing = Pick<TreeNode, 'type' | 'mode' | 'uid' | 'gid' | 'mtimeNs'>;

export interface Late {
  readonly path: Buffer;
  readonly node: Dressing;
}

export interface LateLink {
  readonly path: Buffer;
  readonly node: TreeNode;
}

/** A new file of this length; nothing is left where there can be none. */
export function makeLong(path: Buffer, bytes: number): void {
  const fd = openSync(path, constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW, 0o600);
  try {
    ftruncateSync(fd, bytes);
  } catch (cause) {
    unlinkSync(path);
    throw cause;
  } finally {
    closeSync(fd);
  }
}

export function isThere(path: Buffer): boolean {
  return lstatSync(path, { throwIfNoEntry: false }) !== undefined;
}

export function dressingOf({ type, mode, uid, gid, mtimeNs }: TreeNode): Dressing {
  return { type, mode, uid, gid, mtimeNs };
}

export function keptLink(path: Buffer, { linkTarget, ...node }: TreeNode): LateLink {
  const target = linkTarget === undefined ? {} : { linkTarget: owned(linkTarget) };
  return { path: owned(path), node: { ...node, ...target, name: Buffer.alloc(0) } };
}

function owned(bytes: Uint8Array): Buffer {
  const own = Buffer.allocUnsafeSlow(bytes.length);
  own.set(bytes);
  return own;
}

/** One file that cannot be made is named; a full place ends the restore, since nothing more can be made there. */
export function whyNot(cause: unknown): string {
  if (isOutOfRoom(cause)) throw targetFull();
  return String(cause);
}

export function attempt(fails: (path: Buffer, why: string) => void, path: Buffer, act: () => void): boolean {
  try {
    act();
    return true;
  } catch (cause) {
    fails(path, String(cause));
    return false;
  }
}

export async function makeSpecial(
  { path, node }: LateLink,
  by: Pick<FileAttributes, 'makeSpecial'> | undefined,
): Promise<void> {
  if (node.type === 'symlink') return symlinkSync(Buffer.from(node.linkTarget ?? []), path);
  if (node.type === 'socket') throw new Fault('special-file', 'a socket is made by the program that listens on it');
  if (by === undefined) throw new Fault('special-file', `a ${node.type} is not restored: make it anew`);
  const kind = node.type === 'fifo' ? 'fifo' : node.type === 'chardev' ? 'char' : 'block';
  await by.makeSpecial({ path, kind, device: node.device ?? 0n });
}

/** Owner, then mode (changing the owner clears set-id bits), then times. Only root can give files away; others keep what they get. */
export function dress({ path, node }: Late, fails: (path: Buffer, why: string) => void): void {
  attempt(fails, path, () => {
    if (process.geteuid?.() === 0) lchownSync(path, node.uid, node.gid);
    if (node.type !== 'symlink') chmodSync(path, unixMode(node.mode));
    setTimes(path, node.mtimeNs, node.mtimeNs);
  });
}
