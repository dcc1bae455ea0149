/** What became different between two snapshots of one project. Folders that are the same tree are not read; what only changed its place is told as moved. */
import { described } from './look.ts';
import type { DiffAnswer, DiffJob } from './job.ts';
import { readPassword } from './repository-keys.ts';
import { sourceTree } from './source-tree.ts';
import type { DiffCount, DiffEntry, DiffTotals } from '#ports/backups.ts';
import { openRepository } from '#vault/engine/repository.ts';
import type { Difference } from '#vault/engine/tree-reader.ts';
import { diffTrees } from '#vault/engine/tree-reader.ts';
import { openStore } from '#vault/store/open-store.ts';

/** So many are held to find what moved; beyond them only the totals go on, and they count a move as removed and added. */
const HELD_MAX = 100_000;

interface Held {
  readonly entry: DiffEntry;
  /** What the file holds, for one that came or went: the ids of its pieces. */
  readonly content: string;
}

export async function diffOf(job: DiffJob): Promise<DiffAnswer> {
  const store = openStore(job.place);
  try {
    const repository = await openRepository({ store, password: readPassword(job.passwordFile) });
    const [before, after] = [await sourceTree(repository, job.before), await sourceTree(repository, job.snapshot)];
    const held: Held[] = [];
    const totals = noTotals();
    let found = 0;
    for await (const difference of diffTrees(repository, '', before, after)) {
      const entry = entryOf(difference);
      if (!isWithin(job.path, entry.path.toWellFormed())) continue;
      count(totals, entry);
      found += 1;
      if (held.length < HELD_MAX) held.push({ entry, content: contentOf(difference) });
    }
    const entries = withMoves(held, totals).toSorted(byPath);
    const limited = found > held.length || entries.length > job.limit;
    return { kind: 'diff', entries: entries.slice(0, job.limit).map(shown), totals, limited };
  } finally {
    await store.close();
  }
}

function entryOf(difference: Difference): DiffEntry {
  const { name: _, ...shown } = described(difference.node);
  const path = difference.path.slice(1);
  if (difference.kind !== 'changed') return { change: difference.kind, path, ...shown };
  return { change: 'changed', path, ...shown, wasBytes: described(difference.before).sizeBytes };
}

function contentOf({ kind, node }: Difference): string {
  return kind === 'changed' || node.type !== 'file' ? '' : (node.content ?? []).join();
}

function isWithin(folder: string, path: string): boolean {
  return folder === '' || path === folder || path.startsWith(`${folder}/`);
}

type Counting = { [kind in keyof DiffTotals]: { -readonly [key in keyof DiffCount]: DiffCount[key] } };

function noTotals(): Counting {
  const none = () => ({ files: 0, bytes: 0 });
  return { added: none(), removed: none(), changed: none(), moved: none() };
}

/** Folders are told and not counted. */
function count(totals: Counting, { change, kind, sizeBytes }: DiffEntry, by = 1): void {
  if (kind === 'folder') return;
  totals[change].files += by;
  totals[change].bytes += by * sizeBytes;
}

/** A file that went from one path and came at another with the same content was moved. Of several alike, each is used once, in the order of paths. */
function withMoves(held: readonly Held[], totals: Counting): readonly DiffEntry[] {
  const gone = Map.groupBy(
    held.filter(({ entry, content }) => entry.change === 'removed' && content !== '').toSorted(byEntryPath),
    ({ content }) => content,
  );
  const used = new Set<DiffEntry>();
  const moved = held.flatMap(({ entry, content }): DiffEntry[] => {
    const from = entry.change === 'added' && content !== '' ? gone.get(content)?.shift()?.entry : undefined;
    if (from === undefined) return [];
    used.add(from).add(entry);
    const move: DiffEntry = { ...entry, change: 'moved', movedFrom: from.path };
    count(totals, from, -1);
    count(totals, entry, -1);
    count(totals, move);
    return [move];
  });
  return [...held.flatMap(({ entry }) => (used.has(entry) ? [] : [entry])), ...moved];
}

/** To people names that are no UTF-8 may look alike. */
function shown(entry: DiffEntry): DiffEntry {
  const path = entry.path.toWellFormed();
  return entry.movedFrom === undefined
    ? { ...entry, path }
    : { ...entry, path, movedFrom: entry.movedFrom.toWellFormed() };
}

function byPath(a: DiffEntry, b: DiffEntry): number {
  return a.path < b.path ? -1 : a.path > b.path ? 1 : 0;
}

function byEntryPath(a: Held, b: Held): number {
  return byPath(a.entry, b.entry);
}
