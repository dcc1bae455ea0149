/**
 * Checks a repository as it lies: every object that it needs is there and is what it is named by. With `readData` every pack is read, opened and hashed;
 * damage is named object by object, and with it the files that it takes from each snapshot.
 */
import type { Located, PlaceProofs } from '#vault/engine/blob-index.ts';
import { listPacks } from '#vault/engine/listed-packs.ts';
import type { ListedPacks } from '#vault/engine/listed-packs.ts';
import { asDamage, wholeKey } from '#vault/engine/repository.ts';
import type { DamagedObject, Repository } from '#vault/engine/repository.ts';
import { startRestorers, warmRestorers } from '#vault/engine/restorers.ts';
import type { WarmRestorers } from '#vault/engine/restorers.ts';
import { walkSnapshot } from '#vault/engine/tree-reader.ts';
import type { CheckedPack } from '#vault/engine/restore-work.ts';
import { decodeIndex } from '#vault/format/index-format.ts';
import type { IndexedPack } from '#vault/format/index-format.ts';
import { giveBack } from '#vault/format/memory.ts';
import { decodePackHeader } from '#vault/format/pack-format.ts';
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
  /** Packs that no index names, left by an interruption: the first of them, and how many. */
  readonly orphans: readonly string[];
  readonly orphanCount: number;
}

const LOST_MAX = 10_000;
const ORPHANS_MAX = 10_000;

export async function verify(repository: Repository, options: VerifyOptions): Promise<VerifyResult> {
  const damage: DamagedObject[] = [...repository.damagedIndexes, ...(await checkKeys(repository))];
  const present = await listPacks(repository);
  const bad = new Set<string>();
  for (const pack of present.missing()) lose(pack, 'it is missing', bad, damage);
  const short = shortPacks(repository, present, bad);
  let readBytes = 0;
  let isGood: JudgePlace = ({ pack }) => !bad.has(pack);
  if (options.readData) {
    const proofs = repository.index.proofs();
    readBytes = await readAll(repository, options, { present, bad, short, damage, proofs });
    isGood = (place, id) => !bad.has(place.pack) && proofs.isProved(id, place);
    damage.push(...(await lyingIndexes(repository, (place, id) => bad.has(place.pack) || proofs.isProved(id, place))));
  } else for (const pack of short) lose(pack, 'it is shorter than its index says', bad, damage);
  const { snapshots, lostFiles } = await checkSnapshots(repository, isGood, damage);
  const orphans = [...present.orphans().take(ORPHANS_MAX)];
  const { count: packs, orphanCount } = present;
  return { packs, readBytes, snapshots, damage, lostFiles, orphans, orphanCount };
}

async function checkKeys({ store }: Repository): Promise<readonly DamagedObject[]> {
  const damage: DamagedObject[] = [];
  for (const { name } of await store.list('keys')) {
    if ((await wholeKey(store, name)) === undefined)
      damage.push({ object: `keys/${name}`, why: 'its bytes are not the ones it is named by' });
  }
  return damage;
}

function lose(pack: string, why: string, bad: Set<string>, damage: DamagedObject[]): void {
  bad.add(pack);
  damage.push({ object: `data/${pack}`, why });
}

/** A pack that is shorter than the last blob that an index places in it was cut off; or the index says what is not so, which shows when it is read. */
function shortPacks(repository: Repository, present: ListedPacks, bad: ReadonlySet<string>): ReadonlySet<string> {
  const short = new Set<string>();
  for (const [, { pack, offset, length }] of repository.index.entries())
    if (!bad.has(pack) && present.bytesOf(pack) < offset + length) short.add(pack);
  return short;
}

interface Reading {
  readonly present: ListedPacks;
  readonly bad: Set<string>;
  readonly short: ReadonlySet<string>;
  readonly damage: DamagedObject[];
  readonly proofs: PlaceProofs;
}

async function readAll(
  repository: Repository,
  { place, signal, warm = warmRestorers(place), onProgress }: VerifyOptions,
  { present, bad, short, damage, proofs }: Reading,
): Promise<number> {
  let [bytes, done] = [0, 0];
  const restorers = startRestorers(
    warm,
    { key: repository.key, root: undefined },
    {
      done: () => undefined,
      checked({ pack, bytes: packBytes, header, damaged }: CheckedPack) {
        bytes += packBytes;
        done += 1;
        onProgress?.(done, present.count, bytes);
        if (damaged === undefined) {
          proofs.prove(pack, decodePackHeader(header));
          return giveBack(header);
        }
        if (bad.has(pack)) return;
        lose(pack, short.has(pack) ? 'it is shorter than its index says' : damaged, bad, damage);
      },
    },
  );
  try {
    for (const pack of present.all()) {
      signal?.throwIfAborted();
      await restorers.check(pack);
    }
    await restorers.finish();
  } finally {
    await restorers.close();
  }
  return bytes;
}

type JudgePlace = (place: Located, id: string) => boolean;

/** Indexes that place blobs in whole packs where they are not, by their names. */
async function lyingIndexes(repository: Repository, isRight: JudgePlace): Promise<readonly DamagedObject[]> {
  let isTrue = true;
  for (const [id, place] of repository.index.entries()) isTrue &&= isRight(place, id);
  if (isTrue) return [];
  const lying: DamagedObject[] = [];
  for (const { name } of await repository.store.list('index')) {
    let lies = 0;
    for (const { id: pack, blobs } of await readableIndex(repository, name))
      for (const { id, ...place } of blobs) if (!isRight({ pack, ...place }, id)) lies += 1;
    const why = `it says of ${lies} pieces that they are where they are not; whoever has the key wrote it`;
    if (lies > 0) lying.push({ object: `index/${name}`, why });
  }
  return lying;
}

/** One that is damaged is named where the repository was opened. */
async function readableIndex(repository: Repository, name: string): Promise<readonly IndexedPack[]> {
  try {
    return decodeIndex(await repository.readUnpacked('index', name));
  } catch (cause) {
    asDamage(`index/${name}`, cause);
    return [];
  }
}

async function checkSnapshots(repository: Repository, isGood: JudgePlace, damage: DamagedObject[]) {
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
    await checkFiles(repository, name, isGood, lose);
  }
  return { snapshots, lostFiles };
}

async function checkFiles(
  repository: Repository,
  snapshot: string,
  isGood: JudgePlace,
  lose: (path: string) => void,
): Promise<void> {
  try {
    for await (const { path, node } of walkSnapshot(repository, snapshot, '/', lose)) {
      const isLost = (node.content ?? []).some((id) => !isStored(repository, id, isGood));
      if (isLost) lose(path);
    }
  } catch (cause) {
    asDamage('tree', cause); // the tree of the root: nothing can be reached
    lose('/');
  }
}

/** As a piece of a file: that a folder has the same bytes is enough for us, and for no other tool. */
function isStored({ index }: Repository, id: string, isGood: JudgePlace): boolean {
  const isRight = (place: Located): boolean => place.type === 'data' && isGood(place, id);
  const first = index.get(id);
  return first !== undefined && (isRight(first) || index.places(id).some(isRight));
}
