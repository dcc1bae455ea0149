/** How much a restore brings, by the snapshot's folders alone: whoever waits is told how long it takes yet. */
import { pathText } from '#vault/engine/path-text.ts';
import type { Repository } from '#vault/engine/repository.ts';
import type { RestoreOptions } from '#vault/engine/restore.ts';
import { treeAt } from '#vault/engine/tree-reader.ts';
import type { TreeNode } from '#vault/format/tree-node.ts';

export type RestoreWish = Pick<RestoreOptions, 'snapshot' | 'path' | 'target' | 'takes'>;

/** They are read once more for this: of a tree with more folders nothing is said. */
const FOLDERS_MAX = 2000;

/** Undefined where there are too many folders. Links of one file count each. */
export async function sizeToRestore(
  repository: Repository,
  wishes: readonly RestoreWish[],
  signal: AbortSignal,
  foldersMax = FOLDERS_MAX,
): Promise<number | undefined> {
  let [bytes, folders] = [0, 0];

  async function add(wish: RestoreWish, parent: Buffer, node: TreeNode): Promise<void> {
    const path = Buffer.concat([parent, Buffer.from('/'), node.name]);
    if (wish.takes?.(pathText(path), node) === false) return;
    if (node.type === 'file') bytes += Number(node.size);
    if (node.subtree === undefined || folders > foldersMax) return;
    signal.throwIfAborted();
    folders += 1;
    for (const child of await repository.readTree(node.subtree)) await add(wish, path, child);
  }

  for (const wish of wishes)
    for (const node of await treeAt(repository, wish.snapshot, wish.path))
      await add(wish, Buffer.from(wish.target), node);
  return folders > foldersMax ? undefined : bytes;
}
