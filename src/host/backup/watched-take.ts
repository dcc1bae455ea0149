/**
 * The watch over a snapshot that is being taken: what was seen of the snapshot before, out of the vault it lies in and by the hash that the ledger keeps;
 * decoys, planted before the first one; and at the end what speaks for an attack, and what the next snapshot is judged against.
 */
import { lstatSync, mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { TakeJob, WatchAsked } from './job.ts';
import { readPassword } from './repository-keys.ts';
import { HIDDEN } from '#gates/files/portable-name.ts';
import { decoyIn } from '#vault/detect/decoys.ts';
import type { Decoy } from '#vault/detect/decoys.ts';
import type { PastLooks } from '#vault/detect/past-looks.ts';
import { createWatch } from '#vault/detect/watch.ts';
import type { Watch } from '#vault/detect/watch.ts';
import { readSealedLooks } from '#vault/drill/sealed-manifest.ts';
import { openRepository } from '#vault/engine/repository.ts';
import type { Repository } from '#vault/engine/repository.ts';
import { isClosedToWriting, isOutOfRoom } from '#vault/engine/room.ts';
import { openStore } from '#vault/store/open-store.ts';
import { Fault } from '#std/refused.ts';

export interface WatchedTake extends Watch {
  /** Nothing is known of what was seen before, so everything is read and looked at. */
  readonly readsAll: boolean;
}

export async function watchTake(repository: Repository, job: TakeJob, asked: WatchAsked): Promise<WatchedTake> {
  const password = readPassword(job.passwordFile);
  const past = await pastOf(repository, job, asked);
  const decoys = asked.decoys ? topFolders(job).map((folder) => decoyIn(password, folder)) : [];
  for (const decoy of decoys) if (asked.replant || past?.has(decoy.path) !== true) plant(job.source, decoy);
  const watch = createWatch({
    source: job.source,
    past: past ?? new Map(),
    span: { after: asked.after ?? job.at, at: job.at },
    windows: asked.windows,
    usualBytes: asked.usualBytes,
    canaries: new Set(decoys.map(({ path }) => path)),
    scratch: job.scratch,
  });
  return { ...watch, readsAll: past === undefined };
}

/** Undefined when nothing was seen yet, or when it cannot be read any more: then every file is looked at anew. */
async function pastOf(
  repository: Repository,
  { place, passwordFile, scratch, folders }: TakeJob,
  { past }: WatchAsked,
): Promise<PastLooks | undefined> {
  if (past === undefined) return undefined;
  const isHere = JSON.stringify(past.place) === JSON.stringify(place);
  const store = isHere ? repository.store : openStore(past.place);
  try {
    const holder = isHere ? repository : await openRepository({ store, password: readPassword(passwordFile) });
    const kept = folders === undefined ? {} : { wants: isWithin(folders) };
    return await readSealedLooks(holder, past.snapshot, past.looksSha256, { scratch, ...kept });
  } catch (cause) {
    if (cause instanceof Fault) return undefined;
    throw cause;
  } finally {
    if (!isHere) await store.close();
  }
}

/** A top folder that the policy copies no more is not a deleted one. */
function isWithin(folders: readonly string[]): (path: string) => boolean {
  const kept = new Set(folders);
  return (path) => kept.has(path.slice(0, path.indexOf('/')));
}

function topFolders({ source, folders }: TakeJob): readonly string[] {
  return readdirSync(source, { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && entry.name !== HIDDEN)
    .map(({ name }) => name)
    .filter((name) => folders === undefined || folders.includes(name));
}

/** Somebody may have put a link in its place: what that leads to is not written. None where none may be written. */
function plant(source: string, { path, bytes }: Decoy): void {
  const target = join(source, path);
  const there = lstatSync(target, { throwIfNoEntry: false });
  if (there?.isFile() === true && there.size === bytes.length) return;
  try {
    mkdirSync(dirname(target), { recursive: true });
    rmSync(target, { force: true });
    writeFileSync(target, bytes, { flag: 'wx' });
  } catch (cause) {
    if (isOutOfRoom(cause)) rmSync(target, { force: true }); // half of one would be taken for one that was touched
    else if (!isClosedToWriting(cause)) throw cause;
  }
}
