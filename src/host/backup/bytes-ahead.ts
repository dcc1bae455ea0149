/** Counts what a restore will bring while it runs, once it is a long one: a short one need not read its folders twice. */
import type { JobProgress } from './job.ts';
import type { Repository } from '#vault/engine/repository.ts';
import { sizeToRestore } from '#vault/engine/restore-size.ts';
import type { RestoreWish } from '#vault/engine/restore-size.ts';

const LONG_MS = 1000;

export interface BytesAhead {
  told(progress: JobProgress): void;
  /** Before the repository's store is closed. */
  close(): Promise<void>;
}

/** Tells what it is told, and of how many bytes that is, from when it is known. */
export function tellAhead(
  repository: Repository,
  wishes: readonly RestoreWish[],
  onProgress: (progress: JobProgress) => void,
  afterMs = LONG_MS,
): BytesAhead {
  const stopping = new AbortController();
  let counting: Promise<void> | undefined;
  let ofBytes: number | undefined;

  async function count(): Promise<void> {
    // What cannot be read now, the restore itself meets and says.
    ofBytes = await sizeToRestore(repository, wishes, stopping.signal).catch(() => undefined);
  }

  return {
    told(progress) {
      if (progress.ms >= afterMs) counting ??= count();
      onProgress(ofBytes === undefined ? progress : { ...progress, ofBytes });
    },
    async close() {
      stopping.abort();
      await counting;
    },
  };
}
