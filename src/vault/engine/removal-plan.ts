/**
 * Which objects of a repository may go when named snapshots go: computed from what every snapshot that stays reaches, never from what the ones that go do.
 * A pack stays as long as one of its pieces is reached; an index goes when it names a pack that goes, and what else it named is in an index that stays, written
 * here if there is none. When nothing may be left of what goes, the pieces that are reached are first packed anew, and such packs go, too. Anything in doubt
 * refuses the whole plan: an index or a snapshot that cannot be read may be the one that needs a pack.
 */
import { isManifestSnapshot, manifestTag } from '#vault/drill/sealed-manifest.ts';
import type { NamedSnapshot, Repository } from '#vault/engine/repository.ts';
import type { PackedBlob } from '#vault/format/blob.ts';
import { decodeIndex, encodeIndex, INDEX_BLOBS_MAX } from '#vault/format/index-format.ts';
import type { IndexedPack } from '#vault/format/index-format.ts';
import { repack } from '#vault/engine/repack.ts';
import { Fault } from '#std/refused.ts';

export interface RemovalPlan {
  /** Sorted `type/name`. */
  readonly objects: readonly string[];
  /** What was sealed about the snapshots that go. */
  readonly beside: readonly string[];
  readonly packs: number;
  readonly bytes: number;
  /** Packs that stay although a part of them is not needed any more, and the bytes of that part. */
  readonly partly: { readonly packs: number; readonly bytes: number };
  /** Indexes that were written so that packs that stay are still found. */
  readonly indexesWritten: number;
  /** Packs whose pieces that stay were packed anew, so that they go whole. */
  readonly rewritten: number;
}

export interface RemovalWish {
  /** Leaves nothing of what goes, at the price of writing what stays of some packs once more. */
  readonly rewrite?: boolean;
  readonly signal?: AbortSignal;
}

export async function planRemoval(
  repository: Repository,
  snapshots: readonly string[],
  { rewrite = false, signal }: RemovalWish = {},
): Promise<RemovalPlan> {
  const { going, staying, beside } = await divide(repository, new Set(snapshots));
  const reached = await reach(repository, staying, signal);
  const moved = rewrite ? await moveNeeded(repository, reached, signal) : NOTHING_MOVED;
  const present = await packsPresent(repository);
  const indexes = await readIndexes(repository);
  const packs = judgePacks(indexes, reached, present, moved);
  const { leaving, lacking } = divideIndexes(indexes, packs);
  const objects = [
    ...[...going, ...beside].map((name) => `snapshots/${name}`),
    ...[...packs.free].filter((name) => present.has(name)).map((name) => `data/${name}`),
    ...leaving.map((name) => `index/${name}`),
  ];
  return {
    objects: objects.toSorted(),
    beside,
    packs: objects.filter((object) => object.startsWith('data/')).length,
    bytes: [...packs.free].reduce((sum, name) => sum + (present.get(name) ?? 0), 0),
    partly: { packs: packs.partly.ids.length, bytes: packs.partly.bytes },
    indexesWritten: await writeIndexes(repository, lacking),
    rewritten: moved.size,
  };
}

const NOTHING_MOVED: ReadonlySet<string> = new Set();

/** Packs that hold something that is reached and something that is not: the first is packed anew and named by an index before this resolves. */
async function moveNeeded(
  repository: Repository,
  reached: ReadonlySet<string>,
  signal: AbortSignal | undefined,
): Promise<ReadonlySet<string>> {
  const indexes = await readIndexes(repository);
  const { partly } = judgePacks(indexes, reached, await packsPresent(repository), NOTHING_MOVED);
  const moving = new Set(partly.ids);
  const packs = indexes.flatMap((index) => index.packs);
  // What a plan before this one wrote is there already.
  const elsewhere = new Set(packs.flatMap(({ id, blobs }) => (moving.has(id) ? [] : blobs.map((blob) => blob.id))));
  const isWanted = ({ id }: PackedBlob): boolean => reached.has(id) && !elsewhere.has(id);
  const pieces = packs
    .filter(({ id }) => moving.has(id))
    .flatMap(({ id, blobs }) => blobs.filter(isWanted).map((blob) => ({ ...blob, pack: id })));
  await writeIndexes(repository, await repack(repository, pieces, signal));
  return moving;
}

