/**
 * Brings what a second place lacks over from the first: keys and config, packs, indexes, snapshots last; each object is hashed on its way, and one that is
 * damaged keeps no other back.
 */
import { hash } from 'node:crypto';
import type { CopiedAnswer, CopyJob, JobProgress } from './job.ts';
import { describeObjects } from './take.ts';
import { asDamage } from '#vault/engine/repository.ts';
import { openStore } from '#vault/store/open-store.ts';
import type { ObjectStore, ObjectType } from '#ports/object-store.ts';
import { Fault } from '#std/refused.ts';

const ORDER: readonly ObjectType[] = ['keys', 'config', 'data', 'index', 'snapshots'];

export async function copyRepository(job: CopyJob, onProgress: (progress: JobProgress) => void): Promise<CopiedAnswer> {
  const [from, to] = [openStore(job.from), openStore(job.to)];
  const begun = performance.now();
  const damaged: string[] = [];
  let [files, doneBytes] = [0, 0];
  try {
    for (const type of ORDER) {
      for (const lacking of await inOrder(from, type, await missing(from, to, type))) {
        const bytes = await carry(from, to, type, lacking);
        if (bytes === undefined) damaged.push(`${type}/${lacking.name}`);
        doneBytes += bytes ?? 0;
        files += 1;
        onProgress({ files, doneBytes, ms: performance.now() - begun });
      }
    }
    if (damaged.length > 0)
      throw new Fault(
        'object-damaged',
        `${damaged.length} objects are damaged in the first vault and were not copied, the others were: ${damaged[0]}`,
      );
    const { objectBytes: bytes, ...listed } = await describeObjects(to);
    return { kind: 'copied', ...listed, bytes, addedBytes: doneBytes };
  } finally {
    await Promise.all([from.close(), to.close()]);
  }
}

interface Lacking {
  readonly name: string;
  /** Something of another length lies under the name: cut off, and a put would not take its place. */
  readonly isCut: boolean;
}

async function missing(from: ObjectStore, to: ObjectStore, type: ObjectType): Promise<readonly Lacking[]> {
  if (type === 'config') return (await to.size('config', '')) === undefined ? [{ name: '', isCut: false }] : [];
  const there = new Map((await to.list(type)).map(({ name, bytes }) => [name, bytes]));
  return (await from.list(type))
    .filter(({ name, bytes }) => there.get(name) !== bytes)
    .map(({ name }) => ({ name, isCut: there.has(name) }));
}

/** Snapshots as they came to the first place: what arrives last at the second is the newest there, too. */
async function inOrder(from: ObjectStore, type: ObjectType, rows: readonly Lacking[]): Promise<readonly Lacking[]> {
  const arrived = type === 'snapshots' && rows.length > 1 ? await from.arrivals?.('snapshots') : undefined;
  if (arrived === undefined) return rows;
  const order = new Map(arrived.map(({ name, n }) => [name, n]));
  return rows.toSorted((a, b) => (order.get(a.name) ?? 0) - (order.get(b.name) ?? 0));
}

/** Undefined for one that is damaged in the first place: the others are worth having all the same. */
async function carry(
  from: ObjectStore,
  to: ObjectStore,
  type: ObjectType,
  { name, isCut }: Lacking,
): Promise<number | undefined> {
  const body = await from.get(type, name).catch((cause: unknown) => void asDamage(`${type}/${name}`, cause));
  if (body === undefined) return undefined;
  if (type !== 'config' && hash('sha256', body, 'hex') !== name) return undefined;
  if (isCut) await to.heal(type, name, body);
  else await to.put(type, name, body);
  return body.length;
}
