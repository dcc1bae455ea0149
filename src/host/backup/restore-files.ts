/** Restores a path of a project's snapshot into a folder that is made for it. */
import { findFileAttributes } from './file-attributes.ts';
import { tellAhead } from './bytes-ahead.ts';
import type { BytesAhead } from './bytes-ahead.ts';
import { liesIn } from './byte-names.ts';
import { basename, dirname, join } from 'node:path';
import type { JobProgress, RestoredAnswer, RestoreJob } from './job.ts';
import { otherCopies } from './other-copies.ts';
import { readPassword } from './repository-keys.ts';
import { openRepository } from '#vault/engine/repository.ts';
import { restore } from '#vault/engine/restore.ts';
import type { FailedFile } from '#vault/engine/restore-failures.ts';
import { warmRestorers } from '#vault/engine/restorers.ts';
import { openStore } from '#vault/store/open-store.ts';

export async function restoreFiles(
  job: RestoreJob,
  onProgress: (progress: JobProgress) => void,
): Promise<RestoredAnswer> {
  const store = openStore(job.place);
  const warm = warmRestorers(job.place);
  const others = otherCopies(job.others ?? [], job.passwordFile);
  let ahead: BytesAhead | undefined;
  try {
    const repository = others.beside(await openRepository({ store, password: readPassword(job.passwordFile) }));
    const source = (await repository.snapshot(job.snapshot)).paths[0] ?? '/';
    const { place, snapshot, target } = job;
    const path = join(source, job.path);
    const root = join(target, basename(path));
    const attributes = findFileAttributes();
    const takes = job.only === undefined ? {} : { takes: leadingTo(root, job.only) };
    const wish = { snapshot, path, target, ...takes };
    ahead = tellAhead(repository, [wish], onProgress);
    const done = await restore(repository, {
      place,
      warm,
      ...wish,
      ...(attributes === undefined ? {} : { attributes }),
      onProgress: ({ files, doneBytes, ms }) => ahead?.told({ files, doneBytes, ms }),
    });
    const { files, bytes, ms, failedMore } = done;
    return { kind: 'restored', files, bytes, ms, failed: beneath(root, done.failed), failedMore, root };
  } finally {
    await ahead?.close();
    await warm.close();
    await others.close();
    await store.close();
  }
}

/** The same files by their paths beneath the root. */
export function beneath(root: string, failed: readonly FailedFile[]): readonly FailedFile[] {
  return failed.map((one) => ({ ...one, path: one.path.slice(root.length + 1) }));
}

/** These, what is beneath them, and the folders on the way to them. */
function leadingTo(root: string, only: readonly string[]): (path: string) => boolean {
  const asked = new Set(only.map((path) => join(root, path)));
  const onTheWay = new Set<string>();
  for (const path of asked) for (let full = path; full.length >= root.length; full = dirname(full)) onTheWay.add(full);
  return (path) => onTheWay.has(path) || liesIn(asked, path);
}
