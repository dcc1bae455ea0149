/** Takes a snapshot, and a second small one that holds its manifest: any tool that can read the repository can read what was promised. */
import { createHash } from 'node:crypto';
import { createReadStream, mkdirSync } from 'node:fs';
import { hostname, userInfo } from 'node:os';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { describeObjects } from './describe-objects.ts';
import type { JobProgress, TakeJob, TakenAnswer } from './job.ts';
import { findFileAttributes } from './file-attributes.ts';
import { guessCostOf, readPassword } from './repository-keys.ts';
import { DAY_MS } from '#model/limits.ts';
import { backup } from '#vault/engine/backup.ts';
import { writeLines } from '#vault/engine/lines-file.ts';
import { createManifest } from '#vault/engine/manifest.ts';
import { createRepository, openRepository } from '#vault/engine/repository.ts';
import type { Repository } from '#vault/engine/repository.ts';
import { LOOKS_FILE, MANIFEST_FILE, manifestTag } from '#vault/drill/sealed-manifest.ts';
import { encodedLooks } from '#vault/detect/look-file.ts';
import type { PastLooks } from '#vault/detect/past-looks.ts';
import { watchTake } from './watched-take.ts';
import { openStore } from '#vault/store/open-store.ts';
import type { ObjectStore } from '#ports/object-store.ts';
import { HIDDEN } from '#gates/files/portable-name.ts';

/** Each unchanged file is read again once in this time. */
const REREAD_EVERY_MS = 28 * DAY_MS;

export async function takeSnapshot(job: TakeJob, onProgress: (progress: JobProgress) => void): Promise<TakenAnswer> {
  const store = openStore(job.place);
  const { place, source, at, host, tags, scratch } = job;
  const sealed = join(scratch, 'manifest');
  mkdirSync(sealed, { recursive: true, mode: 0o700 });
  try {
    const repository = await openOrMake(store, job);
    const parent = await knownParent(repository, job.parent);
    const attributes = findFileAttributes();
    const watch = job.watch === undefined ? undefined : await watchTake(repository, job, job.watch);
    using manifest = createManifest({ repository, root: source, file: join(sealed, MANIFEST_FILE) });
    const taken = await backup(repository, {
      place,
      source,
      at,
      host,
      tags,
      scratch,
      ...(parent === undefined ? {} : { parent }),
      ...(attributes === undefined ? {} : { attributes }),
      rereadEveryMs: watch?.readsAll === true ? 0 : REREAD_EVERY_MS,
      ...(job.journal === undefined ? {} : { journal: job.journal }),
      ...(watch === undefined ? {} : { watch: true, clones: join(source, HIDDEN, 'clones') }),
      onFile(file) {
        manifest.add(file);
        watch?.onFile(file);
      },
      ...(watch === undefined ? {} : { onUnsteady: watch.onUnsteady }),
      skips: skipping(job),
      onProgress: ({ files, bytes, ms }) => onProgress({ files, doneBytes: bytes, ms }),
    });
    const seen = watch?.done();
    const { sha256: manifestSha256 } = await manifest.done();
    const looksSha256 =
      seen === undefined ? undefined : await writeLooks(seen.looks, join(sealed, LOOKS_FILE), scratch);
    await backup(repository, { place, source: sealed, at, host, tags: [manifestTag(taken.snapshot)], threads: 1 });
    const objects = await describeObjects(store, scratch);
    const { snapshot, tree, files, bytes, addedBytes, readBytes, attributesLack } = taken;
    return {
      kind: 'taken',
      snapshot,
      tree,
      manifestSha256,
      files,
      bytes,
      addedBytes,
      readBytes,
      isHeld: taken.readFiles > 0 && taken.heldFiles === taken.readFiles,
      unsteady: taken.unsteady.length + taken.unsteadyMore,
      ...(attributesLack === undefined ? {} : { attributesLack }),
      ...(looksSha256 === undefined ? {} : { looksSha256 }),
      ...(seen === undefined ? {} : { suspicion: seen.suspicion }),
      ...objects,
    };
  } finally {
    await store.close();
  }
}

/** The SHA-256 of the file that it wrote. */
async function writeLooks(looks: PastLooks, file: string, scratch: string): Promise<string> {
  await writeLines(file, encodedLooks(looks, scratch));
  const sum = createHash('sha256');
  await pipeline(createReadStream(file), sum);
  return sum.digest('hex');
}

async function openOrMake(store: ObjectStore, { passwordFile, at, scratch }: TakeJob): Promise<Repository> {
  const password = readPassword(passwordFile);
  if ((await store.size('config', '')) !== undefined) return openRepository({ store, password, scratch });
  const { username } = userInfo();
  const owner = { username, hostname: hostname(), created: new Date(at).toISOString() };
  return createRepository({ store, password }, owner, guessCostOf(password));
}

/** A parent that is not there (any more) only means that everything is read. */
async function knownParent(repository: Repository, parent: string | undefined): Promise<string | undefined> {
  if (parent === undefined) return undefined;
  const names = await repository.store.list('snapshots');
  return names.some(({ name }) => name === parent) ? parent : undefined;
}

/** The gate's own hidden rooms hold half uploads and what was thrown away; other top folders are not asked for. */
function skipping({ source, folders }: TakeJob): (path: Buffer) => boolean {
  const base = Buffer.byteLength(source) + 1;
  return (path) => {
    const short = path.subarray(base).toString();
    if (short === HIDDEN) return true;
    return folders !== undefined && !short.includes('/') && !folders.includes(short);
  };
}
