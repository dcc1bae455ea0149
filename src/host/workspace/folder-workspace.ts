/** One project's workspace in a folder of a Linux file system that has hard links (ext4, XFS, ZFS, tmpfs, NFS, CephFS). */
import {
  closeSync,
  constants,
  fsyncSync,
  linkSync,
  lstatSync,
  mkdirSync,
  openSync,
  readdirSync,
  renameSync,
  rmdirSync,
} from 'node:fs';
import type { Outcome, Refused } from '#std/refused.ts';
import { isRefused, ok } from '#std/refused.ts';
import type { BinnedId, ProjectId, UploadId } from '#std/ids.ts';
import { isId } from '#std/ids.ts';
import type { Json } from '#std/canonical.ts';
import type {
  Digest,
  NodeList,
  PartFile,
  Place,
  ReadableFile,
  Room,
  RoomId,
  Workspace,
  WorkspaceNode,
} from '#ports/workspace.ts';
import { claim } from '#host/workspace/claim.ts';
import { HiddenRooms, syncFolder, unlinkQuietly } from '#host/workspace/hidden-rooms.ts';
import { inFolderOf, lookAt, nodeOf, openFolder, openPlainFile, tagOf } from '#host/workspace/beneath.ts';
import { OpenPart } from '#host/workspace/part-file.ts';
import { ParkedParts } from '#host/workspace/parked-parts.ts';
import type { PartThreads } from '#host/workspace/part-threads.ts';
import { OpenFile } from '#host/workspace/readable-file.ts';
import { Siblings } from '#host/workspace/siblings.ts';
import { codeOf, NAME_TAKEN, NOT_FOUND, NOT_PLAIN, refusalOf, storageFault } from '#host/workspace/storage-fault.ts';
import { foldName, HIDDEN } from '#gates/files/portable-name.ts';

/** Entries looked at between two turns of the event loop. */
const LIST_TURN = 500;
const PART = constants.O_RDWR | constants.O_NOFOLLOW;

export class FolderWorkspace implements Workspace {
  readonly project: ProjectId;
  readonly #root: number;
  readonly #rooms: HiddenRooms;
  readonly #threads: PartThreads;
  readonly #siblings = new Siblings();
  readonly #parked = new ParkedParts();

  /** Takes over `root`, an open folder. */
  constructor(project: ProjectId, root: number, threads: PartThreads) {
    this.project = project;
    this.#root = root;
    this.#threads = threads;
    this.#rooms = new HiddenRooms(root);
  }

