/** What the snapshots that stay need, as rows of the index: three bits for each piece that it knows, whatever there are of them. */
import { NO_ROW } from '#vault/engine/id-slots.ts';
import { NumberSet } from '#vault/engine/number-set.ts';
import type { Repository } from '#vault/engine/repository.ts';
import { Fault } from '#std/refused.ts';

/** The first row of every piece that a tree leads to, and of every tree. */
export async function reach(repository: Repository, trees: Iterable<string>, signal?: AbortSignal): Promise<NumberSet> {
  const { index } = repository;
  const reached = new NumberSet(index.size);
  const entered = new NumberSet(index.size);
  const waiting = new NumberSet(index.size);
  const need = (id: string): number => {
    const row = index.rowOf(id);
    if (row === NO_ROW) throw inDoubt(`no index knows ${id.slice(0, 12)}, which a snapshot that stays needs`);
    reached.add(row);
    return row;
  };
  // A file may have the bytes of a folder: that it is needed does not say that what is in the folder was looked at.
  const enter = (tree: string): void => {
    const row = need(tree);
    if (entered.add(row)) waiting.add(row);
  };
  for (const tree of trees) enter(tree);
  while (waiting.size > 0)
    for (const row of waiting.taken()) {
      signal?.throwIfAborted();
      for (const { content = [], subtree } of await readTree(repository, index.idAt(row))) {
        if (subtree !== undefined) enter(subtree);
        for (const piece of content) need(piece);
      }
    }
  return reached;
}

async function readTree(repository: Repository, tree: string) {
  try {
    return await repository.readTree(tree);
  } catch (cause) {
    if (cause instanceof Fault && cause.retry) throw cause;
    throw inDoubt(`a folder of a snapshot that stays cannot be read: ${cause instanceof Error ? cause.message : ''}`);
  }
}

export function inDoubt(why: string): Fault {
  return new Fault(
    'removal-in-doubt',
    `nothing is planned while anything is in doubt: ${why}; run picturelock backup verify`,
  );
}
