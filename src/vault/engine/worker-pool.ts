/**
 * The hands that read files: the thread that walks is the first of them, between its turns, and each further one is a thread. Whoever has least at hand
 * gets the next batch, and a long one only who has nothing else: so none waits while another is behind.
 */
import { handHere, handInThread } from '#vault/engine/hands.ts';
import type { Hand } from '#vault/engine/hands.ts';
import type { FileDone, FilePart, FromWorker, WorkerSetting } from '#vault/engine/work.ts';
import { receivedFile } from '#vault/engine/file-message.ts';
import { joinParts, planParts, planResumed } from '#vault/engine/file-parts.ts';
import type { Stretches } from '#vault/engine/file-parts.ts';
import { createWorkQueue } from '#vault/engine/work-queue.ts';
import type { Batch } from '#vault/engine/work-queue.ts';
import type { PackedBlob } from '#vault/format/blob.ts';
import type { ObjectStore } from '#ports/object-store.ts';
import { Fault } from '#std/refused.ts';

export interface PoolEvents {
  packed(id: string, blobs: readonly PackedBlob[], bytes: number): void;
  read(bytes: number): void;
}

export interface WorkerPool {
  /** Resolves when the file has been read and every new piece of it has its place in a pack. */
  read(path: Uint8Array, sizeBytes: number, stretches?: Stretches): Promise<FileDone>;
  /** To be waited for while too much is on its way, and now and then so that threads are heard; undefined lets the walk go on at once. */
  ready(): Promise<void> | undefined;
  /** Hands over what is gathered; resolves when every pack is durable. */
  flush(): Promise<void>;
  close(): Promise<void>;
}

/** Batches that one thread has at hand: the one it works on and the next, together no longer than this. */
const AHEAD = 2;
const AHEAD_BYTES = 16 * 1024 * 1024;
/** Files that the walk hands over, or passes, before it lets the threads be heard. */
const HEARD_EVERY = 64;
/** Files handed over and not yet done. */
const PENDING_MAX = 1024;

interface Asked extends PromiseWithResolvers<FileDone> {
  readonly part: FilePart | undefined;
  readonly stretches: Stretches | undefined;
}

interface BusyHand extends Hand {
  /** What it has at hand, in the order that it answers. */
  readonly batches: Batch[];
  flushed: (() => void) | undefined;
}

export interface PoolParts {
  /** Of the thread that walks; others open their own. */
  readonly store: Pick<ObjectStore, 'put'>;
  /** Asked when the first hand is hired. */
  readonly setting: () => WorkerSetting;
  /** Whether files are read from clones, where their place has such. */
  readonly isHeld: boolean;
  readonly events: PoolEvents;
}