  stat(at: Place): Outcome<WorkspaceNode> {
    if (at.length === 0) return lookAt(`/proc/self/fd/${this.#root}/.`, '');
    return isHidden(at) ? NOT_FOUND : inFolderOf(this.#root, at, (_folder, name, path) => lookAt(path, name));
  }

  async list(at: Place, limit: number): Promise<Outcome<NodeList>> {
    const folder = isHidden(at) ? NOT_FOUND : openFolder(this.#root, at);
    if (typeof folder !== 'number') return folder;
    try {
      const names = readdirSync(`/proc/self/fd/${folder}`).filter(
        (name) => !isHidden([name]) && !name.includes('\ufffd'),
      );
      names.sort();
      const nodes: WorkspaceNode[] = [];
      for (const [i, name] of names.slice(0, limit).entries()) {
        if (i % LIST_TURN === LIST_TURN - 1) await new Promise((resolve) => setImmediate(resolve));
        const stats = lstatSync(`/proc/self/fd/${folder}/${name}`, { bigint: true, throwIfNoEntry: false });
        const node = stats === undefined ? undefined : nodeOf(name, stats);
        if (node !== undefined) nodes.push(node);
      }
      return ok({ nodes, truncated: names.length > limit });
    } catch (error) {
      throw storageFault(error);
    } finally {
      closeSync(folder);
    }
  }

  clash(folder: Place, name: string): Outcome<string | undefined> {
    const fd = openFolder(this.#root, folder);
    if (typeof fd !== 'number') return fd;
    try {
      return ok(this.#siblings.clash(fd, name));
    } finally {
      closeSync(fd);
    }
  }

  open(at: Place): Outcome<ReadableFile> {
    const opened = isHidden(at) ? NOT_FOUND : openPlainFile(this.#root, at);
    return isRefused(opened) ? opened : ok(new OpenFile(opened.fd, opened.stats));
  }

  async makeFolder(at: Place): Promise<Outcome<void>> {
    return this.#change(at, (folder, name, path) => {
      mkdirSync(path, { mode: 0o750 });
      this.#siblings.changed(folder, { gained: name });
    });
  }

  async removeFolder(at: Place): Promise<Outcome<void>> {
    return this.#change(at, (folder, name, path) => {
      rmdirSync(path);
      this.#siblings.changed(folder, { lost: name });
    });
  }

  async move(from: Place, to: Place): Promise<Outcome<void>> {
    return this.#change(from, (fromFolder, fromName, fromPath) =>
      this.#change(to, (toFolder, toName, toPath) => {
        const wrong = relocate(fromPath, toPath);
        if (wrong !== undefined) return wrong;
        this.#siblings.changed(fromFolder, { lost: fromName });
        this.#siblings.changed(toFolder, { gained: toName });
        return undefined;
      }),
    );
  }

  createPart(id: UploadId): PartFile {
    try {
      const fd = openSync(this.#rooms.path('parts', id), PART | constants.O_CREAT | constants.O_EXCL, 0o640);
      return this.#part(id, fd);
    } catch (error) {
      throw storageFault(error);
    }
  }

  openPart(id: UploadId): PartFile | undefined {
    try {
      const parked = this.#parked.take(id);
      if (parked !== undefined && this.#rooms.held('parts', id) !== undefined) return parked;
      void parked?.close();
      return this.#part(id, openSync(this.#rooms.path('parts', id), PART));
    } catch (error) {
      if (codeOf(error) === 'ENOENT') return undefined;
      throw storageFault(error);
    }
  }

  async publish(id: UploadId, to: Place): Promise<Outcome<WorkspaceNode>> {
    const moved = await this.#enter(this.#rooms.path('parts', id), to);
    return isRefused(moved) ? moved : this.stat(to);
  }

  async wasPublished(id: UploadId, to: Place, tag: string): Promise<boolean> {
    const own = this.#rooms.path('parts', id);
    const found = inFolderOf(this.#root, to, (folder, _name, path) => {
      const [part, target] = [own, path].map((at) => lstatSync(at, { bigint: true, throwIfNoEntry: false }));
      if (target === undefined || !target.isFile() || tagOf(target) !== tag) return false;
      if (part !== undefined) unlinkQuietly(own); // linked, and not yet unlinked
      fsyncSync(folder);
      return true;
    });
    return found === true;
  }

  async putInBin(id: BinnedId, from: Place): Promise<Outcome<void>> {
    const gone = await this.#change(from, (folder, name, path) => {
      renameSync(path, this.#rooms.path('bin', id));
      this.#siblings.changed(folder, { lost: name });
    });
    if (!isRefused(gone)) await syncFolder(this.#rooms.folder('bin'));
    return gone;
  }

  async takeFromBin(id: BinnedId, to: Place): Promise<Outcome<void>> {
    return this.#enter(this.#rooms.path('bin', id), to);
  }

  async setAside(id: UploadId): Promise<void> {
    try {
      renameSync(this.#rooms.path('parts', id), this.#rooms.path('aside', id));
    } catch (error) {
      throw storageFault(error);
    }
    await syncFolder(this.#rooms.folder('aside'));
    await syncFolder(this.#rooms.folder('parts'));
  }

  held(room: Room, id: RoomId): WorkspaceNode | undefined {
    return this.#rooms.held(room, id);
  }

  discard(room: Room, id: RoomId): void {
    if (isId('upload', id)) this.#parked.drop(id);
    const node = this.#rooms.held(room, id);
    if (node?.type === 'file') this.#rooms.forget(node.tag);
    this.#rooms.discard(room, id);
  }

  note(room: Room, id: RoomId, record: Json): void {
    this.#rooms.note(room, id, record);
  }

  noteDurably(room: Room, id: RoomId, record: Json): Promise<void> {
    return this.#rooms.noteDurably(room, id, record);
  }

  noted(room: Room, id: RoomId): unknown {
    return this.#rooms.noted(room, id);
  }

  count(room: Room): number {
    return this.#rooms.count(room);
  }

  listNoted(room: Room): readonly { readonly id: string; readonly record: unknown }[] {
    return this.#rooms.listNoted(room);
  }

  claim(id: UploadId): (() => void) | undefined {
    return claim(this.#rooms.folder('parts'), id);
  }

  remember(tag: string, digest: Digest): void {
    this.#rooms.remember(tag, digest);
  }

  recall(tag: string): Digest | undefined {
    return this.#rooms.recall(tag);
  }

  async close(): Promise<void> {
    await this.#parked.close();
    this.#rooms.close();
    closeSync(this.#root);
  }

  #part(id: UploadId, fd: number): OpenPart {
    return new OpenPart(fd, this.#threads, (part) => this.#parked.park(id, part));
  }

  /** From one of our own paths into the visible tree. */
  #enter(own: string, to: Place): Promise<Outcome<void>> {
    return this.#change(to, (folder, name, path) => {
      const wrong = relocate(own, path);
      if (wrong === undefined) this.#siblings.changed(folder, { gained: name });
      return wrong;
    });
  }

  /**
   * Changes an entry of the visible tree, then makes its folder durable. `change` does all its work before it first waits: the paths
   * that it is given hold no longer.
   */
  async #change(
    at: Place,
    change: (folder: number, name: string, path: string) => Refused | undefined | void | Promise<Outcome<void>>,
  ): Promise<Outcome<void>> {
    if (isHidden(at)) return NOT_FOUND;
    const folder = openFolder(this.#root, at.slice(0, -1));
    if (typeof folder !== 'number') return folder;
    try {
      const entered = inFolderOf(folder, at.slice(-1), (fd, name, path) => ({ outcome: change(fd, name, path) }));
      if (isRefused(entered)) return entered;
      const outcome = await entered.outcome;
      if (isRefused(outcome)) return outcome;
      await syncFolder(folder);
      return ok(undefined);
    } finally {
      closeSync(folder);
    }
  }
}

/**
 * Gives an entry another name, never replacing. A file is linked and unlinked, for link(2) refuses a taken name; a folder is renamed,
 * which at worst replaces an empty folder.
 */
function relocate(from: string, to: string): Refused | undefined {
  const stats = lstatSync(from);
  if (stats.isDirectory()) {
    if (lstatSync(to, { throwIfNoEntry: false }) !== undefined) return NAME_TAKEN;
    renameSync(from, to);
    return undefined;
  }
  if (!stats.isFile() || stats.nlink !== 1) return NOT_PLAIN;
  try {
    linkSync(from, to);
  } catch (error) {
    return refusalOf(error);
  }
  unlinkQuietly(from);
  return undefined;
}

function isHidden(place: Place): boolean {
  return place[0] !== undefined && foldName(place[0]).startsWith(foldName(HIDDEN));
}
