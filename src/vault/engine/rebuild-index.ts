/**
 * Makes the index anew from what every pack says of itself at its end. An interrupted backup leaves packs that no index names; a damaged index
 * leaves blobs that nothing finds: both come back this way, and nothing is read but the headers.
 */
import { asDamage } from '#vault/engine/repository.ts';
import type { DamagedObject, Repository } from '#vault/engine/repository.ts';
import { NO_ROW } from '#vault/engine/id-slots.ts';
import { sortedList } from '#vault/engine/sorted-list.ts';
import type { PackedBlob } from '#vault/format/blob.ts';
import { encodeIndex, INDEX_BLOBS_MAX } from '#vault/format/index-format.ts';
import type { IndexedPack } from '#vault/format/index-format.ts';
import { decodePackHeader, headerLength, PACK_TAIL_BYTES } from '#vault/format/pack-format.ts';
import type { StoredObject } from '#ports/object-store.ts';
import { Fault } from '#std/refused.ts';

export interface RebuiltIndex {
  /** Packs that no index named and that one names now. */
  readonly packs: number;
  readonly blobs: number;
  /** Packs whose header cannot be read. */
  readonly damage: readonly DamagedObject[];
}

/** Read with the tail at once: the headers of most packs are shorter. */
const GUESS_BYTES = 16 * 1024;

export async function rebuildIndex(repository: Repository, signal?: AbortSignal): Promise<RebuiltIndex> {
  using packs = await sortedList(unknownPacks(repository));
  const damage: DamagedObject[] = [];
  const count = { packs: 0, blobs: 0 };
  let waiting: IndexedPack[] = [];
  let blobs = 0;

  async function write(): Promise<void> {
    if (waiting.length > 0) await repository.writeUnpacked('index', encodeIndex(waiting));
    for (const pack of waiting) for (const blob of pack.blobs) repository.index.add(blob.id, pack.id, blob);
    count.packs += waiting.length;
    count.blobs += blobs;
    waiting = [];
    blobs = 0;
  }

  for (const pack of packs.rows()) {
    signal?.throwIfAborted();
    try {
      const found = await blobsOf(repository, pack);
      waiting.push({ id: pack.name, blobs: found });
      blobs += found.length;
    } catch (cause) {
      if (cause instanceof Fault && cause.code === 'pack-broken') damage.push(packDamage(pack, cause.message));
      else damage.push(asDamage(`data/${pack.name}`, cause));
    }
    if (blobs >= INDEX_BLOBS_MAX) await write();
  }
  await write();
  return { ...count, damage };
}

async function* unknownPacks({ store, index }: Repository): AsyncGenerator<StoredObject> {
  for await (const pack of store.each('data')) if (index.numberOf(pack.name) === NO_ROW) yield pack;
}

function packDamage({ name }: StoredObject, why: string): DamagedObject {
  return { object: `data/${name}`, why };
}

async function blobsOf({ store, sealer }: Repository, { name, bytes }: StoredObject): Promise<readonly PackedBlob[]> {
  const guess = Math.min(bytes, GUESS_BYTES);
  const end = await store.get('data', name, { offset: bytes - guess, length: guess });
  const length = headerLength(end, bytes);
  const whole = length + PACK_TAIL_BYTES;
  const tail = whole <= guess ? end.subarray(guess - whole) : await store.get('data', name, tailOf(bytes, whole));
  const blobs = decodePackHeader(sealer.open(tail.subarray(0, length)));
  const last = blobs.at(-1);
  if (last === undefined || last.offset + last.length !== bytes - whole)
    throw new Fault('pack-broken', 'a pack cannot be read: its header does not fit its length');
  return blobs;
}

function tailOf(bytes: number, length: number) {
  return { offset: bytes - length, length };
}
