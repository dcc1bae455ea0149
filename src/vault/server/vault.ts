/**
 * The vault: a folder with what clients stored, the journal of everything that was accepted, and the clock that locks are counted by. Every verb that
 * removes something asks the journal's table, never the client. Clients see what the journal names and nothing else that lies in the folder.
 */
import { mkdir, stat, unlink } from 'node:fs/promises';
import type { Client, Standing } from '#vault/server/admission.ts';
import { createAcceptance } from '#vault/server/acceptance.ts';
import { Holdings } from '#vault/server/holdings.ts';
import { openJournal } from '#vault/server/journal.ts';
import type { Journal } from '#vault/server/journal.ts';
import { layoutOf, namesIn } from '#vault/server/layout.ts';
import type { Layout } from '#vault/server/layout.ts';
import { openLocking } from '#vault/server/locking.ts';
import type { Locking } from '#vault/server/locking.ts';
import { reconcile } from '#vault/server/reconcile.ts';
import type { Reconciled } from '#vault/server/reconcile.ts';
import { openHealing } from '#vault/server/healing.ts';
import type { Healing } from '#vault/server/healing.ts';
import { openRereading } from '#vault/server/rereading.ts';
import type { Rereading } from '#vault/server/rereading.ts';
import { openRemovals } from '#vault/server/removals.ts';
import type { Removals } from '#vault/server/removals.ts';
import { openTimekeeper } from '#vault/server/timekeeper.ts';
import type { Timekeeper } from '#vault/server/timekeeper.ts';
import { Turns } from '#vault/server/turns.ts';
import type { ClockReading, VaultClockState } from '#vault/server/vault-clock.ts';
import type { ObjectType, StoredObject } from '#ports/object-store.ts';

const DAY_MS = 86_400_000;
/** So much of the disk stays free, so that the journal and the lock files of clients always find room. */
const FREE_BYTES_MIN = 64 << 20;

/** A start reads so much of the journal in a second or two. */
const FOLD_BYTES = 64 << 20;
/** And a fold writes the whole table: it waits until as many bytes of new lines are there as a quarter of what the table holds. */
const FOLD_ROW_BYTES = 40;

/** Makes files immutable at the level of the operating system, where there is somebody who can. */
export interface Immutable {
  /** Resolves when the file cannot be changed, and will not be for so long. */
  lock(path: string, forMs: number): Promise<void>;
  /** Everything that was ever locked, but these; the locks of all others last at least so long from now. */
  renew(except: readonly string[], forMs: number): Promise<void>;
  /** Of these (1000 at most) those that are free, never locked or left out of the newest renewal, are locked for so long; gives those that could not be. */
  hold(paths: readonly string[], forMs: number): Promise<readonly string[]>;
  /** The file can be changed until it is locked again: only when its bytes are not what it is named by, which is looked at on that side. */
  letGoDamaged(path: string): Promise<void>;
}

export interface VaultParts {
  readonly folder: string;
  read(): ClockReading;
  readonly immutable?: Immutable;
  readonly freeBytesMin?: number;
  /** A journal of so many bytes is folded. */
  readonly foldBytes?: number;
}

/** What every part of the vault works on. */
export interface VaultRoom {
  readonly layout: Layout;
  readonly holdings: Holdings;
  readonly journal: Journal;
  readonly clock: Timekeeper;
  readonly immutable: Immutable | undefined;
  readonly freeBytesMin: number;
  /** By the path of an object. */
  readonly turns: Turns;
}

export interface Vault extends Removals, Healing, Rereading, Locking {
  readonly holdings: Holdings;
  /** What the start found. */
  readonly found: Reconciled;
  /** Hash of the journal's newest line. */
  head(): string;
  /** Hash of line `n`; undefined when there is no such line. */
  headAt(n: number): Promise<string | undefined>;
  /** Vault time, after looking at the clocks. */
  now(): Promise<VaultClockState>;
  standing(client: Client): Promise<Standing>;
  /** Names and sizes that the client may see: what comes or goes meanwhile is among them or not. */
  each(client: string, type: ObjectType): AsyncIterable<StoredObject>;
  /** Where its bytes lie, and how many; undefined when it is not there for clients. */
  find(
    client: string,
    type: ObjectType,
    name: string,
  ): Promise<{ readonly path: string; readonly bytes: number } | undefined>;
  accept(
    client: Client,
    type: ObjectType,
    name: string,
    body: AsyncIterable<Uint8Array>,
    length: number,
  ): Promise<'created' | 'present'>;
  removeLock(client: string, name: string): Promise<void>;
  /** Keys and configs are taken until `minutes` from now, and the window stays open over a restart. 0 closes it. */
  openWindow(minutes: number): Promise<number>;
  trustClock(): Promise<void>;
  /** Folds a journal that has grown long; whether it did. */
  foldJournal(): Promise<boolean>;
  close(): Promise<void>;
}

