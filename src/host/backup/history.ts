/** Looks through many snapshots at once: every version of a path, or every path that has a text in it. Folders that did not change are not read again. */
import type { HistoryAnswer, HistoryJob } from './job.ts';
import { described } from './look.ts';
import { readPassword } from './repository-keys.ts';
import { sourceTree } from './source-tree.ts';
import type { PathVersion } from '#ports/backups.ts';
import { openRepository } from '#vault/engine/repository.ts';
import type { Repository } from '#vault/engine/repository.ts';
import { diffTrees } from '#vault/engine/tree-reader.ts';
import { openStore } from '#vault/store/open-store.ts';

export async function readHistory(job: HistoryJob): Promise<HistoryAnswer> {
  const store = openStore(job.place);
  try {
    const repository = await openRepository({ store, password: readPassword(job.passwordFile) });
    const versions: PathVersion[] = [];
    for (const chain of job.chains) versions.push(...(await versionsIn(repository, chain, matcher(job))));
    versions.sort((a, b) => (a.path < b.path ? -1 : a.path > b.path ? 1 : b.modifiedAt - a.modifiedAt));
    const shown = versions.slice(0, job.limit).map((one) => ({ ...one, path: one.path.toWellFormed() }));
    return { kind: 'history', versions: shown, limited: versions.length > job.limit };
  } finally {
    await store.close();
  }
}

function matcher({ path, text }: HistoryJob): (path: string) => boolean {
  const wanted = text?.toLowerCase() ?? '';
  return path === undefined
    ? (short) => short.toWellFormed().toLowerCase().includes(wanted)
    : (short) => short.toWellFormed() === path;
}

/** A version lasts from the snapshot that showed it first to the last one before it changed or went. */
async function versionsIn(
  repository: Repository,
  chain: readonly string[],
  matches: (path: string) => boolean,
): Promise<readonly PathVersion[]> {
  const ended: PathVersion[] = [];
  const open = new Map<string, Omit<PathVersion, 'last'>>();
  let before: { readonly snapshot: string; readonly tree: string | undefined } | undefined;
  for (const snapshot of chain) {
    const tree = await sourceTree(repository, snapshot);
    for await (const { kind, path, node } of diffTrees(repository, '', before?.tree, tree)) {
      const short = path.slice(1);
      if (!matches(short)) continue;
      const was = open.get(short);
      if (was !== undefined && before !== undefined) ended.push({ ...was, last: before.snapshot });
      open.delete(short);
      if (kind !== 'removed') open.set(short, { path: short, ...described(node), first: snapshot });
    }
    before = { snapshot, tree };
  }
  if (before === undefined) return ended;
  const { snapshot: last } = before;
  return [...ended, ...[...open.values()].map((version) => ({ ...version, last }))];
}
