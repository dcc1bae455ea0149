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
import { isSameTree } from '#vault/engine/same-tree.ts';
import type { KnownTree } from '#vault/engine/same-tree.ts';
import type { Stretches } from '#vault/engine/file-parts.ts';
import { nodeOf, typeOf } from '#vault/engine/node-of.ts';
import type { Names } from '#vault/engine/node-of.ts';
import type { FileDone, Steadiness } from '#vault/engine/work.ts';
import type { WorkerPool } from '#vault/engine/worker-pool.ts';
import { byName } from '#vault/format/tree-format.ts';
import type { NodeType, TreeNode } from '#vault/format/tree-node.ts';

export interface WalkParts {
  readonly pool: Pick<WorkerPool, 'read' | 'ready'>;
  readonly names: Names;
  readonly signal: AbortSignal | undefined;
  /** Stores a tree; its id. */
  storeTree(nodes: readonly TreeNode[]): Promise<string>;
  /** What an interrupted run had read of this file. */
  remembered(path: Buffer): Remembered | undefined;
  /** What it had read of one that it did not finish. */
  stretches(path: Buffer, node: TreeNode): Stretches | undefined;
  /** A folder of the parent snapshot; undefined when its tree is damaged or gone: everything in it is read then. */
  parentTree(id: string): Promise<readonly TreeNode[] | undefined>;
  /** Content of an unchanged file that may stand unread. */
  isStored(content: readonly string[]): boolean;
  /** Whether this file is read again although nothing says that it changed. */
  isDue(path: Buffer): boolean;
  /** Asked of each entry as the walk comes to it: of a folder before what lies in it. */
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

/** One entry's node; a promise for what is read first, undefined for what is not taken. */
type Child = TreeNode | undefined | Promise<TreeNode | undefined>;

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
  const node = withXattrs(parts, found.path, nodeOf(found.at, found.name, 'dir', stats, parts.names));
  const folder = opened(parts, found);
  if (folder === undefined) return { done: handled(finish(parts, node, [], undefined)) };
  try {
    const past = before === undefined ? undefined : await pastOf(parts, before);
    const children = await walkEntries(parts, found, folder, past);
    return { done: handled(finish(parts, node, children, past)) };
  } finally {
    folder.release();
  }
}

async function pastOf(parts: WalkParts, tree: string): Promise<KnownTree | undefined> {
  const nodes = await parts.parentTree(tree);
  return nodes === undefined ? undefined : { tree, nodes };
}

async function walkEntries(
  parts: WalkParts,
  { path }: Found,
  folder: OpenFolder,
  past: KnownTree | undefined,
): Promise<readonly Child[]> {
  const children: Child[] = [];
  const before = inOrder(past?.nodes ?? []);
  for (const name of entriesOf(parts, path, folder)) {
    const wait = parts.pool.ready();
    if (wait !== undefined) await wait;
    const child = { path: Buffer.concat([path, SLASH, name]), at: folder.within(name), name };
    const stats = parts.skips(child.path) ? undefined : lookAt(parts, child);
    const type = stats === undefined ? undefined : typeOf(stats);
    if (stats === undefined || type === undefined) continue;
    const was = before(name);
    if (type === 'dir') children.push((await walkFolderIn(parts, child, stats, was?.subtree))?.done);
    else children.push(walkLeaf(parts, child, folder, nodeIn(parts, child, type, stats), was));
  }
  return children;
}

/** What a tree has under each name, asked in the order of names. A tree in another order hides some, and these are read anew. */
function inOrder(nodes: readonly TreeNode[]): (name: Uint8Array) => TreeNode | undefined {
  let next = 0;
  return (name) => {
    for (; ; next += 1) {
      const node = nodes[next];
      const order = node === undefined ? 1 : Buffer.compare(node.name, name);
      if (order >= 0) return order === 0 ? node : undefined;
    }
  };
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
  folder: TreeNode,
  children: readonly Child[],
  past: KnownTree | undefined,
): Promise<TreeNode> {
  const nodes: TreeNode[] = [];
  for (const child of children) {
    const node = child instanceof Promise ? await child : child;
    if (node !== undefined) nodes.push(node);
  }
  nodes.sort(byName);
  const subtree = isSameTree(nodes, past) ? past.tree : await parts.storeTree(nodes);
  return { ...folder, subtree };
}

/** The names in a folder in the order of their bytes: one memory holds them all. */
function entriesOf(parts: WalkParts, path: Buffer, folder: OpenFolder): readonly Buffer[] {
  try {
    const names = readdirSync(folder.path, { encoding: 'latin1' }).sort();
    const bytes = Buffer.from(names.join(''), 'latin1');
    let end = 0;
    return names.map(({ length }) => bytes.subarray(end, (end += length)));
  } catch (cause) {
    unsteady(parts, path, cause);
    return [];
  }
}

/** Undefined for what is gone. */
function lookAt(parts: WalkParts, { path, at }: Found): BigIntStats | undefined {
  try {
    return lstatSync(at, { bigint: true });
  } catch (cause) {
    unsteady(parts, path, cause);
    return undefined;
  }
}

function nodeIn(parts: WalkParts, { path, at, name }: Found, type: NodeType, stats: BigIntStats): TreeNode | undefined {
  try {
    return withXattrs(parts, path, nodeOf(at, name, type, stats, parts.names));
  } catch (cause) {
    unsteady(parts, path, cause);
    return undefined;
  }
}

/** One that cannot be opened, or is no folder any more, is left out; what lies beneath it says of itself what is wrong. */
async function walkFolderIn(
  parts: WalkParts,
  found: Found,
  stats: BigIntStats,
  before: string | undefined,
): Promise<Walked | undefined> {
  try {
    return await walkInto(parts, found, stats, before);
  } catch (cause) {
    unsteady(parts, found.path, cause);
    return undefined;
  }
}

function walkLeaf(
  parts: WalkParts,
  found: Found,
  folder: OpenFolder,
  node: TreeNode | undefined,
  before: TreeNode | undefined,
): Child {
  if (node?.type !== 'file') return node;
  const kept = keptFile(parts, found.path, node, before);
  if (kept === undefined) return handled(readIn(parts, found, folder, node, before));
  const same = { ...node, content: kept.content };
  parts.onFile({ path: found.path, node: same, read: kept.read, before });
  return same;
}

/** The folder stays open until the file is read. */
async function readIn(
  parts: WalkParts,
  found: Found,
  folder: OpenFolder,
  node: TreeNode,
  before: TreeNode | undefined,
): Promise<TreeNode | undefined> {
  folder.hold();
  try {
    return await readNode(parts, found, node, before);
  } finally {
    folder.release();
  }
}

async function readNode(
  parts: WalkParts,
  { path, at }: Found,
  node: TreeNode,
  before: TreeNode | undefined,
): Promise<TreeNode | undefined> {
  const read = await parts.pool.read(at, Number(node.size), parts.stretches(path, node));
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

/** What a file function says of one entry is told of that entry; anything else ends the walk. */
function unsteady(parts: WalkParts, path: Buffer, cause: unknown): void {
  const { code, syscall } = cause as NodeJS.ErrnoException; // Node's file functions give errors with both
  if (code === undefined || syscall === undefined) throw cause;
  const steadiness = code === 'ENOENT' ? 'vanished' : code === 'EACCES' || code === 'EPERM' ? 'denied' : 'failed';
  parts.onUnsteady(path, steadiness, code);
}