export async function openVault({
  folder,
  read,
  immutable,
  freeBytesMin,
  foldBytes = FOLD_BYTES,
}: VaultParts): Promise<Vault> {
  const layout = layoutOf(folder);
  await mkdir(layout.repositories, { recursive: true, mode: 0o700 });
  const holdings = new Holdings();
  const journal = await openJournal(folder, (line) => holdings.apply(line), holdings);
  const clock = await openTimekeeper(layout.clock, holdings.at, read, journal);
  const turns = new Turns();
  const room = { layout, holdings, journal, clock, immutable, turns, freeBytesMin: freeBytesMin ?? FREE_BYTES_MIN };
  const found = await settle(room);
  const healing = openHealing(room);
  await healing.noteMissing(found.missing);
  const locking = openLocking(room);
  return {
    ...openRemovals(room, () => locking.noteTakenBack()),
    ...locking,
    ...healing,
    ...(await openRereading(room, healing.look)),
    ...lockFiles(layout),
    holdings,
    found,
    head: () => journal.head,
    headAt: (n) => journal.headAt(n),
    now: () => clock.now(),
    accept: createAcceptance(room),
    standing: (client) => standingOf(room, client),
    async *each(client, type) {
      if (type === 'locks') return yield* eachLock(layout, client);
      for (const { object, bytes } of holdings.each(client, type)) yield { name: object, bytes };
    },
    async find(client, type, name) {
      const path = layout.pathOf(client, type, name);
      if (type !== 'locks' && holdings.readable(client, type, name) === undefined) return undefined;
      const bytes = await sizeOf(path);
      return bytes === undefined ? undefined : { path, bytes };
    },
    async openWindow(minutes) {
      const { at } = await clock.now();
      const until = at + minutes * 60_000;
      await journal.append([{ kind: 'window', at, until }]);
      return until;
    },
    trustClock: () => clock.trust(),
    async foldJournal() {
      if (journal.bytes < Math.max(foldBytes, holdings.size * FOLD_ROW_BYTES)) return false;
      await journal.fold();
      return true;
    },
    async close() {
      await clock.close();
      await journal.close();
    },
  };
}

/** What the start found is written down: adopted objects get their locks, a sweep that was cut off is finished. */
async function settle(room: VaultRoom): Promise<Reconciled> {
  const { layout, holdings, journal, clock, immutable } = room;
  const { at } = await clock.now();
  const found = await reconcile(layout, holdings, at);
  for (const { client, type, object, path, bytes } of found.adopted) {
    await immutable?.lock(path, ADOPTED_MS);
    await journal.append([{ kind: 'accepted', at, client, type, object, bytes, lockedUntil: at + ADOPTED_MS }]);
  }
  for (const { client, type, object, mark } of found.swept)
    await journal.append([
      { kind: 'swept', at, prune: mark?.prune ?? '', objects: [Holdings.key(client, type, object)] },
    ]);
  return found;
}

/** Until the next renewal takes it up with everything else. */
const ADOPTED_MS = 30 * DAY_MS;

async function standingOf({ layout, holdings, clock }: VaultRoom, client: Client): Promise<Standing> {
  const { at } = await clock.now();
  return {
    client,
    bytes: holdings.bytesOf(client.name),
    bytesToday: holdings.bytesOfDay(client.name, at),
    hasConfig: holdings.get(client.name, 'config', '') !== undefined,
    locks: (await namesIn(layout.pathOf(client.name, 'locks', ''), LOCK_NAME)).length,
    isWindowOpen: at < holdings.windowUntil,
  };
}

const LOCK_NAME = /^[0-9a-f]{64}$/;

function lockFiles(layout: Layout): Pick<Vault, 'removeLock'> {
  return {
    async removeLock(client, name) {
      await unlink(layout.pathOf(client, 'locks', name)).catch((cause: unknown) => {
        if ((cause as NodeJS.ErrnoException).code !== 'ENOENT') throw cause; // an error of Node's file functions
      });
    },
  };
}

async function* eachLock(layout: Layout, client: string): AsyncGenerator<StoredObject> {
  for (const name of await namesIn(layout.pathOf(client, 'locks', ''), LOCK_NAME)) {
    const bytes = await sizeOf(layout.pathOf(client, 'locks', name));
    if (bytes !== undefined) yield { name, bytes };
  }
}

async function sizeOf(path: string): Promise<number | undefined> {
  try {
    return (await stat(path)).size;
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return undefined; // an error of Node's file functions
    throw cause;
  }
}
