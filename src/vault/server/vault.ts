/**
 * The vault: a folder with what clients stored, the journal of everything that was accepted, and the clock that locks are counted by. Every verb that
 * removes something asks the journal's table, never the client.
 */
import { randomUUID } from 'node:crypto';
import { mkdir, readFile, rename, rm, stat, unlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { openFolderStore } from '#vault/store/folder-store.ts';
import type { Client, Standing } from '#vault/server/admission.ts';
import { Holdings } from '#vault/server/holdings.ts';
import type { Held } from '#vault/server/holdings.ts';
import { openJournal } from '#vault/server/journal.ts';
import { receiveObject } from '#vault/server/receive.ts';
import { startClock, tick, trusted } from '#vault/server/vault-clock.ts';
import type { ClockReading, VaultClockState } from '#vault/server/vault-clock.ts';
import type { ObjectStore, ObjectType } from '#ports/object-store.ts';
import { Fault } from '#std/refused.ts';
import { z } from 'zod';

const DAY_MS = 86_400_000;

/** Makes files immutable at the level of the operating system, where there is somebody who can. */
export interface Immutable {
  lock(path: string): Promise<void>;
  /** Only for what the table says may go. */
  unlock(path: string): Promise<void>;
}

export interface VaultParts {
  readonly folder: string;
  read(): ClockReading;
  readonly immutable?: Immutable;
}

export interface Vault {
  readonly holdings: Holdings;
  /** Hash of the journal's newest line. */
  head(): string;
  /** Vault time, after looking at the clocks. */
  now(): Promise<VaultClockState>;
  standing(client: Client): Promise<Standing>;
  store(client: string): ObjectStore;
  accept(
    client: Client,
    type: ObjectType,
    name: string,
    body: AsyncIterable<Uint8Array>,
    length: number,
  ): Promise<'created' | 'present'>;
  removeLock(client: string, name: string): Promise<void>;
  /** Keys and configs are taken until `minutes` from now. */
  openWindow(minutes: number): Promise<void>;
  /** Extends the lock of everything live to `days` from now; the clients have no part in it. */
  renew(days: number): Promise<number>;
  mark(prune: string, client: string, objects: readonly string[], waitMs: number): Promise<void>;
  unmark(prune: string): Promise<void>;
  /** Removes what is marked and free; how many objects. Nothing while the clock is doubted or `isPaused`. */
  sweep(isPaused: boolean): Promise<number>;
  trustClock(): Promise<void>;
  close(): Promise<void>;
}

const clockFile = z.strictObject({
  at: z.number(),
  wall: z.number(),
  monotonic: z.number(),
  boot: z.string().max(100),
  doubt: z.string().max(300).optional(),
});

export async function openVault({ folder, read, immutable }: VaultParts): Promise<Vault> {
  await mkdir(join(folder, 'repositories'), { recursive: true, mode: 0o700 });
  const holdings = new Holdings();
  const journal = await openJournal(folder, (line) => holdings.apply(line));
  const stores = new Map<string, ObjectStore>();
  const clockPath = join(folder, 'clock.json');
  let clock: VaultClockState = (await readClock(clockPath)) ?? startClock(read());
  let windowUntil = 0;

  async function now(): Promise<VaultClockState> {
    const before = clock;
    clock = tick(clock, read());
    if (clock.doubt !== before.doubt || clock.at - before.at > SAVE_MS || clock.boot !== before.boot) await saveClock();
    return clock;
  }

  async function saveClock(): Promise<void> {
    const aside = `${clockPath}.${randomUUID()}`;
    await writeFile(aside, JSON.stringify(clock), { mode: 0o600, flush: true });
    await rename(aside, clockPath);
  }

  function root(client: string): string {
    return join(folder, 'repositories', client);
  }

  function pathOf(client: string, type: ObjectType, name: string): string {
    if (type === 'config') return join(root(client), 'config');
    return type === 'data' ? join(root(client), 'data', name.slice(0, 2), name) : join(root(client), type, name);
  }

  function store(client: string): ObjectStore {
    const known = stores.get(client) ?? openFolderStore(root(client));
    stores.set(client, known);
    return known;
  }

  async function accept(
    client: Client,
    type: ObjectType,
    name: string,
    body: AsyncIterable<Uint8Array>,
    length: number,
  ): Promise<'created' | 'present'> {
    const path = pathOf(client.name, type, name);
    const received = await receiveObject(path, body, { length, name: type === 'config' ? undefined : name });
    if (received === 'present') return 'present';
    if (type === 'locks') return 'created';
    await immutable?.lock(path);
    const { at } = await now();
    const lockedUntil = at + client.lockDays * DAY_MS;
    const object = type === 'config' ? '' : name;
    await journal.append([
      { kind: 'accepted', at, client: client.name, type, object, bytes: received.bytes, lockedUntil },
    ]);
    return 'created';
  }

  async function remove(held: Held): Promise<void> {
    const path = pathOf(held.client, held.type, held.object);
    await immutable?.unlock(path);
    await rm(path, { force: true });
  }

  async function sweep(isPaused: boolean): Promise<number> {
    const { at, doubt } = await now();
    if (isPaused) return 0;
    const free = holdings.sweepable(at, doubt !== undefined);
    for (const prune of new Set(free.map(({ mark }) => mark?.prune ?? ''))) {
      const gone = free.filter(({ mark }) => mark?.prune === prune);
      // The journal says it before it happens: an interruption leaves files that nobody lists, never lines that lie.
      const objects = gone.map(({ client, type, object }) => Holdings.key(client, type, object));
      for (const held of gone) await remove(held);
      await journal.append([{ kind: 'swept', at, prune, objects }]);
    }
    return free.length;
  }

  return {
    holdings,
    head: () => journal.head,
    now,
    store,
    accept,
    sweep,
    async standing(client) {
      const { at } = await now();
      return {
        client,
        bytes: holdings.bytesOf(client.name),
        bytesToday: holdings.bytesSince(client.name, at),
        hasConfig: (await stat(pathOf(client.name, 'config', '')).catch(() => undefined)) !== undefined,
        locks: (await store(client.name).list('locks')).length,
        isWindowOpen: at < windowUntil,
      };
    },
    async removeLock(client, name) {
      await unlink(pathOf(client, 'locks', name)).catch((cause: unknown) => {
        if ((cause as NodeJS.ErrnoException).code !== 'ENOENT') throw cause; // an error of Node's file functions
      });
    },
    async openWindow(minutes) {
      windowUntil = (await now()).at + minutes * 60_000;
    },
    async renew(days) {
      const { at } = await now();
      await journal.append([{ kind: 'renewed', at, until: at + days * DAY_MS }]);
      return holdings.size;
    },
    async mark(prune, client, objects, waitMs) {
      const { at } = await now();
      const unknown = objects.find((object) => !isHeld(holdings, client, object));
      if (unknown !== undefined) throw new Fault('not-held', `the vault does not hold ${unknown.slice(0, 120)}`);
      await journal.append([{ kind: 'marked', at, prune, client, objects: [...objects], notBefore: at + waitMs }]);
    },
    async unmark(prune) {
      const { at } = await now();
      await journal.append([{ kind: 'unmarked', at, prune }]);
    },
    async trustClock() {
      clock = trusted(tick(clock, read()));
      await saveClock();
    },
    async close() {
      await saveClock();
      await journal.close();
    },
  };
}

/** The clock's file is written when so much time has passed: less is lost to a crash than a reboot may credit. */
const SAVE_MS = 60_000;

/** `object` is `type/name`; only data, index and snapshots can be marked. */
function isHeld(holdings: Holdings, client: string, object: string): boolean {
  const [type, name] = object.split('/');
  if (type !== 'data' && type !== 'index' && type !== 'snapshots') return false;
  return holdings.get(client, type, name ?? '') !== undefined;
}

async function readClock(path: string): Promise<VaultClockState | undefined> {
  const text = await readFile(path, 'utf8').catch(() => undefined);
  if (text === undefined) return undefined;
  const { doubt, ...rest } = clockFile.parse(JSON.parse(text));
  return doubt === undefined ? rest : { ...rest, doubt };
}
