/** Looks into a snapshot: one folder of it, or every entry whose path has a text in it. */
import type { LookAnswer, LookJob } from './job.ts';
import { readPassword } from './repository-keys.ts';
import { pathText } from '#vault/engine/path-text.ts';
import { openRepository } from '#vault/engine/repository.ts';
import type { Repository } from '#vault/engine/repository.ts';
import { listFolder, walkSnapshot } from '#vault/engine/tree-reader.ts';
import { openStore } from '#vault/store/open-store.ts';
import type { TreeNode } from '#vault/format/tree-node.ts';
import type { FoundEntry, SnapshotEntry } from '#ports/backups.ts';
import { join } from 'node:path';

const ENTRIES_MAX = 20_000;
const NS_PER_MS = 1_000_000n;

export async function lookInto(job: LookJob): Promise<LookAnswer> {
  const store = openStore(job.place);
  try {
    const repository = await openRepository({ store, password: readPassword(job.passwordFile) });
    const source = (await repository.snapshot(job.snapshot)).paths[0] ?? '/';
    const entries =
      job.text === undefined
        ? (await listFolder(repository, job.snapshot, join(source, job.path)))
            .slice(0, ENTRIES_MAX)
            .map(found(job.path))
        : await search(repository, job, source, job.text.toLowerCase());
    return { kind: 'seen', entries };
  } finally {
    await store.close();
  }
}

async function search(
  repository: Repository,
  job: LookJob,
  source: string,
  text: string,
): Promise<readonly FoundEntry[]> {
  const entries: FoundEntry[] = [];
  for await (const { path, node } of walkSnapshot(repository, job.snapshot, source)) {
    const short = path.slice(source.length + 1);
    if (short === '' || !short.toLowerCase().includes(text)) continue;
    entries.push({ path: short, ...described(node) });
    if (entries.length >= job.limit) break;
  }
  return entries;
}

function found(folder: string): (node: TreeNode) => FoundEntry {
  return (node) => {
    const entry = described(node);
    return { path: folder === '' ? entry.name : `${folder}/${entry.name}`, ...entry };
  };
}

/** As people see an entry. */
export function described(node: TreeNode): SnapshotEntry {
  const kind = { file: 'file', dir: 'folder', symlink: 'link' }[node.type as string] ?? 'other';
  return {
    name: pathText(node.name).toWellFormed(),
    kind: kind as SnapshotEntry['kind'], // one of the four above
    sizeBytes: node.type === 'file' ? Number(node.size) : 0,
    modifiedAt: Number(node.mtimeNs / NS_PER_MS),
  };
}
