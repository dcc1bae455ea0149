/**
 * Brings what a second place lacks over from the first: keys and config, packs, indexes, snapshots last, each kind whole before the next begins, so that
 * nobody who reads there meets an index or a snapshot before what it names. Packs and indexes go several at a time, because a vault far away answers late;
 * snapshots one by one in their order. Each object is hashed on its way, and one that is damaged keeps no other back.
 */
import { hash } from 'node:crypto';
import { describeObjects } from './describe-objects.ts';
import { eachInFlight } from './in-flight.ts';
import type { FlightLimits } from './in-flight.ts';
import type { CopiedAnswer, CopyJob, JobProgress } from './job.ts';
import { lackingIn } from './lacking.ts';
import type { Lacking, LackingList } from './lacking.ts';
import { asDamage } from '#vault/engine/repository.ts';
import { openStore } from '#vault/store/open-store.ts';
import type { ObjectStore, ObjectType } from '#ports/object-store.ts';
import { Fault } from '#std/refused.ts';

const ORDER: readonly ObjectType[] = ['keys', 'config', 'data', 'index', 'snapshots'];
/** A pack is 16 MiB or so: a job's process stays small beside the facility's own work. */
export const COPIED_AT_ONCE: FlightLimits = { count: 8, bytes: 64 * 2 ** 20 };
const ALONE: FlightLimits = { count: 1, bytes: 0 };

type OnProgress = (progress: JobProgress) => void;

export async function copyRepository(job: CopyJob, onProgress: OnProgress): Promise<CopiedAnswer> {
  const [from, to] = [openStore(job.from), openStore(job.to)];
  try {
    const addedBytes = await copyObjects(from, to, onProgress);
    const { objectBytes: bytes, ...listed } = await describeObjects(to);
    return { kind: 'copied', ...listed, bytes, addedBytes };
  } finally {
    await Promise.all([from.close(), to.close()]);
  }
}

/** How many bytes went over; a Fault `object-damaged` when some are damaged in the first place, after all others went. */
export async function copyObjects(
  from: ObjectStore,
  to: ObjectStore,
  onProgress: OnProgress,
  atOnce = COPIED_AT_ONCE,
): Promise<number> {
  const begun = performance.now();
  const damaged: string[] = [];
  let [files, doneBytes] = [0, 0];
  for (const type of ORDER) {
    using lacking = await missing(from, to, type);
    const limits = type === 'data' || type === 'index' ? atOnce : ALONE;
    await eachInFlight(lacking.rows(), limits, async (one) => {
      const bytes = await carry(from, to, type, one);
      if (bytes === undefined) damaged.push(`${type}/${one.name}`);
      doneBytes += bytes ?? 0;
      files += 1;
      onProgress({ files, doneBytes, ms: performance.now() - begun });
    });
  }
  if (damaged.length > 0)
    throw new Fault(
      'object-damaged',
      `${damaged.length} objects are damaged in the first vault and were not copied, the others were: ${damaged.toSorted()[0]}`,
    );
  return doneBytes;
}

async function missing(from: ObjectStore, to: ObjectStore, type: ObjectType): Promise<LackingList> {
  if (type === 'config') return listOf((await to.size('config', '')) === undefined ? [CONFIG] : []);
  const lacking = await lackingIn(from, to, type);
  if (type !== 'snapshots') return lacking;
  using few = lacking;
  return listOf(await inOrder(from, [...few.rows()]));
}

const CONFIG: Lacking = { name: '', bytes: 0, isCut: false };

function listOf(rows: readonly Lacking[]): LackingList {
  return { rows: () => rows, [Symbol.dispose]: () => undefined };
}

/** Snapshots as they came to the first place: what arrives last at the second is the newest there, too. */
async function inOrder(from: ObjectStore, rows: readonly Lacking[]): Promise<readonly Lacking[]> {
  const arrived = rows.length > 1 ? await from.arrivals?.('snapshots') : undefined;
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
