/** A repository that is open: its key, its config, its index; what is read is checked against its name and its seal. */
import { hash } from 'node:crypto';
import { BlobIndex } from '#vault/engine/blob-index.ts';
import type { Located } from '#vault/engine/blob-index.ts';
import type { BlobType } from '#vault/format/blob.ts';
import { createConfig, decodeConfig, encodeConfig } from '#vault/format/config-format.ts';
import type { RepositoryConfig } from '#vault/format/config-format.ts';
import { decodeIndex } from '#vault/format/index-format.ts';
import type { IndexedPack } from '#vault/format/index-format.ts';
import { createMasterKey, openKey, sealKey } from '#vault/format/key-format.ts';
import type { GuessCost, KeyOwner } from '#vault/format/key-format.ts';
import { giveBack } from '#vault/format/memory.ts';
import { createSealer } from '#vault/format/sealing.ts';
import type { Sealer, SealingKey } from '#vault/format/sealing.ts';
import { decodeSnapshot } from '#vault/format/snapshot-format.ts';
import type { SnapshotRecord } from '#vault/format/snapshot-format.ts';
import { decodeTree } from '#vault/format/tree-format.ts';
import type { TreeNode } from '#vault/format/tree-node.ts';
import { unfolded } from '#vault/format/unfold.ts';
import { decodeUnpacked, encodeUnpacked } from '#vault/format/unpacked-format.ts';
import type { ObjectStore } from '#ports/object-store.ts';
import { Bug } from '#std/assert.ts';
import { Fault } from '#std/refused.ts';

export type UnpackedType = 'index' | 'locks' | 'snapshots';

export interface NamedSnapshot extends SnapshotRecord {
  readonly id: string;
}

export interface Repository {
  readonly store: ObjectStore;
  readonly key: SealingKey;
  readonly config: RepositoryConfig;
  readonly sealer: Sealer;
  /** Of all index objects that were there when it was opened, and of what was added since. */
  readonly index: BlobIndex;
  /** Index objects that could not be read: what only they name cannot be found until the index is rebuilt. */
  readonly damagedIndexes: readonly DamagedObject[];
  /** Reads every index object anew. */
  loadIndex(): Promise<void>;
  /** A Fault when an index that was loaded is gone since: what it named may be on its way out, and must not be built on. */
  expectIndexes(): Promise<void>;
  readUnpacked(type: UnpackedType, name: string): Promise<string>;
  /** The name it has from now on. */
  writeUnpacked(type: UnpackedType, text: string): Promise<string>;
  readBlob(type: BlobType, id: string): Promise<Buffer>;
  readTree(id: string): Promise<readonly TreeNode[]>;
  /**
   * Oldest first, as their writers say. Anybody who may write there can add bytes that are no snapshot: they are told to
   * `onDamage`, and never keep the others from being found. Without it a damaged one is a Fault.
   */
  snapshots(onDamage?: (damage: DamagedObject) => void): Promise<readonly NamedSnapshot[]>;
  snapshot(id: string): Promise<NamedSnapshot>;
}

export interface DamagedObject {
  /** `index/`, `snapshots/`, `keys/` or `data/` and its name, or `config`. */
  readonly object: string;
  readonly why: string;
}

export interface RepositoryAccess {
  readonly store: ObjectStore;
  readonly password: string;
  /** A folder that is there, for what is too much for memory; the system's own when it is left out. */
  readonly scratch?: string;
}

/** Keys that are tried at most: each costs a second. */
const KEYS_MAX = 20;

/** Makes a repository where none is. */
export async function createRepository(
  { store, password }: RepositoryAccess,
  owner: KeyOwner,
  cost?: GuessCost,
): Promise<Repository> {
  if ((await store.size('config', '')) !== undefined)
    throw new Fault('repository-exists', 'a repository is there already: open it, or choose another place');
  const key = createMasterKey();
  const sealer = createSealer(key);
  const file = await sealKey(key, password, owner, cost);
  await store.put('keys', nameOf(file), file);
  const made = await store.put('config', '', sealer.seal(Buffer.from(encodeConfig(createConfig()))));
  // Somebody else made it at the same moment: theirs counts.
  return made === 'present' ? openRepository({ store, password }) : opened(store, key);
}

