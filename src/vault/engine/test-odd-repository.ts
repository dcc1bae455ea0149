/**
 * Repositories for tests, made of chance in memory: pieces in several packs, indexes that name the same packs whole or in part, packs that nobody names,
 * folders that several snapshots share, a file with the bytes of a folder, and when asked for, statements that are not true.
 */
import { hash } from 'node:crypto';
import { createConfig } from '#vault/format/config-format.ts';
import type { BlobType, PackedBlob } from '#vault/format/blob.ts';
import { encodeIndex } from '#vault/format/index-format.ts';
import type { IndexedPack } from '#vault/format/index-format.ts';
import { createMasterKey } from '#vault/format/key-format.ts';
import { encodeSnapshot } from '#vault/format/snapshot-format.ts';
import { encodeTree } from '#vault/format/tree-format.ts';
import type { TreeNode } from '#vault/format/tree-node.ts';
import type { ObjectStore, ObjectType } from '#ports/object-store.ts';
import { attach } from '#vault/engine/repository.ts';
import type { Repository } from '#vault/engine/repository.ts';
import type { PieceInPack } from '#vault/engine/removal-move.ts';
import { Fault } from '#std/refused.ts';

export interface Folder {
  readonly pieces: readonly string[];
  readonly folders: readonly string[];
}

export interface OddRepository {
  /** Of `type/name`. */
  readonly objects: Map<string, Uint8Array>;
  /** What each tree leads to, by its id. */
  readonly folders: ReadonlyMap<string, Folder>;
  /** The tree of each snapshot, by its id. */
  readonly snapshots: ReadonlyMap<string, string>;
  /** Whether what an index says is so. */
  isTrue(said: PieceInPack): boolean;
  open(): Promise<Repository>;
}

/** A number below the one it is given. */
export type Chance = (below: number) => number;

export function chanceOf(seed: number): Chance {
  let state = seed;
  return (below) => {
    state = (state + 0x6d2b79f5) | 0;
    const mixed = Math.imul(state ^ (state >>> 15), state | 1);
    return ((mixed ^ (mixed >>> 14)) >>> 0) % below;
  };
}

export function memoryStore(objects: Map<string, Uint8Array>): ObjectStore {
  const list = (type: ObjectType) =>
    [...objects].flatMap(([object, { length: bytes }]) =>
      object.startsWith(`${type}/`) ? [{ name: object.slice(type.length + 1), bytes }] : [],
    );
  return {
    async *each(type) {
      yield* list(type);
    },
    list: async (type) => list(type),
    size: async (type, name) => objects.get(`${type}/${name}`)?.length,
    get: async (type, name, { offset = 0, length } = { offset: 0, length: 2 ** 32 }) => {
      const body = objects.get(`${type}/${name}`);
      if (body === undefined) throw new Fault('object-missing', `there is no ${type}/${name}`);
      return body.subarray(offset, offset + length);
    },
    put: async (type, name, body) => {
      if (objects.has(`${type}/${name}`)) return 'present';
      objects.set(`${type}/${name}`, Uint8Array.from(body));
      return 'created';
    },
    heal: async () => 'whole',
    remove: async (type, name) => void objects.delete(`${type}/${name}`),
    close: async () => undefined,
  };
}

const ENTRY = { mode: 0, mtimeNs: 0n, atimeNs: 0n, ctimeNs: 0n, uid: 0, gid: 0, user: '', group: '' } as const;
const NUMBERS = { inode: 0n, deviceId: 0n, size: 0n, links: 0n } as const;
const [PIECES, FOLDERS, PACKS, INDEXES, SNAPSHOTS] = [12, 8, 9, 4, 4];

interface Plain {
  readonly id: string;
  readonly type: BlobType;
  readonly bytes: Buffer;
}

function plainOf(type: BlobType, bytes: Buffer): Plain {
  return { id: hash('sha256', bytes, 'hex'), type, bytes };
}

export async function oddRepository(chance: Chance, { lies = false } = {}): Promise<OddRepository> {
  const objects = new Map<string, Uint8Array>();
  const [store, key, config] = [memoryStore(objects), createMasterKey(), createConfig()];
  const repository = attach(store, key, config);
  const { plains, folders } = contentOf(chance);
  const packs = await packsOf(chance, repository, plains);
  const truths = new Set(packs.flatMap(({ id, blobs }) => blobs.map((blob) => JSON.stringify([id, blob]))));
  for (const named of namings(chance, packs))
    await repository.writeUnpacked(
      'index',
      encodeIndex(lies ? named.map((pack) => lied(chance, pack, plains)) : named),
    );
  const snapshots = new Map<string, string>();
  for (let n = 0; n < SNAPSHOTS; n += 1) {
    const tree = pick(chance, [...folders.keys()]);
    const record = { time: `2026-01-0${n + 1}T00:00:00Z`, tree, paths: ['/'], hostname: '', username: '' };
    const text = encodeSnapshot({ ...record, uid: 0, gid: 0, tags: [`${chance(2 ** 31)}`] });
    snapshots.set(await repository.writeUnpacked('snapshots', text), tree);
  }
  return {
    objects,
    folders,
    snapshots,
    isTrue: ({ pack, id, type, offset, length }) => truths.has(JSON.stringify([pack, { id, type, offset, length }])),
    async open() {
      const opened = attach(store, key, config);
      await opened.loadIndex();
      return opened;
    },
  };
}

