/**
 * Whether what lies under a name is what the name says, and how it becomes that again. Right bytes are never replaced: what lies there is hashed before
 * anything is taken in, what comes is hashed before it takes the place, and damage stands in the journal until both are done. The damaged file is kept
 * aside.
 */
import { lstat, rename } from 'node:fs/promises';
import { dirname } from 'node:path';
import { expectRoom } from '#vault/server/acceptance.ts';
import type { Held } from '#vault/server/holdings.ts';
import { digestOf, keepBeside, receiveAside, syncFolder } from '#vault/server/receive.ts';
import type { VaultRoom } from '#vault/server/vault.ts';
import type { ObjectType } from '#ports/object-store.ts';
import { Fault } from '#std/refused.ts';

export type Look = (held: Held) => Promise<'whole' | 'damaged' | 'unknown'>;

export interface Healing {
  /**
   * `whole`: it is what its name says, and nothing was changed. Faults: `not-held`, `set-aside`, `unprovable` (a config from before its hash was written
   * down), `wrong-name` and the like for the bytes that come.
   */
  heal(
    client: string,
    type: ObjectType,
    name: string,
    body: AsyncIterable<Uint8Array>,
    length: number,
  ): Promise<'healed' | 'whole'>;
  /** Hashes what lies there. What is found goes into the journal; `unknown`: there is nothing to hold it against. */
  readonly look: Look;
  /** Objects whose files a start did not find, or not whole: `client/type/name`. */
  noteMissing(objects: readonly string[]): Promise<void>;
}

/** Damaged files that are kept; when there are so many the disk is gone, and more of them tell nothing. */
const KEPT_MAX = 200;
const LOCK_MS_MIN = 60_000;

export function openHealing(room: VaultRoom): Healing {
  const { layout, holdings, journal, clock, immutable } = room;
  /** One at a time: a look at a file that is just being replaced would find either. */
  let busy: Promise<unknown> = Promise.resolve();

  function inTurn<T>(act: () => Promise<T>): Promise<T> {
    const next = busy.then(act);
    busy = next.catch(() => undefined);
    return next;
  }

  const pathOf = ({ client, type, object }: Held): string => layout.pathOf(client, type, object);
  const isHeld = (held: Held): boolean => holdings.get(held.client, held.type, held.object) === held;

  async function note(kind: 'damaged' | 'healed', { client, type, object }: Held): Promise<void> {
    const { at } = await clock.now();
    await journal.append([{ kind, at, client, type, object }]);
  }

  /** Locked first: a line that says whole is about a file that nobody changes. */
  async function noteHealed(held: Held): Promise<void> {
    const { at } = await clock.now();
    await immutable?.lock(pathOf(held), Math.ceil(Math.max(LOCK_MS_MIN, holdings.lockedUntil(held) - at)));
    await note('healed', held);
  }

  async function lookNow(held: Held): Promise<'whole' | 'damaged' | 'unknown'> {
    const expected = nameOf(held);
    if (expected === undefined) return 'unknown';
    const sha256 = await hashAt(pathOf(held));
    if (!isHeld(held)) return 'unknown'; // swept meanwhile
    if (sha256 === expected) {
      if (held.damagedAt !== undefined) await noteHealed(held);
      return 'whole';
    }
    if (held.damagedAt === undefined) await note('damaged', held);
    return 'damaged';
  }

  async function heal(held: Held, body: AsyncIterable<Uint8Array>, length: number): Promise<'healed' | 'whole'> {
    const name = nameOf(held);
    if (name === undefined) throw new Fault('unprovable', 'the journal does not say what this config was');
    if ((await inTurn(() => lookNow(held))) === 'whole') return 'whole';
    await expectRoom(layout.root, length, room.freeBytesMin);
    await receiveAside(pathOf(held), body, { length, name }, (aside) => inTurn(() => place(held, aside)));
    return 'healed';
  }

  async function place(held: Held, aside: string): Promise<void> {
    if ((await lookNow(held)) !== 'damaged') return; // somebody else healed it meanwhile
    const path = pathOf(held);
    if (await isThere(path)) await immutable?.letGoDamaged(path);
    await keepBeside(path, layout.damaged, KEPT_MAX);
    await rename(aside, path);
    await syncFolder(dirname(path));
    await noteHealed(held);
  }

  return {
    heal(client, type, name, body, length) {
      const held = holdings.get(client, type, type === 'config' ? '' : name);
      if (held === undefined) return refused('not-held', 'the vault does not hold this object: store it as a new one');
      if (held.mark !== undefined) return refused('set-aside', 'a removal that people approved has set this aside');
      return heal(held, body, length);
    },
    look: (held) => inTurn(() => lookNow(held)),
    async noteMissing(objects) {
      const missing = new Set(objects);
      for (const held of [...holdings.all()].filter(({ client, type, object }) =>
        missing.has(`${client}/${type}/${object}`),
      ))
        if (held.damagedAt === undefined) await note('damaged', held);
    },
  };
}

function refused(code: string, says: string): Promise<never> {
  return Promise.reject(new Fault(code, says));
}

/** What its bytes hash to when they are right. */
function nameOf({ type, object, sha256 }: Held): string | undefined {
  return type === 'config' ? sha256 : object;
}

async function isThere(path: string): Promise<boolean> {
  return lstat(path).then(
    () => true,
    () => false,
  );
}

/** Undefined when it is not there or the disk does not give it back. */
async function hashAt(path: string): Promise<string | undefined> {
  try {
    return (await digestOf(path)).sha256;
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException; // an error of Node's file functions
    if (code === 'ENOENT' || code === 'EIO') return undefined;
    throw cause;
  }
}