export async function openRepository({ store, password, scratch }: RepositoryAccess): Promise<Repository> {
  if ((await store.size('config', '')) === undefined)
    throw new Fault('no-repository', 'there is no repository at this place: check the address');
  const damage: string[] = [];
  let broken: Fault | undefined;
  for (const name of await keysToTry(store)) {
    const file = await wholeKey(store, name);
    if (file === undefined) damage.push(name);
    const key = file === undefined ? undefined : await openKey(file, password).catch(noKey);
    if (key === undefined) continue;
    const config = await readConfig(store, key).catch((cause: unknown) => {
      // A key of a repository that was never finished opens with the password, and opens nothing: the next one may.
      if (!(cause instanceof Fault) || cause.code !== 'object-damaged') throw cause;
      broken = cause;
    });
    if (config !== undefined) return loaded(attach(store, key, config, scratch));
  }
  if (broken !== undefined) throw broken;
  if (damage.length > 0) throw damaged('keys', damage.join(', '), 'its bytes are not the ones it is named by');
  throw new Fault('wrong-password', 'no key of this repository opens with this password');
}

/**
 * No more than so many: each costs what its writer chose. Where there are more, those that came first: whoever plants keys comes after the one that made
 * the repository.
 */
export async function keysToTry(store: ObjectStore): Promise<readonly string[]> {
  const names = (await store.list('keys')).map(({ name }) => name);
  if (names.length <= KEYS_MAX) return names;
  const arrived = (await store.arrivals?.('keys'))?.map(({ name }) => name) ?? names;
  const there = new Set(names);
  return arrived.filter((name) => there.has(name)).slice(0, KEYS_MAX);
}

/** What somebody put there that is no key opens nothing, like a key of another password. */
export function noKey(cause: unknown): undefined {
  if (!(cause instanceof Fault) || (cause.code !== 'object-damaged' && cause.code !== 'key-too-costly')) throw cause;
}

/** Undefined for one that is damaged: whoever can write there can add such, and another key may open. */
export async function wholeKey(store: ObjectStore, name: string): Promise<Uint8Array | undefined> {
  const file = await store.get('keys', name).catch((cause: unknown) => void asDamage(`keys/${name}`, cause));
  return file !== undefined && nameOf(file) === name ? file : undefined;
}

async function opened(store: ObjectStore, key: SealingKey): Promise<Repository> {
  return loaded(attach(store, key, await readConfig(store, key)));
}

async function loaded(repository: Repository): Promise<Repository> {
  await repository.loadIndex();
  return repository;
}

async function readConfig(store: ObjectStore, key: SealingKey): Promise<RepositoryConfig> {
  const whole = await wholeConfig(store, createSealer(key));
  if (whole === undefined) throw damaged('the', 'config', 'its seal does not open with the key of this repository');
  return whole.config;
}

/** The first config that this key opens: where somebody put another one, or the first one rotted, there are several. */
export async function wholeConfig(
  store: ObjectStore,
  sealer: Sealer,
): Promise<{ readonly sealed: Uint8Array; readonly config: RepositoryConfig } | undefined> {
  const first = await store.get('config', '');
  const config = openConfig(first, sealer);
  if (config !== undefined) return { sealed: first, config };
  for (const sealed of (await store.configs?.()) ?? []) {
    const other = openConfig(sealed, sealer);
    if (other !== undefined) return { sealed, config: other };
  }
  return undefined;
}

function openConfig(sealed: Uint8Array, sealer: Sealer): RepositoryConfig | undefined {
  try {
    return decodeConfig(sealer.open(sealed).toString('utf8'));
  } catch (cause) {
    if (cause instanceof Fault && cause.code === 'seal-broken') return undefined;
    throw cause;
  }
}