function pick<T>(chance: Chance, from: readonly T[]): T {
  return from[chance(from.length)] as T; // of some
}

/** Pieces and folders of them. Somebody keeps what a folder's bytes are in a file of another folder. */
function contentOf(chance: Chance) {
  const plains: Plain[] = [];
  for (let n = 0; n < PIECES; n += 1) plains.push(plainOf('data', Buffer.from(`piece ${n}`.repeat(1 + chance(4)))));
  const folders = new Map<string, Folder>();
  for (let n = 0; n < FOLDERS; n += 1) {
    const pieces = Array.from(
      { length: 1 + chance(3) },
      () =>
        pick(
          chance,
          plains.filter(({ type }) => type === 'data'),
        ).id,
    );
    const known = [...folders.keys()];
    const beneath = known.length === 0 ? [] : Array.from({ length: chance(3) }, () => pick(chance, known));
    const tree = plainOf('tree', encodeTree(nodesOf(pieces, beneath, n)));
    plains.push(tree);
    if (chance(6) === 0) plains.push({ ...tree, type: 'data' });
    folders.set(tree.id, { pieces, folders: beneath });
  }
  return { plains, folders };
}

function nodesOf(pieces: readonly string[], folders: readonly string[], n: number): readonly TreeNode[] {
  const files = pieces.map(
    (piece, i) => ({ type: 'file', name: Buffer.from(`a${i} of ${n}`), content: [piece] }) as const,
  );
  const beneath = folders.map((subtree, i) => ({ type: 'dir', name: Buffer.from(`b${i}`), subtree }) as const);
  return [...files, ...beneath].map((node) => ({ ...ENTRY, ...NUMBERS, ...node }));
}

/** Each piece in one pack or two. */
async function packsOf(chance: Chance, { store, sealer }: Repository, plains: readonly Plain[]) {
  const held: Plain[][] = Array.from({ length: PACKS }, () => []);
  for (const plain of plains)
    for (let n = chance(4) === 0 ? 2 : 1; n > 0; n -= 1) {
      const pack = pick(chance, held);
      if (!pack.includes(plain)) pack.push(plain);
    }
  const packs: IndexedPack[] = [];
  for (const [n, plain] of held.entries()) {
    const [parts, blobs]: [Buffer[], PackedBlob[]] = [[], []];
    let offset = 0;
    for (const { id, type, bytes } of plain) {
      const sealed = sealer.seal(bytes);
      parts.push(sealed);
      blobs.push({ id, type, offset, length: sealed.length });
      offset += sealed.length;
    }
    const body = Buffer.concat([...parts, Buffer.from(`the end of pack ${n}`)]);
    const id = hash('sha256', body, 'hex');
    await store.put('data', id, body);
    if (blobs.length > 0) packs.push({ id, blobs });
  }
  return packs;
}

/** Each pack is named, some of them more than once, also in part. */
function namings(chance: Chance, packs: readonly IndexedPack[]): readonly (readonly IndexedPack[])[] {
  const indexes: IndexedPack[][] = Array.from({ length: INDEXES }, () => []);
  for (const pack of packs) {
    pick(chance, indexes).push(pack);
    if (chance(3) === 0) pick(chance, indexes).push(pack);
    if (chance(4) === 0) pick(chance, indexes).push({ ...pack, blobs: pack.blobs.filter(() => chance(2) === 0) });
  }
  return indexes;
}

/** Says of a place that something else lies there, or more of it. */
function lied(chance: Chance, { id, blobs }: IndexedPack, plains: readonly Plain[]): IndexedPack {
  const more = blobs.flatMap((blob) => {
    if (chance(4) > 0) return [];
    return chance(2) === 0 ? [{ ...blob, id: pick(chance, plains).id }] : [{ ...blob, length: blob.length + 1 }];
  });
  return { id, blobs: chance(2) === 0 ? [...blobs, ...more] : [...more, ...blobs] };
}
