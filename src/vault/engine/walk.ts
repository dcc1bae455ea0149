/**
 * Walks a folder depth first and makes its trees. What is unchanged since the parent snapshot keeps its content unread; the rest is handed to the
 * threads, and the walk goes on meanwhile. A folder's tree is stored when everything in it is done.
 */
import { lstatSync, readdirSync } from 'node:fs';
import type { BigIntStats } from 'node:fs';
import type { Remembered } from '#vault/engine/resume-journal.ts';
import { nodeOf, typeOf } from '#vault/engine/node-of.ts';
import type { Names } from '#vault/engine/node-of.ts';
import type { FileDone, Steadiness } from '#vault/engine/work.ts';
import type { WorkerPool } from '#vault/engine/worker-pool.ts';
import { byName } from '#vault/format/tree-format.ts';
import type { TreeNode } from '#vault/format/tree-format.ts';

export interface WalkParts {
  readonly pool: Pick<WorkerPool, 'read' | 'ready'>;
  readonly names: Names;
  readonly signal: AbortSignal | undefined;
  /** Stores a tree; its id. */
  storeTree(nodes: readonly TreeNode[]): Promise<string>;
  /** What an interrupted run had read of this file. */
  remembered(path: Buffer): Remembered | undefined;
  /** The parent's tree, or nothing when there is none or it is damaged. */
  parentTree(id: string): Promise<readonly TreeNode[]>;
  /** Content of an unchanged file that may stand unread. */
  isStored(content: readonly string[]): boolean;
  /** Whether this file is read again although nothing says that it changed. */
  isDue(path: Buffer): boolean;
  xattrs(path: Buffer): TreeNode['xattrs'];
  skips(path: Buffer): boolean;
  /** Every file, read or kept. */
  onFile(file: WalkedFile): void;
  onUnsteady(path: Buffer, steadiness: Steadiness, why: string): void;
}

export interface WalkedFile {
  readonly path: Buffer;
  readonly node: TreeNode;
  /** Undefined when it was kept unread; as an interrupted run read it when that is what it was kept by. */
  readonly read: FileDone | undefined;
  /** As the parent snapshot had it. */
  readonly before: TreeNode | undefined;
}

/** Resolves when the folder is walked; `done` when its tree is stored. */
interface Walked {
  readonly done: Promise<TreeNode | undefined>;
}

const SLASH = Buffer.from('/');

export async function walkFolder(
  parts: WalkParts,
  path: Buffer,
  name: Uint8Array,
  before: string | undefined,
): Promise<Walked> {
  parts.signal?.throwIfAborted();
  const stats = lstatSync(path, { bigint: true });
  const known = new Map(
    (before === undefined ? [] : await parts.parentTree(before)).map((node) => [key(node.name), node]),
  );
  const children: Promise<TreeNode | undefined>[] = [];
  for (const entry of entriesOf(parts, path)) {
    await parts.pool.ready();
    children.push((await walkEntry(parts, Buffer.concat([path, SLASH, entry]), entry, known.get(key(entry)))).done);
  }
  return { done: handled(finish(parts, path, name, stats, children)) };
}

/** Whoever waits for it hears of a failure; until somebody does, it is not an unhandled one. */
function handled<T>(promise: Promise<T>): Promise<T> {
  promise.catch(() => undefined);
  return promise;
}

async function finish(
  parts: WalkParts,
  path: Buffer,
  name: Uint8Array,
  stats: BigIntStats,
  children: readonly Promise<TreeNode | undefined>[],
): Promise<TreeNode> {
  const nodes = (await Promise.all(children)).filter((node) => node !== undefined);
  const subtree = await parts.storeTree(nodes.sort(byName));
  return { ...withXattrs(parts, path, nodeOf(path, name, 'dir', stats, parts.names)), subtree };
}

function entriesOf(parts: WalkParts, path: Buffer): readonly Buffer[] {
  try {
    return readdirSync(path, { encoding: 'buffer' }).sort((a, b) => Buffer.compare(a, b));
  } catch (cause) {
    unsteady(parts, path, cause);
    return [];
  }
}

async function walkEntry(parts: WalkParts, path: Buffer, name: Buffer, before: TreeNode | undefined): Promise<Walked> {
  const none: Walked = { done: Promise.resolve(undefined) };
  if (parts.skips(path)) return none;
  try {
    const stats = lstatSync(path, { bigint: true });
    const type = typeOf(stats);
    if (type === undefined) return none;
    if (type === 'dir') return await walkFolder(parts, path, name, before?.subtree);
    const node = withXattrs(parts, path, nodeOf(path, name, type, stats, parts.names));
    return { done: type === 'file' ? handled(fileNode(parts, path, node, before)) : Promise.resolve(node) };
  } catch (cause) {
    unsteady(parts, path, cause);
    return none;
  }
}

async function fileNode(
  parts: WalkParts,
  path: Buffer,
  node: TreeNode,
  before: TreeNode | undefined,
): Promise<TreeNode | undefined> {
  const kept = keptFile(parts, path, node, before);
  if (kept !== undefined) {
    const same = { ...node, content: kept.content };
    parts.onFile({ path, node: same, read: kept.read, before });
    return same;
  }
  const read = await parts.pool.read(path, Number(node.size));
  if (read.steadiness !== 'steady') parts.onUnsteady(path, read.steadiness, read.why ?? 'it changed while it was read');
  if (read.steadiness !== 'steady' && read.steadiness !== 'changed') return undefined;
  const now = {
    ...node,
    size: BigInt(read.bytes),
    mtimeNs: read.mtimeNs,
    atimeNs: read.mtimeNs,
    ctimeNs: read.ctimeNs,
  };
  const done = { ...now, content: read.content };
  parts.onFile({ path, node: done, read, before });
  return done;
}

/** A file that need not be read: unchanged since the parent snapshot, or since an interrupted run read it. */
function keptFile(
  parts: WalkParts,
  path: Buffer,
  node: TreeNode,
  before: TreeNode | undefined,
): { readonly content: readonly string[]; readonly read: FileDone | undefined } | undefined {
  const resumed = parts.remembered(path);
  if (resumed !== undefined && isUnchanged(node, resumed) && parts.isStored(resumed.content))
    return { content: resumed.content, read: resumed.read };
  const kept = before?.content;
  const isKept = kept !== undefined && isUnchanged(node, before) && parts.isStored(kept) && !parts.isDue(path);
  return isKept ? { content: kept, read: undefined } : undefined;
}

function isUnchanged(now: TreeNode, before: Remembered | TreeNode | undefined): boolean {
  return (
    before?.type === 'file' &&
    now.size === before.size &&
    now.mtimeNs === before.mtimeNs &&
    now.ctimeNs === before.ctimeNs &&
    now.inode === before.inode
  );
}

function withXattrs(parts: WalkParts, path: Buffer, node: TreeNode): TreeNode {
  const xattrs = parts.xattrs(path);
  return xattrs === undefined || xattrs.length === 0 ? node : { ...node, xattrs };
}

function unsteady(parts: WalkParts, path: Buffer, cause: unknown): void {
  const { code } = cause as NodeJS.ErrnoException; // Node's file functions give errors with a code
  if (code === undefined) throw cause;
  const steadiness = code === 'ENOENT' ? 'vanished' : code === 'EACCES' || code === 'EPERM' ? 'denied' : 'failed';
  parts.onUnsteady(path, steadiness, code);
}

function key(name: Uint8Array): string {
  return Buffer.from(name.buffer, name.byteOffset, name.byteLength).toString('latin1');
}
