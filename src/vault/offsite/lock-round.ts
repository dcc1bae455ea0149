/**
 * One round over the locks of a repository in a bucket: every object that counts is asked until when it is locked, and what runs out too soon
 * is locked anew. The round is level, not an edge: cut off anywhere, the next one does what is left. A lock in compliance mode never gets
 * shorter, so what a round measured stays true.
 */
import { extendLock, retentionOf } from '#vault/store/s3-retention.ts';
import type { S3Object, S3Store } from '#vault/store/s3-store.ts';
import { Fault } from '#std/refused.ts';

const AT_ONCE = 16;
const NAMED_MAX = 50;
/** Stores tell their time in whole seconds, and their machines differ a little. */
const MARGIN_MS = 60_000;

export interface LockWish {
  /** What is locked for less than until here is made longer. */
  readonly atLeast: number;
  /** To here. */
  readonly until: number;
  /** Versions that are older, by the store's clock, were measured by an earlier round and are passed over. */
  readonly since?: number;
}

export interface LockRound {
  readonly objects: number;
  readonly bytes: number;
  readonly measured: number;
  readonly extended: number;
  /** When the first of those that were measured may be removed; undefined when none was. */
  readonly soonest: number | undefined;
  /** By the store's clock: whatever is older was seen, so the next round may begin there. */
  readonly seenTo: number;
  /** Keys with a delete marker on top: hidden from everybody but us. */
  readonly hidden: readonly string[];
  /** Keys under which somebody put another version. */
  readonly overlaid: readonly string[];
  /** Keys without any version that is what its name says. */
  readonly lost: readonly string[];
  /** `key: why` for locks that could not be read or made longer. */
  readonly failed: readonly string[];
  /** How many there are of the four above, named or not. */
  readonly troubles: number;
}

export async function runLockRound(store: S3Store, wish: LockWish): Promise<LockRound> {
  const round = begin();
  const begunAt = Date.now();
  const running = new Set<Promise<void>>();
  for await (const object of store.objects()) {
    if (running.size >= AT_ONCE) await Promise.race(running);
    const one = visit(store, object, wish, round).catch((cause: unknown) => {
      if (!(cause instanceof Fault) || cause.code === 'vault-unreachable' || cause.code === 'clock-skew') throw cause;
      name(round, round.failed, `${object.history.key}: ${cause.message}`);
    });
    running.add(one);
    one.then(
      () => running.delete(one),
      () => undefined, // stays: the race, or the end, hears of it
    );
  }
  await Promise.all(running);
  return { ...round, seenTo: begunAt + (store.client.skewMs() ?? 0) - MARGIN_MS };
}

function begin() {
  return {
    objects: 0,
    bytes: 0,
    measured: 0,
    extended: 0,
    soonest: undefined as number | undefined,
    hidden: [] as string[],
    overlaid: [] as string[],
    lost: [] as string[],
    failed: [] as string[],
    troubles: 0,
  };
}

type Growing = ReturnType<typeof begin>;

async function visit(store: S3Store, object: S3Object, wish: LockWish, round: Growing): Promise<void> {
  const { key, versions, isHidden } = object.history;
  if (isHidden) name(round, round.hidden, key);
  if (versions.length > 1) name(round, round.overlaid, key);
  const version = await store.versionOf(object);
  if (version === undefined) return name(round, round.lost, key);
  round.objects += 1;
  round.bytes += version.bytes;
  if (wish.since !== undefined && version.at < wish.since) return;
  const now = await retentionOf(store.client, key, version.versionId);
  // Everything of ours was locked when it was stored: what is not is somebody else's until it was read.
  if (now?.mode !== 'COMPLIANCE' && !(await isReadable(store, object))) return name(round, round.lost, key);
  const isLong = now?.mode === 'COMPLIANCE' && now.until >= wish.atLeast;
  const until = isLong ? now.until : await extendLock(store.client, key, version.versionId, wish.until);
  if (!isLong) round.extended += 1;
  round.measured += 1;
  round.soonest = Math.min(round.soonest ?? Infinity, until);
}

async function isReadable(store: S3Store, { type, name: object }: S3Object): Promise<boolean> {
  try {
    await store.get(type, object);
    return true;
  } catch (cause) {
    if (cause instanceof Fault && cause.code === 'object-damaged') return false;
    throw cause;
  }
}

function name(round: Growing, list: string[], text: string): void {
  round.troubles += 1;
  if (list.length < NAMED_MAX) list.push(text);
}
