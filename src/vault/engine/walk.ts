/**
 * Walks a folder depth first and makes its trees. What is unchanged since the parent snapshot keeps its content unread; the rest is handed to the
 * threads, and the walk goes on meanwhile. A folder's tree is stored when everything in it is done.
 *
 * Nothing leads out: each folder is opened from the one above it, never through a link, and all that lies in it is looked at and read by way of that open
 * folder. Whoever swaps a folder for a link between the look and the reading has swapped a name that nobody asks any more.
 */
import { lstatSync, readdirSync } from 'node:fs';
import type { BigIntStats } from 'node:fs';
import type { Remembered } from '#vault/engine/resume-journal.ts';
import { openFolder } from '#vault/engine/open-folder.ts';
import type { OpenFolder } from '#vault/engine/open-folder.ts';
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
  /** The folder that it lies in stays open until then. */
  readonly read?: Promise<unknown>;
}

/** What is looked at: where it lies as people name it, and by way of an open folder. */
interface Found {
  readonly path: Buffer;
  readonly at: Buffer;
  readonly name: Uint8Array;
}

const SLASH = Buffer.from('/');

/** The folder that is backed up: its path may lead through links, what lies in it may not. */
export function walkFolder(
  parts: WalkParts,
  path: Buffer,
  name: Uint8Array,
  before: string | undefined,
): Promise<Walked> {
  const stats = lstatSync(path, { bigint: true });
  return walkInto(parts, { path, at: Buffer.concat([path, SLASH]), name }, stats, before);
}

async function walkInto(
  parts: WalkParts,
  found: Found,
  stats: BigIntStats,
  before: string | undefined,
): Promise<Walked> {
  parts.signal?.throwIfAborted();
  const folder = opened(parts, found);
  if (folder === undefined) return { done: handled(finish(parts, found, stats, [])) };
  const reads: Promise<unknown>[] = [];
  try {
    const children = await walkEntries(parts, found, folder, reads, before);
    return { done: handled(finish(parts, found, stats, children)) };
  } finally {
    if (reads.length === 0) folder.close();
    else void Promise.allSettled(reads).then(() => folder.close());
  }
}

async function walkEntries(
  parts: WalkParts,
  { path }: Found,
  folder: OpenFolder,
  reads: Promise<unknown>[],
  before: string | undefined,
): Promise<readonly Promise<TreeNode | undefined>[]> {
  const known = new Map(
    (before === undefined ? [] : await parts.parentTree(before)).map((node) => [key(node.name), node]),
  );
  const children: Promise<TreeNode | undefined>[] = [];
  for (const name of entriesOf(parts, path, folder)) {
    await parts.pool.ready();
    const child = { path: Buffer.concat([path, SLASH, name]), at: folder.within(name), name };
    const { done, read } = await walkEntry(parts, child, known.get(key(name)));
    if (read !== undefined) reads.push(read);
    children.push(done);
  }
  return children;
}

/** Undefined for one that may not be listed: it has its place in the tree, and nothing in it. */
function opened(parts: WalkParts, { path, at }: Found): OpenFolder | undefined {
  try {
    return openFolder(at);
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException; // an error of Node's file functions
    if (code !== 'EACCES' && code !== 'EPERM') throw cause; // gone, or no folder any more
    unsteady(parts, path, cause);
    return undefined;
  }
}

/** Whoever waits for it hears of a failure; until somebody does, it is not an unhandled one. */
function handled<T>(promise: Promise<T>): Promise<T> {
  promise.catch(() => undefined);
  return promise;
}

async function finish(
  parts: WalkParts,
  { path, at, name }: Found,
  stats: BigIntStats,
  children: readonly Promise<TreeNode | undefined>[],
): Promise<TreeNode> {
  const nodes = (await Promise.all(children)).filter((node) => node !== undefined);
  const subtree = await parts.storeTree(nodes.sort(byName));
  return { ...withXattrs(parts, path, nodeOf(at, name, 'dir', stats, parts.names)), subtree };
}

function entriesOf(parts: WalkParts, path: Buffer, folder: OpenFolder): readonly Buffer[] {
  try {
    return readdirSync(folder.path, { encoding: 'buffer' }).sort((a, b) => Buffer.compare(a, b));
  } catch (cause) {
    unsteady(parts, path, cause);
    return [];
  }
}

async function walkEntry(parts: WalkParts, found: Found, before: TreeNode | undefined): Promise<Walked> {
  const { path, at, name } = found;
  const none: Walked = { done: Promise.resolve(undefined) };
  if (parts.skips(path)) return none;
  try {
    const stats = lstatSync(at, { bigint: true });
    const type = typeOf(stats);
    if (type === undefined) return none;
    if (type === 'dir') return await walkInto(parts, found, stats, before?.subtree);
    const node = withXattrs(parts, path, nodeOf(at, name, type, stats, parts.names));
    if (type !== 'file') return { done: Promise.resolve(node) };
    const done = handled(fileNode(parts, found, node, before));
    return { done, read: done };
  } catch (cause) {
    unsteady(parts, path, cause);
    return none;
  }
}

async function fileNode(
  parts: WalkParts,
  { path, at }: Found,
  node: TreeNode,
  before: TreeNode | undefined,
): Promise<TreeNode | undefined> {
  const kept = keptFile(parts, path, node, before);
  if (kept !== undefined) {
    const same = { ...node, content: kept.content };
    parts.onFile({ path, node: same, read: kept.read, before });
    return same;
  }
  const read = await parts.pool.read(at, Number(node.size));
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
