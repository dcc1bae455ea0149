/**
 * Which copies of the facility hold a key of a project: what is left to remove after the key was destroyed here. The newest copy is no part of the answer:
 * it is what the facility comes back from, so a copy without the key has to be made first.
 */
import { isKeyOf } from './repository-keys.ts';
import { isManifestSnapshot } from '#vault/drill/sealed-manifest.ts';
import type { NamedSnapshot, Repository } from '#vault/engine/repository.ts';
import { listFolder } from '#vault/engine/tree-reader.ts';
import type { ProjectId } from '#std/ids.ts';
import { Fault } from '#std/refused.ts';

/** Oldest first. A Fault when none holds one, or the newest copy does. */
export async function holdingKeysOf(repository: Repository, project: ProjectId): Promise<readonly string[]> {
  const copies = (await repository.snapshots()).filter(({ tags }) => !isManifestSnapshot(tags));
  const holding: string[] = [];
  for (const copy of copies) if (await holds(repository, copy, project)) holding.push(copy.id);
  const newest = copies.at(-1)?.id;
  if (holding.length === 0) throw new Fault('no-key-left', 'no copy here holds a key of this project any more');
  if (newest !== undefined && holding.includes(newest))
    throw new Fault(
      'key-in-newest',
      'the newest copy of the facility holds the key, too: destroy the key, then make a copy (picturelock backup facility)',
    );
  return holding;
}

async function holds(repository: Repository, { id, paths }: NamedSnapshot, project: ProjectId): Promise<boolean> {
  try {
    const files = await listFolder(repository, id, `${paths[0] ?? ''}/keys/backup`);
    return files.some(({ name }) => isKeyOf(Buffer.from(name).toString(), project));
  } catch (cause) {
    if (cause instanceof Fault && cause.code === 'not-in-snapshot') return false;
    throw cause;
  }
}
