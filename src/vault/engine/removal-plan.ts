/**
 * Which objects of a repository may go when named snapshots go: computed from what every snapshot that stays reaches, never from what the ones that go do.
 * A pack stays as long as one of its pieces is reached; an index goes when it names a pack that goes, and what else it named is in an index that stays, written
 * here if there is none. When nothing may be left of what goes, the pieces that are reached are first packed anew, and such packs go, too. Anything in doubt
 * refuses the whole plan: an index or a snapshot that cannot be read may be the one that needs a pack.
 */
import { isManifestSnapshot, manifestTag } from '#vault/drill/sealed-manifest.ts';
import type { NamedSnapshot, Repository } from '#vault/engine/repository.ts';
import { NumberSet } from '#vault/engine/number-set.ts';
import { divideIndexes } from '#vault/engine/removal-indexes.ts';
import { moveNeeded } from '#vault/engine/removal-move.ts';
import { removalObjects } from '#vault/engine/removal-objects.ts';
import type { RemovalObjects } from '#vault/engine/removal-objects.ts';
import { weighPacks } from '#vault/engine/removal-packs.ts';
import type { WeighedPacks } from '#vault/engine/removal-packs.ts';
import { inDoubt, reach } from '#vault/engine/removal-reach.ts';
import { Fault } from '#std/refused.ts';

export interface RemovalPlan {
  /** As long as the repository is open. */
  readonly objects: RemovalObjects;
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
  const trees = staying.map(({ tree }) => tree);
  const reached = await reach(repository, trees, signal);
  const { weighed, moved } = await weigh(repository, reached, { rewrite, signal });
  const { leaving, partly, written } = await divideIndexes(repository, reached, weighed);
  const free = freePacks(repository, weighed);
  const gone = [...going, ...beside];
  return {
    objects: removalObjects(repository.index, { packs: free.packs, indexes: leaving, snapshots: gone }),
    beside,
    packs: free.packs.size,
    bytes: free.bytes,
    partly,
    indexesWritten: written,
    rewritten: moved.size,
  };
}

/** With a rewrite, packs that hold something that is needed and something that is not are left by all that is needed first. */
async function weigh(
  repository: Repository,
  reached: NumberSet,
  { rewrite, signal }: { readonly rewrite: boolean; readonly signal: AbortSignal | undefined },
) {
  const weighed = await weighPacks(repository, reached);
  if (!rewrite) return { weighed, moved: new NumberSet() };
  const moved = await moveNeeded(repository, reached, weighed, signal);
  return { weighed: moved.size === 0 ? weighed : await weighPacks(repository, reached, moved), moved };
}

/** Those that are there, named by an index, and hold nothing that is needed. */
function freePacks({ index }: Repository, { named, needed, present }: WeighedPacks) {
  const packs = new NumberSet();
  let bytes = 0;
  for (const number of named) {
    if (needed.has(number) || !present.has(number)) continue;
    packs.add(number);
    bytes += present.bytesOf(index.packAt(number));
  }
  return { packs, bytes };
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
