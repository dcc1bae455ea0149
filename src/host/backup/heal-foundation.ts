/**
 * What a repository needs before it can be opened: a key that is whole, and its config. Both come from the other copy: a key when its bytes hash to its
 * name and this password opens it, so that nobody plants another one this way; a config when it opens with the repository's key and the one here does not.
 */
import { keysToTry, nameOf, noKey, openRepository, wholeKey } from '#vault/engine/repository.ts';
import { decodeConfig } from '#vault/format/config-format.ts';
import { openKey } from '#vault/format/key-format.ts';
import { replaceConfig } from '#vault/store/folder-store.ts';
import type { StorePlace } from '#vault/store/open-store.ts';
import type { Repository } from '#vault/engine/repository.ts';
import type { ObjectStore } from '#ports/object-store.ts';
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
  if (there === undefined || (here !== undefined && nameOf(here) === nameOf(there))) return [];
  const other = await openRepository({ store: from, password });
  if (here !== undefined && opens(other, here)) return [];
  if (here === undefined) await store.put('config', '', there);
  else if (place.kind === 'folder') await replaceConfig(place.folder, there);
  else await store.heal('config', '', there);
  return ['config'];
}

function opens({ sealer }: Repository, sealed: Uint8Array): boolean {
  try {
    decodeConfig(sealer.open(sealed).toString('utf8'));
    return true;
  } catch (cause) {
    if (cause instanceof Fault && cause.code === 'seal-broken') return false;
    throw cause;
  }
}

async function configOf(store: ObjectStore): Promise<Uint8Array | undefined> {
  try {
    return await store.get('config', '');
  } catch (cause) {
    if (cause instanceof Fault && cause.code === 'object-missing') return undefined;
    throw cause;
  }
}