/** For whoever holds the key already, such as a worker thread; the index is empty until it is loaded. */
export function attach(store: ObjectStore, key: SealingKey, config: RepositoryConfig, scratch?: string): Repository {
  const sealer = createSealer(key);
  const index = new BlobIndex(scratch === undefined ? {} : { scratch });
  let damagedIndexes: DamagedObject[] = [];
  let loadedIndexes: readonly string[] = [];

  async function readUnpacked(type: UnpackedType, name: string): Promise<string> {
    const sealed = await store.get(type, name);
    if (nameOf(sealed) !== name) throw damaged(type, name, 'its bytes are not the ones it is named by');
    const opened = sealer.open(sealed);
    try {
      return understood(type, name, () => decodeUnpacked(opened));
    } finally {
      giveBack(opened);
    }
  }

  async function loadIndex(): Promise<void> {
    damagedIndexes = [];
    loadedIndexes = (await store.list('index')).map(({ name }) => name);
    for (const name of loadedIndexes) {
      const packs = await readIndex(name).catch((cause: unknown) => {
        damagedIndexes.push(asDamage(`index/${name}`, cause));
      });
      for (const { id, blobs } of packs ?? []) for (const blob of blobs) index.add(blob.id, id, blob);
    }
  }

  async function expectIndexes(): Promise<void> {
    const there = new Set((await store.list('index')).map(({ name }) => name));
    if (loadedIndexes.every((name) => there.has(name))) return;
    throw new Fault('index-changed', 'a part of this repository was set aside meanwhile', { retry: true });
  }

  async function readIndex(name: string): Promise<readonly IndexedPack[]> {
    const text = await readUnpacked('index', name);
    return understood('index', name, () => decodeIndex(text));
  }

  async function readBlob(type: BlobType, id: string): Promise<Buffer> {
    let cause: unknown = damaged(type, id, unknownWhy(damagedIndexes));
    for (const place of index.places(id).filter((one) => one.type === type)) {
      try {
        return await readAt(id, place);
      } catch (failure) {
        asDamage(id, failure);
        cause = failure;
      }
    }
    throw cause;
  }

  async function readAt(id: string, { pack, offset, length, plainLength }: Located): Promise<Buffer> {
    const sealed = await store.get('data', pack, { offset, length });
    return plainBlob(sealer, sealed, id, plainLength);
  }

  async function snapshot(id: string): Promise<NamedSnapshot> {
    const text = await readUnpacked('snapshots', id);
    return { id, ...understood('snapshots', id, () => decodeSnapshot(text)) };
  }

  return {
    store,
    key,
    config,
    sealer,
    index,
    get damagedIndexes() {
      return damagedIndexes;
    },
    loadIndex,
    expectIndexes,
    readUnpacked,
    readBlob,
    snapshot,
    async writeUnpacked(type, text) {
      const sealed = sealer.seal(config.version === 1 ? Buffer.from(text) : encodeUnpacked(text));
      const name = nameOf(sealed);
      await store.put(type, name, sealed);
      return name;
    },
    async readTree(id) {
      const plain = await readBlob('tree', id);
      try {
        return decodeTree(plain);
      } finally {
        giveBack(plain);
      }
    },
    async snapshots(onDamage) {
      const found: NamedSnapshot[] = [];
      for (const { name } of await store.list('snapshots')) {
        try {
          found.push(await snapshot(name));
        } catch (cause) {
          if (onDamage === undefined) throw cause;
          onDamage(asDamage(`snapshots/${name}`, cause));
        }
      }
      return found.sort((a, b) => (a.time < b.time ? -1 : 1));
    },
  };
}

const DAMAGE = new Set([
  'object-damaged',
  'object-missing',
  'object-short',
  'object-unknown',
  'seal-broken',
  'tree-broken',
]);

/** What is wrong with one object is an answer about it; a store that fails is thrown on. */
export function asDamage(object: string, cause: unknown): DamagedObject {
  if (cause instanceof Fault && DAMAGE.has(cause.code)) return { object, why: cause.message };
  throw cause;
}

const SHORT = 12;

/** Why something cannot be found, and what to do: whoever has a damaged index heals it, or makes it anew. */
export function unknownWhy([damage, ...others]: readonly DamagedObject[]): string {
  if (damage === undefined) return 'no index knows it: run “picturelock backup verify”, then “heal”';
  const which = damage.object.slice(0, 'index/'.length + SHORT);
  const more = others.length === 0 ? '' : ` and ${others.length} more`;
  return `no index knows it, and ${which}${more} of this copy is damaged: run “picturelock backup heal”, or “rebuild-index”`;
}

/** Opens, unfolds and checks one sealed blob. */
export function plainBlob(sealer: Sealer, sealed: Uint8Array, id: string, plainLength: number | undefined): Buffer {
  const stored = sealer.open(sealed);
  const plain = plainLength === undefined ? stored : unfolded(stored, plainLength);
  if (hash('sha256', plain, 'hex') !== id) throw damaged('blob', id, 'its content is not the one it is named by');
  return plain;
}

export function nameOf(bytes: Uint8Array): string {
  return hash('sha256', bytes, 'hex');
}

/** An object may open with the key and still be nonsense: whoever has the password can write such. */
function understood<T>(type: string, name: string, decode: () => T): T {
  try {
    return decode();
  } catch (cause) {
    if (cause instanceof Fault || cause instanceof Bug) throw cause;
    throw damaged(type, name, 'what it says cannot be read');
  }
}

function damaged(what: string, name: string, how: string): Fault {
  return new Fault('object-damaged', `${what} ${name} is damaged: ${how}`);
}