/** `count` hands at most. */
export function startWorkers(count: number, { store, setting, isHeld, events }: PoolParts): WorkerPool {
  const waiting = new Map<number, Asked>();
  const queue = createWorkQueue();
  let jobs = 0;
  let unheard = 0;
  let resume: PromiseWithResolvers<void> | undefined;
  let idle: (() => void) | undefined;
  let isFailed = false;
  /** Clones of parts would be of several instants: a file is divided when it is known that there are none. */
  let isDivided = !isHeld;
  const { promise: failed, reject } = Promise.withResolvers<never>();
  failed.catch(() => undefined);
  const hands: BusyHand[] = [];

  /** Each file waits for its own answer, and so does each pause of the walk: a million of them waiting on one promise would never be forgotten. */
  function fail(cause: unknown): void {
    isFailed = true;
    reject(cause);
    resume?.reject(cause);
    for (const { reject: end } of waiting.values()) end(cause);
  }

  function hire(): BusyHand {
    const events = { heard: (message: FromWorker) => heard(hand, message), failed: fail };
    const link = hands.length === 0 ? handHere(setting(), store, events) : handInThread(setting(), events);
    const hand: BusyHand = { ...link, batches: [], flushed: undefined };
    hands.push(hand);
    return hand;
  }

  function heard(hand: BusyHand, message: FromWorker): void {
    switch (message.kind) {
      case 'read':
        return events.read(message.bytes);
      case 'stretch':
        return waiting.get(message.file.job)?.stretches?.told(message.at, receivedFile(message.file));
      case 'pack':
        return events.packed(message.id, message.blobs, message.bytes);
      case 'flushed':
        return hand.flushed?.();
      case 'failed':
        return fail(new Fault(message.code, message.message, { retry: message.retry }));
      case 'done':
        hand.batches.shift();
        for (const sent of message.files) {
          const file = receivedFile(sent);
          const asked = waiting.get(file.job);
          asked?.resolve(file);
          waiting.delete(file.job);
          isDivided ||= asked?.part?.isWatched !== true && file.isHeld !== true && file.bytes > 0;
        }
        pump();
        if (waiting.size < PENDING_MAX) resume?.resolve();
        if (waiting.size === 0) idle?.();
    }
  }

  /** A thread is started when there is work that no other is free for: a backup that finds nothing new starts none. */
  function pump(): void {
    for (;;) {
      const hand = leastBusy(hands);
      const isFree = hand?.batches.length === 0;
      const isHiring = !isFree && hands.length < count;
      const batch = queue.next(isFree || isHiring ? Infinity : roomOf(hand));
      if (batch === undefined) return;
      const taker = isHiring || hand === undefined ? hire() : hand;
      taker.batches.push(batch);
      taker.send({ kind: 'files', files: batch.files });
    }
  }

  function handOver(): void {
    queue.handOver();
    pump();
  }

  function ask(path: Uint8Array, sizeBytes: number, part?: FilePart, stretches?: Stretches): Promise<FileDone> {
    if (isFailed) return failed;
    const job = (jobs += 1);
    const done = Promise.withResolvers<FileDone>();
    waiting.set(job, { ...done, part, stretches });
    if (queue.add(part === undefined ? { job, path } : { job, path, part }, sizeBytes)) pump();
    return done.promise;
  }

  /** What is known of it already stands among the parts. */
  async function readParts(
    path: Uint8Array,
    sizeBytes: number,
    parts: readonly (FileDone | FilePart)[],
    stretches?: Stretches,
  ): Promise<FileDone> {
    const isResumed = parts.some((part) => 'content' in part);
    let done = await Promise.all(
      parts.map((part) =>
        'content' in part ? part : ask(path, (part.until ?? sizeBytes) - part.from, part, stretches),
      ),
    );
    for (;;) {
      const joined = joinParts(done);
      const isTorn = isResumed && joined.kind === 'done' && joined.done.steadiness === 'changed';
      if (joined.kind === 'done' && !isTorn) return joined.done;
      if (joined.kind !== 'rest') {
        const again = ask(path, sizeBytes);
        handOver(); // the walk may be over, and nothing else hands over what is short
        return again;
      }
      const rest = isResumed ? { ...joined.rest, isWatched: true as const } : joined.rest;
      const again = ask(path, sizeBytes - rest.from, rest, stretches);
      handOver();
      done = [...joined.before, await again];
    }
  }

  async function fewer(): Promise<void> {
    handOver();
    if (isFailed) return failed;
    resume = Promise.withResolvers();
    await resume.promise;
    resume = undefined;
  }

  return {
    read(path, sizeBytes, stretches) {
      const divided = isDivided ? planParts(sizeBytes, count) : [];
      const parts = divided.length < 2 ? [{ from: 0, isExact: true }] : divided;
      const resumed = stretches === undefined ? [] : planResumed(parts, stretches.find);
      if (resumed.some((part) => 'content' in part)) return readParts(path, sizeBytes, resumed, stretches);
      return parts.length < 2
        ? ask(path, sizeBytes, undefined, stretches)
        : readParts(path, sizeBytes, parts, stretches);
    },
    ready() {
      if (waiting.size >= PENDING_MAX) return fewer();
      unheard += 1;
      if (unheard < HEARD_EVERY || waiting.size === 0) return undefined;
      unheard = 0;
      return new Promise((heard) => setImmediate(heard));
    },
    async flush() {
      handOver();
      if (waiting.size > 0) await Promise.race([new Promise<void>((go) => (idle = go)), failed]);
      const all = hands.map(
        (one) =>
          new Promise<void>((go) => {
            one.flushed = go;
            one.send({ kind: 'flush' });
          }),
      );
      await Promise.race([Promise.all(all), failed]);
    },
    async close() {
      await Promise.all(hands.map(({ end }) => end()));
    },
  };
}

/** Of those that may have more at hand. */
function leastBusy(hands: readonly BusyHand[]): BusyHand | undefined {
  const open = hands.filter(({ batches }) => batches.length < AHEAD);
  return open.reduce<BusyHand | undefined>((least, one) => (bytesOf(one) < bytesOf(least) ? one : least), open[0]);
}

function bytesOf(hand: BusyHand | undefined): number {
  return hand?.batches.reduce((sum, { bytes }) => sum + bytes, 0) ?? 0;
}

function roomOf(hand: BusyHand | undefined): number {
  return hand === undefined ? -1 : AHEAD_BYTES - bytesOf(hand);
}
