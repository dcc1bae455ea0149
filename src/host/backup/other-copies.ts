/**
 * A copy that cannot read one of its folders, or the snapshot itself, still has the pieces of the files: other copies are asked for the way to them. Each is
 * opened when it is needed first. What it says goes by the hash of its content, so that it is the same folder whoever gave it.
 */
import { readPassword } from './repository-keys.ts';
import { asDamage, openRepository } from '#vault/engine/repository.ts';
import type { Repository } from '#vault/engine/repository.ts';
import { openStore } from '#vault/store/open-store.ts';
import type { StorePlace } from '#vault/store/open-store.ts';
import type { ObjectStore } from '#ports/object-store.ts';
import { Fault } from '#std/refused.ts';

export interface OtherCopies {
  /** The same repository, whose folders and snapshots come from the others where it has them damaged or not at all. */
  beside(repository: Repository): Repository;
  close(): Promise<void>;
}

export function otherCopies(places: readonly StorePlace[], passwordFile: string): OtherCopies {
  const stores: ObjectStore[] = [];
  const opened = new Map<StorePlace, Promise<Repository | undefined>>();

  async function open(place: StorePlace): Promise<Repository | undefined> {
    try {
      const store = openStore(place);
      stores.push(store);
      return await openRepository({ store, password: readPassword(passwordFile) });
    } catch (cause) {
      return noHelp(cause);
    }
  }

  function copyAt(place: StorePlace): Promise<Repository | undefined> {
    const copy = opened.get(place) ?? open(place);
    opened.set(place, copy);
    return copy;
  }

  async function fromAny<T>(read: (copy: Repository) => Promise<T>): Promise<T | undefined> {
    for (const place of places) {
      const copy = await copyAt(place);
      const found = copy === undefined ? undefined : await read(copy).catch(noHelp);
      if (found !== undefined) return found;
    }
    return undefined;
  }

  return {
    beside(repository) {
      async function ask<T>(object: string, read: (copy: Repository) => Promise<T>): Promise<T> {
        try {
          return await read(repository);
        } catch (cause) {
          asDamage(object, cause);
          const found = await fromAny(read);
          if (found === undefined) throw cause;
          return found;
        }
      }
      return {
        ...repository,
        readTree: (id) => ask(`tree ${id}`, (copy) => copy.readTree(id)),
        snapshot: (id) => ask(`snapshots/${id}`, (copy) => copy.snapshot(id)),
      };
    },
    async close() {
      await Promise.all(stores.map((store) => store.close()));
    },
  };
}

/** It does not answer, or lacks the same: the next may not. */
function noHelp(cause: unknown): undefined {
  if (!(cause instanceof Fault)) throw cause;
}