async function packsPresent(repository: Repository): Promise<ReadonlyMap<string, number>> {
  const present = new Map<string, number>();
  for await (const { name, bytes } of repository.store.each('data')) present.set(name, bytes);
  return present;
}

/** Snapshots that go, those that stay, and what is sealed about the first. */
async function divide(repository: Repository, named: ReadonlySet<string>) {
  if (repository.damagedIndexes[0] !== undefined)
    throw inDoubt(`${repository.damagedIndexes[0].object} cannot be read: ${repository.damagedIndexes[0].why}`);
  const unreadable = new Map<string, string>();
  const readable = await repository.snapshots(({ object, why }) => unreadable.set(object.slice(10), why));
  const there = new Set([...readable.map(({ id }) => id), ...unreadable.keys()]);
  const unknown = [...named].find((id) => !there.has(id));
  if (unknown !== undefined)
    throw new Fault('no-snapshot', `this repository has no snapshot ${unknown.slice(0, 12)}: nothing is planned`);
  // One that is named may be unreadable: what it alone needs is not needed.
  const blind = [...unreadable].find(([id]) => !named.has(id));
  if (blind !== undefined) throw inDoubt(`snapshot ${blind[0].slice(0, 12)} stays and cannot be read: ${blind[1]}`);
  const sealed = new Set([...named].map(manifestTag));
  const isBeside = ({ id, tags }: NamedSnapshot): boolean =>
    !named.has(id) &&
    isManifestSnapshot(tags) &&
    tags.every((tag) => !tag.startsWith(manifestTag('')) || sealed.has(tag));
  const beside = readable.filter(isBeside).map(({ id }) => id);
  const besides = new Set(beside);
  const staying = readable.filter(({ id }) => !named.has(id) && !besides.has(id));
  const promised = staying.length > 0 && readable.find(({ id, tags }) => named.has(id) && sealsOneOf(tags, staying));
  if (promised) throw inDoubt(`${promised.id.slice(0, 12)} is what was sealed about a snapshot that stays`);
  return { going: [...named], staying, beside };
}

function sealsOneOf(tags: readonly string[], staying: readonly NamedSnapshot[]): boolean {
  return staying.some(({ id }) => tags.includes(manifestTag(id)));
}

/** Ids of every piece that a snapshot that stays needs. */
async function reach(
  repository: Repository,
  staying: readonly NamedSnapshot[],
  signal: AbortSignal | undefined,
): Promise<ReadonlySet<string>> {
  const reached = new Set<string>();
  const trees: string[] = [];
  const enter = (tree: string): void => {
    if (reached.has(tree)) return;
    reached.add(tree);
    trees.push(tree);
  };
  for (const { tree } of staying) enter(tree);
  for (let tree = trees.pop(); tree !== undefined; tree = trees.pop()) {
    signal?.throwIfAborted();
    for (const { content = [], subtree } of await readTree(repository, tree)) {
      if (subtree !== undefined) enter(subtree);
      for (const piece of content) reached.add(piece);
    }
  }
  const lost = [...reached].find((id) => repository.index.get(id) === undefined);
  if (lost !== undefined) throw inDoubt(`no index knows ${lost.slice(0, 12)}, which a snapshot that stays needs`);
  return reached;
}

async function readTree(repository: Repository, tree: string) {
  try {
    return await repository.readTree(tree);
  } catch (cause) {
    if (cause instanceof Fault && cause.retry) throw cause;
    throw inDoubt(`a folder of a snapshot that stays cannot be read: ${cause instanceof Error ? cause.message : ''}`);
  }
}

interface NamedIndex {
  readonly name: string;
  readonly packs: readonly IndexedPack[];
}

