/**
 * What a repository needs before it can be opened: a key that is whole, and its config. Both come from the other copy: a key when its bytes hash to its
 * name and this password opens it, so that nobody plants another one this way; a config when it opens with the repository's key and the one here does not.
 */
import { keysToTry, nameOf, noKey, openRepository, wholeConfig, wholeKey } from '#vault/engine/repository.ts';
import { openKey } from '#vault/format/key-format.ts';
import { replaceConfig } from '#vault/store/folder-store.ts';
import type { StorePlace } from '#vault/store/open-store.ts';
import type { ObjectStore } from '#ports/object-store.ts';
import { Bug } from '#std/assert.ts';
import { Fault } from '#std/refused.ts';

export interface Foundation {
  readonly place: StorePlace;
  readonly store: ObjectStore;
  readonly from: ObjectStore;
  readonly password: string;
}

/** What was healed, by name. */
export async function healFoundation(parts: Foundation): Promise<readonly string[]> {
  return [...(await healKeys(parts)), ...(await healConfig(parts))];
}

async function healKeys({ store, from, password }: Foundation): Promise<readonly string[]> {
  const healed: string[] = [];
  for (const name of await keysToTry(from)) {
    if ((await wholeKey(store, name)) !== undefined) continue;
    const there = await wholeKey(from, name);
    if (there === undefined || (await openKey(there, password).catch(noKey)) === undefined) continue;
    await store.heal('keys', name, there);
    healed.push(`keys/${name}`);
  }
  return healed;
}

async function healConfig({ place, store, from, password }: Foundation): Promise<readonly string[]> {
  const [here, there] = [await configOf(store), await configOf(from)];
  if (there === undefined) return [];
  // The same bytes are no help, unless the other copy has more than these.
  if (here !== undefined && nameOf(here) === nameOf(there) && from.configs === undefined) return [];
  const { sealer } = await openRepository({ store: from, password });
  if (here !== undefined && (await wholeConfig(store, sealer)) !== undefined) return [];
  const right = await wholeConfig(from, sealer);
  if (right === undefined) throw new Bug('a repository opened by a config that does not open');
  if (here === undefined) await store.put('config', '', right.sealed);
  else if (place.kind === 'folder') await replaceConfig(place.folder, right.sealed);
  else await store.heal('config', '', right.sealed);
  return ['config'];
}

async function configOf(store: ObjectStore): Promise<Uint8Array | undefined> {
  try {
    return await store.get('config', '');
  } catch (cause) {
    if (cause instanceof Fault && cause.code === 'object-missing') return undefined;
    throw cause;
  }
}
