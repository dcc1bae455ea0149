/** Restores a path of a project's snapshot into a folder that is made for it. */
import { findFileAttributes } from './file-attributes.ts';
import { basename, join } from 'node:path';
import type { JobProgress, RestoredAnswer, RestoreJob } from './job.ts';
import { readPassword } from './repository-keys.ts';
import { openRepository } from '#vault/engine/repository.ts';
import { restore } from '#vault/engine/restore.ts';
import { openStore } from '#vault/store/open-store.ts';

export async function restoreFiles(
  job: RestoreJob,
  onProgress: (progress: JobProgress) => void,
): Promise<RestoredAnswer> {
  const store = openStore(job.place);
  try {
    const repository = await openRepository({ store, password: readPassword(job.passwordFile) });
    const source = (await repository.snapshot(job.snapshot)).paths[0] ?? '/';
    const { place, snapshot, target } = job;
    const path = join(source, job.path);
    const attributes = findFileAttributes();
    const done = await restore(repository, {
      place,
      snapshot,
      path,
      target,
      ...(attributes === undefined ? {} : { attributes }),
      onProgress: ({ files, doneBytes, ms }) => onProgress({ files, doneBytes, ms }),
    });
    const root = join(target, basename(path));
    const { files, bytes, failed, ms } = done;
    return { kind: 'restored', files, bytes, ms, failed: failed.map((one) => ({ ...one })), root };
  } finally {
    await store.close();
  }
}
