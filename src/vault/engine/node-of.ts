/** What the file system says of one entry, as a node of a tree. */
import { readFileSync, readlinkSync } from 'node:fs';
import type { BigIntStats } from 'node:fs';
import type { NodeType, TreeNode } from '#vault/format/tree-node.ts';

/** Go's FileMode bits. */
const GO = {
  dir: 2 ** 31,
  symlink: 2 ** 27,
  device: 2 ** 26,
  fifo: 2 ** 25,
  socket: 2 ** 24,
  setuid: 2 ** 23,
  setgid: 2 ** 22,
  charDevice: 2 ** 21,
  sticky: 2 ** 20,
} as const;

export interface Names {
  user(uid: number): string;
  group(gid: number): string;
}

/** Users and groups by number, as the machine's own files have them; '' for one that has no name. */
export function readNames(): Names {
  const [users, groups] = [byNumber('/etc/passwd'), byNumber('/etc/group')];
  return { user: (uid) => users.get(uid) ?? '', group: (gid) => groups.get(gid) ?? '' };
}

function byNumber(file: string): ReadonlyMap<number, string> {
  try {
    const lines = readFileSync(file, 'utf8').split('\n');
    return new Map(lines.map((line) => line.split(':')).map(([name, , number]) => [Number(number), name ?? '']));
  } catch {
    return new Map(); // a machine without these files has no names: numbers are kept in any case
  }
}

export function typeOf(stats: BigIntStats): NodeType | undefined {
  if (stats.isFile()) return 'file';
  if (stats.isDirectory()) return 'dir';
  if (stats.isSymbolicLink()) return 'symlink';
  if (stats.isBlockDevice()) return 'dev';
  if (stats.isCharacterDevice()) return 'chardev';
  if (stats.isFIFO()) return 'fifo';
  return stats.isSocket() ? 'socket' : undefined;
}

/** Everything but content and subtree. As stock restic does by default, the access time is the time of modification: looking is no change. */
export function nodeOf(path: Buffer, name: Uint8Array, type: NodeType, stats: BigIntStats, names: Names): TreeNode {
  const [uid, gid] = [Number(stats.uid), Number(stats.gid)];
  const hasLinks = type !== 'dir' && type !== 'fifo' && type !== 'socket';
  const node: TreeNode = {
    name,
    type,
    mode: goMode(type, Number(stats.mode)),
    mtimeNs: stats.mtimeNs,
    atimeNs: stats.mtimeNs,
    ctimeNs: stats.ctimeNs,
    uid,
    gid,
    user: names.user(uid),
    group: names.group(gid),
    inode: stats.ino,
    deviceId: stats.dev,
    size: type === 'file' ? stats.size : 0n,
    links: hasLinks ? stats.nlink : 0n,
  };
  if (type === 'symlink') return { ...node, linkTarget: readlinkSync(path, { encoding: 'buffer' }) };
  return type === 'dev' || type === 'chardev' ? { ...node, device: stats.rdev } : node;
}

export function goMode(type: NodeType, mode: number): number {
  let bits = mode & 0o777;
  if ((mode & 0o4000) !== 0) bits += GO.setuid;
  if ((mode & 0o2000) !== 0) bits += GO.setgid;
  if ((mode & 0o1000) !== 0) bits += GO.sticky;
  return bits + kindBits(type);
}

function kindBits(type: NodeType): number {
  switch (type) {
    case 'file':
      return 0;
    case 'dir':
      return GO.dir;
    case 'symlink':
      return GO.symlink;
    case 'dev':
      return GO.device;
    case 'chardev':
      return GO.device + GO.charDevice;
    case 'fifo':
      return GO.fifo;
    case 'socket':
      return GO.socket;
  }
}

/** Permission, set-id and sticky bits, as chmod takes them. */
export function unixMode(mode: number): number {
  const has = (bit: number): boolean => Math.floor(mode / bit) % 2 === 1;
  return (mode & 0o777) | (has(GO.setuid) ? 0o4000 : 0) | (has(GO.setgid) ? 0o2000 : 0) | (has(GO.sticky) ? 0o1000 : 0);
}
