/** Finds one's way in a snapshot: what is at a path, what a folder holds. */
import { pathBytes, pathText } from '#vault/engine/path-text.ts';
import { asDamage } from '#vault/engine/repository.ts';
import type { DamagedObject, Repository } from '#vault/engine/repository.ts';
import type { TreeNode } from '#vault/format/tree-node.ts';
import { Fault } from '#std/refused.ts';

/** The node at `path` (as `pathText` has it), alone; or for `/` every node of the root. A Fault `not-in-snapshot` when there is none. */
export async function treeAt(repository: Repository, snapshot: string, path: string): Promise<readonly TreeNode[]> {
  const { tree } = await repository.snapshot(snapshot);
  const names = path.split('/').filter((name) => name !== '');
  let nodes = await repository.readTree(tree);
  for (const [depth, name] of names.entries()) {
    const bytes = pathBytes(name);
    const node = nodes.find((candidate) => bytes.equals(candidate.name));
    if (node === undefined) throw new Fault('not-in-snapshot', `there is no ${path} in this snapshot`);
    if (depth === names.length - 1) return [node];
    if (node.subtree === undefined) throw new Fault('not-in-snapshot', `${path} leads through a file`);
    nodes = await repository.readTree(node.subtree);
  }
  return nodes;
}

/** What lies in the folder at `path`. */
export async function listFolder(repository: Repository, snapshot: string, path: string): Promise<readonly TreeNode[]> {
  const found = await treeAt(repository, snapshot, path);
  if (path.split('/').every((name) => name === '')) return found;
  const subtree = found[0]?.subtree;
  return subtree === undefined ? found : repository.readTree(subtree);
}

/** `path` is for people: two names that are no UTF-8 may look alike in it. */
export interface FoundFile {
  readonly path: string;
  readonly node: TreeNode;
}

/** What to do with a folder whose tree is damaged; without it the walk ends there with the Fault. */
export type OnLostFolder = (path: string, damage: DamagedObject) => void;

/** Every entry beneath `path`, depth first, in the order of names. */
export async function* walkSnapshot(
  repository: Repository,
  snapshot: string,
  path = '/',
  onLost?: OnLostFolder,
): AsyncIterable<FoundFile> {
  const names = path.split('/').filter((name) => name !== '');
  const base = names.length === 0 ? '' : `/${names.slice(0, -1).join('/')}`.replace(/\/$/, '');
  for (const node of await treeAt(repository, snapshot, path)) yield* beneath(repository, base, node, onLost);
}

async function* beneath(
  repository: Repository,
  base: string,
  node: TreeNode,
  onLost?: OnLostFolder,
): AsyncIterable<FoundFile> {
  const path = `${base}/${Buffer.from(node.name).toString()}`;
  yield { path, node };
  if (node.subtree === undefined) return;
  for (const child of await childrenOf(repository, path, node.subtree, onLost))
    yield* beneath(repository, path, child, onLost);
}

async function childrenOf(repository: Repository, path: string, tree: string, onLost: OnLostFolder | undefined) {
  try {
    return await repository.readTree(tree);
  } catch (cause) {
    if (onLost === undefined) throw cause;
    onLost(path, asDamage(`tree ${tree}`, cause));
    return [];
  }
}

export type Difference =
  | { readonly kind: 'added' | 'removed'; readonly path: string; readonly node: TreeNode }
  | { readonly kind: 'changed'; readonly path: string; readonly before: TreeNode; readonly node: TreeNode };

/** What became different from one snapshot to another; folders that are the same tree are not read. */
export async function* diffSnapshots(repository: Repository, before: string, after: string): AsyncIterable<Difference> {
  const [a, b] = [await repository.snapshot(before), await repository.snapshot(after)];
  yield* diffTrees(repository, '', a.tree, b.tree);
}

/** The same of two trees; undefined is an empty one. Paths begin with `base`, and are as `pathText` has them. */
export async function* diffTrees(
  repository: Repository,
  base: string,
  before: string | undefined,
  after: string | undefined,
): AsyncIterable<Difference> {
  if (before === after) return;
  const old = new Map(
    (before === undefined ? [] : await repository.readTree(before)).map((node) => [pathText(node.name), node]),
  );
  for (const node of after === undefined ? [] : await repository.readTree(after)) {
    const name = pathText(node.name);
    const was = old.get(name);
    old.delete(name);
    yield* diffNodes(repository, `${base}/${name}`, was, node);
  }
  for (const [name, node] of old) {
    yield { kind: 'removed', path: `${base}/${name}`, node };
    if (node.subtree !== undefined) yield* diffTrees(repository, `${base}/${name}`, node.subtree, undefined);
  }
}

async function* diffNodes(
  repository: Repository,
  path: string,
  was: TreeNode | undefined,
  node: TreeNode,
): AsyncIterable<Difference> {
  if (was === undefined) yield { kind: 'added', path, node };
  else if (was.type !== node.type || was.content?.join() !== node.content?.join())
    yield { kind: 'changed', path, before: was, node };
  yield* diffTrees(repository, path, was?.subtree, node.subtree);
}
