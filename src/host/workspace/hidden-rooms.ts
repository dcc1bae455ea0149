/**
 * The hidden area of one workspace: `.picturelock/{parts,bin,aside,hashes}`. In each room an item is `<id>` (its bytes) and `<id>.json`
 * (its record). Records are written aside and renamed, so they are whole or absent.
 */
import {
  closeSync,
  constants,
  fstatSync,
  fsync,
  fsyncSync,
  lstatSync,
  mkdirSync,
  openSync,
  readFileSync,
  readdirSync,
  renameSync,
  rmSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs';
import { promisify } from 'node:util';
import type { Json } from '#std/canonical.ts';
import type { Digest, Room, RoomId, WorkspaceNode } from '#ports/workspace.ts';
import { nodeOf, ownPath } from '#host/workspace/beneath.ts';
import { codeOf, storageFault } from '#host/workspace/storage-fault.ts';
import { HIDDEN } from '#gates/files/portable-name.ts';

const FOLDER = constants.O_RDONLY | constants.O_DIRECTORY | constants.O_NOFOLLOW;
const RECORD_BYTES_MAX = 64 * 1024;
const NOTED_MAX = 100_000;
const synced = promisify(fsync);

/** Off this thread: a sync can take seconds, and cuts must not wait. */
export async function syncFolder(folder: number): Promise<void> {
  try {
    await synced(folder);
  } catch (error) {
    throw storageFault(error);
  }
}

export class HiddenRooms {
  readonly #hidden: number;
  readonly #rooms = new Map<Room | 'hashes', number>();

  constructor(root: number) {
    this.#hidden = makeRoom(root, HIDDEN);
    for (const room of ['parts', 'bin', 'aside', 'hashes'] as const)
      this.#rooms.set(room, makeRoom(this.#hidden, room));
    fsyncSync(this.#hidden);
    fsyncSync(root);
  }

  /** The open folder of a room. */
  folder(room: Room | 'hashes'): number {
    const fd = this.#rooms.get(room);
    if (fd === undefined) throw storageFault(new Error('the workspace is closed'));
    return fd;
  }

  path(room: Room, id: RoomId): string {
    return ownPath(this.folder(room), id);
  }

  held(room: Room, id: RoomId): WorkspaceNode | undefined {
    const stats = lstatSync(this.path(room, id), { bigint: true, throwIfNoEntry: false });
    return stats === undefined ? undefined : nodeOf(id, stats);
  }

  discard(room: Room, id: RoomId): void {
    try {
      rmSync(this.path(room, id), { recursive: true, force: true });
      rmSync(`${this.path(room, id)}.json`, { force: true });
    } catch (error) {
      throw storageFault(error);
    }
  }

  note(room: Room, id: RoomId, record: Json): void {
    closeSync(this.#write(room, id, record));
  }

  async noteDurably(room: Room, id: RoomId, record: Json): Promise<void> {
    const fd = this.#write(room, id, record);
    try {
      await syncFolder(fd);
      await syncFolder(this.folder(room));
    } finally {
      closeSync(fd);
    }
  }

  noted(room: Room, id: RoomId): unknown {
    return readRecord(`${this.path(room, id)}.json`);
  }

  count(room: Room): number {
    return Math.floor(namesIn(this.folder(room)).length / 2);
  }

  listNoted(room: Room): readonly { readonly id: string; readonly record: unknown }[] {
    const folder = this.folder(room);
    const names = namesIn(folder).filter((name) => name.endsWith('.json'));
    return names
      .slice(0, NOTED_MAX)
      .map((name) => ({ id: name.slice(0, -5), record: readRecord(ownPath(folder, name)) }));
  }

  remember(tag: string, digest: Digest): void {
    try {
      writeFileSync(ownPath(this.folder('hashes'), tag), JSON.stringify(digest), { mode: 0o600 });
    } catch (error) {
      if (codeOf(error) === 'ENOSPC' || codeOf(error) === 'EDQUOT') return; // a cache: the ledger holds the hash
      throw storageFault(error);
    }
  }

  recall(tag: string): Digest | undefined {
    const record = readRecord(ownPath(this.folder('hashes'), tag));
    if (typeof record !== 'object' || record === null || !('sha256' in record) || !('xxh64' in record))
      return undefined;
    const { sha256, xxh64 } = record;
    return typeof sha256 === 'string' && typeof xxh64 === 'string' ? { sha256, xxh64 } : undefined;
  }

  forget(tag: string): void {
    rmSync(ownPath(this.folder('hashes'), tag), { force: true });
  }

  /** Replaces the record in one step; the caller closes the descriptor. */
  #write(room: Room, id: RoomId, record: Json): number {
    const path = `${this.path(room, id)}.json`;
    let fd: number | undefined;
    try {
      fd = openSync(
        `${path}.new`,
        constants.O_WRONLY | constants.O_CREAT | constants.O_TRUNC | constants.O_NOFOLLOW,
        0o600,
      );
      writeFileSync(fd, JSON.stringify(record));
      renameSync(`${path}.new`, path);
      return fd;
    } catch (error) {
      if (fd !== undefined) closeSync(fd);
      throw storageFault(error);
    }
  }

  close(): void {
    for (const fd of this.#rooms.values()) closeSync(fd);
    this.#rooms.clear();
    closeSync(this.#hidden);
  }
}

/** Opens a folder of ours, made when missing; anything else under its name is a Fault. */
export function makeRoom(folder: number, name: string): number {
  const path = ownPath(folder, name);
  try {
    mkdirSync(path, { mode: 0o700 });
  } catch (error) {
    if (codeOf(error) !== 'EEXIST') throw storageFault(error);
  }
  try {
    const fd = openSync(path, FOLDER);
    if (!fstatSync(fd).isDirectory()) throw new Error('not a folder');
    return fd;
  } catch (error) {
    throw storageFault(error);
  }
}

export function namesIn(folder: number): string[] {
  try {
    return readdirSync(`/proc/self/fd/${folder}`);
  } catch (error) {
    throw storageFault(error);
  }
}

/** Undefined for a record that is missing, too large, or damaged. */
function readRecord(path: string): unknown {
  try {
    const fd = openSync(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
    try {
      return fstatSync(fd).size > RECORD_BYTES_MAX ? undefined : (JSON.parse(readFileSync(fd, 'utf8')) as unknown);
    } finally {
      closeSync(fd);
    }
  } catch (error) {
    if (codeOf(error) === 'ENOENT' || error instanceof SyntaxError) return undefined;
    throw storageFault(error);
  }
}

export function unlinkQuietly(path: string): void {
  try {
    unlinkSync(path);
  } catch (error) {
    if (codeOf(error) !== 'ENOENT') throw storageFault(error);
  }
}