async function readIndexes(repository: Repository): Promise<readonly NamedIndex[]> {
  const found: NamedIndex[] = [];
  for (const { name } of await repository.store.list('index'))
    found.push({ name, packs: decodeIndex(await repository.readUnpacked('index', name)) });
  return found;
}

interface JudgedPacks {
  readonly free: ReadonlySet<string>;
  readonly partly: { readonly ids: readonly string[]; readonly bytes: number };
}

/** A pack with any copy of a piece that is reached stays, also where the index finds that piece elsewhere first. */
function judgePacks(
  indexes: readonly NamedIndex[],
  reached: ReadonlySet<string>,
  present: ReadonlyMap<string, number>,
  moved: ReadonlySet<string>,
): JudgedPacks {
  const [needed, found] = [new Set<string>(), new Set<string>()];
  const spare = new Map<string, Map<number, number>>();
  for (const { packs } of indexes)
    for (const { id, blobs } of packs) {
      const unneeded = spare.get(id) ?? new Map<number, number>();
      spare.set(id, unneeded);
      for (const blob of blobs)
        if (reached.has(blob.id) && !moved.has(id)) {
          needed.add(id);
          found.add(blob.id);
        } else unneeded.set(blob.offset, blob.length);
    }
  const left = [...reached].find((id) => !found.has(id));
  if (left !== undefined)
    throw inDoubt(`${left.slice(0, 12)}, which a snapshot that stays needs, is in no pack that stays`);
  const gone = [...needed].find((id) => !present.has(id));
  if (gone !== undefined) throw inDoubt(`data/${gone} is missing, and a snapshot that stays needs it`);
  const spareOf = (id: string): readonly number[] => [...(spare.get(id)?.values() ?? [])];
  const ids = [...needed].filter((id) => spareOf(id).length > 0);
  const bytes = ids.reduce((sum, id) => sum + spareOf(id).reduce((all, length) => all + length, 0), 0);
  return { free: new Set([...spare.keys()].filter((id) => !needed.has(id))), partly: { ids, bytes } };
}

/** Indexes that name a pack that goes; and of the packs that stay, those that only such an index knows. */
function divideIndexes(indexes: readonly NamedIndex[], { free }: JudgedPacks) {
  const isLeaving = ({ packs }: NamedIndex): boolean => packs.some(({ id }) => free.has(id));
  const known = new Map<string, Set<string>>();
  for (const { packs } of indexes.filter((index) => !isLeaving(index)))
    for (const { id, blobs } of packs)
      known.set(id, new Set([...(known.get(id) ?? []), ...blobs.map((blob) => blob.id)]));
  const leaving = indexes.filter(isLeaving);
  const lacking = new Map<string, IndexedPack>();
  for (const pack of leaving.flatMap(({ packs }) => packs)) {
    if (free.has(pack.id) || pack.blobs.every(({ id }) => known.get(pack.id)?.has(id) === true)) continue;
    const before = lacking.get(pack.id)?.blobs ?? [];
    const more = pack.blobs.filter(({ offset }) => before.every((blob) => blob.offset !== offset));
    lacking.set(pack.id, { id: pack.id, blobs: [...before, ...more] });
  }
  return { leaving: leaving.map(({ name }) => name), lacking: [...lacking.values()] };
}

async function writeIndexes(repository: Repository, packs: readonly IndexedPack[]): Promise<number> {
  let [waiting, blobs, written]: [IndexedPack[], number, number] = [[], 0, 0];
  for (const pack of packs) {
    waiting.push(pack);
    blobs += pack.blobs.length;
    if (blobs < INDEX_BLOBS_MAX) continue;
    await repository.writeUnpacked('index', encodeIndex(waiting));
    [waiting, blobs, written] = [[], 0, written + 1];
  }
  if (waiting.length === 0) return written;
  await repository.writeUnpacked('index', encodeIndex(waiting));
  return written + 1;
}

function inDoubt(why: string): Fault {
  return new Fault(
    'removal-in-doubt',
    `nothing is planned while anything is in doubt: ${why}; run picturelock backup verify`,
  );
}
