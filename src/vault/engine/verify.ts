/**
 * Checks a repository as it lies: every object that it needs is there and is what it is named by. With `readData` every pack is read, opened and hashed;
 * damage is named object by object, and with it the files that it takes from each snapshot.
 */
import { asDamage, wholeKey } from '#vault/engine/repository.ts';
import type { DamagedObject, Repository } from '#vault/engine/repository.ts';
import { startRestorers, warmRestorers } from '#vault/engine/restorers.ts';
import type { WarmRestorers } from '#vault/engine/restorers.ts';
import { walkSnapshot } from '#vault/engine/tree-reader.ts';
import type { CheckedPack } from '#vault/engine/restore-work.ts';
import type { StorePlace } from '#vault/store/open-store.ts';

export interface VerifyOptions {
  readonly place: StorePlace;
  readonly readData: boolean;
  /** Threads that were started while the repository was opened. */
  readonly warm?: WarmRestorers;
  readonly signal?: AbortSignal;
  onProgress?(donePacks: number, packs: number, bytes: number): void;
}

export interface VerifyResult {
  readonly packs: number;
  readonly readBytes: number;
  readonly snapshots: number;
  readonly damage: readonly DamagedObject[];
  /** Files of snapshots that cannot be restored whole, and folders that cannot be entered. */
  readonly lostFiles: readonly { readonly snapshot: string; readonly path: string }[];
  /** Packs that no index names: left by an interruption. */
  readonly orphans: readonly string[];
}

const LOST_MAX = 10_000;

export async function verify(repository: Repository, options: VerifyOptions): Promise<VerifyResult> {
  const damage: DamagedObject[] = [...repository.damagedIndexes, ...(await checkKeys(repository))];
  const present = new Map((await repository.store.list('data')).map(({ name, bytes }) => [name, bytes]));
  const bad = new Set<string>();
  for (const pack of repository.index.packs) {
    if (present.has(pack)) continue;
    bad.add(pack);
    damage.push({ object: `data/${pack}`, why: 'it is missing' });
  }
  await checkShort(repository, present, bad, damage);
  let readBytes = 0;
  if (options.readData) readBytes = await readAll(repository, options, present, bad, damage);
  const { snapshots, lostFiles } = await checkSnapshots(repository, bad, damage);
  const known = new Set(repository.index.packs);
  const orphans = [...present.keys()].filter((pack) => !known.has(pack));
  return { packs: present.size, readBytes, snapshots, damage, lostFiles, orphans };
}

async function checkKeys({ store }: Repository): Promise<readonly DamagedObject[]> {
  const damage: DamagedObject[] = [];
  for (const { name } of await store.list('keys')) {
    if ((await wholeKey(store, name)) === undefined)
      damage.push({ object: `keys/${name}`, why: 'its bytes are not the ones it is named by' });
  }
  return damage;
}

/** A pack that is shorter than the last blob that an index places in it was cut off. */
async function checkShort(
  repository: Repository,
  present: ReadonlyMap<string, number>,
  bad: Set<string>,
  damage: DamagedObject[],
): Promise<void> {
  const needed = new Map<string, number>();
  for (const [, { pack, offset, length }] of repository.index.entries())
    needed.set(pack, Math.max(needed.get(pack) ?? 0, offset + length));
  for (const [pack, bytes] of needed) {
    if (bad.has(pack) || (present.get(pack) ?? 0) >= bytes) continue;
    bad.add(pack);
    damage.push({ object: `data/${pack}`, why: 'it is shorter than its index says' });
  }
}

async function readAll(
  repository: Repository,
  { place, signal, warm = warmRestorers(place), onProgress }: VerifyOptions,
  present: ReadonlyMap<string, number>,
  bad: Set<string>,
  damage: DamagedObject[],
): Promise<number> {
  let [bytes, done] = [0, 0];
  const restorers = startRestorers(
    warm,
    { key: repository.key, root: undefined },
    {
      done: () => undefined,
      checked(pack: CheckedPack) {
        bytes += pack.bytes;
        done += 1;
        onProgress?.(done, present.size, bytes);
        if (pack.damaged === undefined || bad.has(pack.pack)) return;
        bad.add(pack.pack);
        damage.push({ object: `data/${pack.pack}`, why: pack.damaged });
      },
    },
  );
  try {
    for (const pack of present.keys()) {
      signal?.throwIfAborted();
      await restorers.check(pack);
    }
    await restorers.finish();
  } finally {
    await restorers.close();
  }
  return bytes;
}

async function checkSnapshots(repository: Repository, bad: ReadonlySet<string>, damage: DamagedObject[]) {
  const lostFiles: { snapshot: string; path: string }[] = [];
  let snapshots = 0;
  for (const { name } of await repository.store.list('snapshots')) {
    snapshots += 1;
    const lose = (path: string): void => {
      if (lostFiles.length < LOST_MAX) lostFiles.push({ snapshot: name, path });
    };
    try {
      await repository.snapshot(name);
    } catch (cause) {
      damage.push(asDamage(`snapshots/${name}`, cause));
      continue;
    }
    await checkFiles(repository, name, bad, lose);
  }
  return { snapshots, lostFiles };
}

async function checkFiles(
  repository: Repository,
  snapshot: string,
  bad: ReadonlySet<string>,
  lose: (path: string) => void,
): Promise<void> {
  try {
    for await (const { path, node } of walkSnapshot(repository, snapshot, '/', lose)) {
      const isLost = (node.content ?? []).some((id) => {
        const place = repository.index.get(id);
        return place === undefined || bad.has(place.pack);
      });
      if (isLost) lose(path);
    }
  } catch (cause) {
    asDamage('tree', cause); // the tree of the root: nothing can be reached
    lose('/');
  }
}
