/** Where the workspace lies in a snapshot: the same workspace may have stood elsewhere on an older machine. */
import type { Repository } from '#vault/engine/repository.ts';
import { treeAt } from '#vault/engine/tree-reader.ts';

export async function sourceOf(repository: Repository, snapshot: string): Promise<string> {
  return (await repository.snapshot(snapshot)).paths[0] ?? '/';
}

/** The tree of the workspace's top folder; undefined when the workspace was no folder then. */
export async function sourceTree(repository: Repository, snapshot: string): Promise<string | undefined> {
  const source = await sourceOf(repository, snapshot);
  if (source === '/') return (await repository.snapshot(snapshot)).tree;
  return (await treeAt(repository, snapshot, source))[0]?.subtree;
}
