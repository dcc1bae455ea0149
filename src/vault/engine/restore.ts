/**
 * Brings a snapshot, or a part of one, back to a folder. Folders first, then files piece by piece as packs are read, then links, then modes and times,
 * so that nothing is ever written through a link that came out of the snapshot. What is there already is not touched.
 */
import {
  chmodSync,
  closeSync,
  constants,
  ftruncateSync,
  lchownSync,
  linkSync,
  lutimesSync,
  mkdirSync,
  openSync,
  symlinkSync,
} from 'node:fs';
import { resolve } from 'node:path';
import { unixMode } from '#vault/engine/node-of.ts';
import { disputedLengths } from '#vault/engine/plain-lengths.ts';
import { asDamage } from '#vault/engine/repository.ts';
import type { Repository } from '#vault/engine/repository.ts';
import { planAgain, planPacks } from '#vault/engine/restore-plan.ts';
import type { PackJob, PlannedFile } from '#vault/engine/restore-plan.ts';
import { isOutOfRoom, targetFull } from '#vault/engine/room.ts';
import type { DamagedPiece } from '#vault/engine/restore-work.ts';
import { startRestorers, warmRestorers } from '#vault/engine/restorers.ts';
import type { WarmRestorers } from '#vault/engine/restorers.ts';
import { treeAt } from '#vault/engine/tree-reader.ts';
import type { TreeNode } from '#vault/format/tree-node.ts';
import type { FileAttributes } from '#ports/file-attributes.ts';
import type { StorePlace } from '#vault/store/open-store.ts';
import { Fault } from '#std/refused.ts';

export interface RestoreOptions {
  readonly place: StorePlace;
  readonly snapshot: string;
  /** Path within the snapshot, from its root: `/srv/projects/alpha/media`. A folder or one file. */
  readonly path: string;
  /** Folder that what is at `path` is put into, under its own name. Made when it is missing. */
  readonly target: string;
  /** Threads that were started while the repository was opened. */
  readonly warm?: WarmRestorers;
  readonly signal?: AbortSignal;
  /** Sets extended attributes, makes fifos and devices; without it the result names what is left out. */
  readonly attributes?: Pick<FileAttributes, 'gather' | 'makeSpecial'>;
  /** False leaves out what this returns false for; `path` is beneath the target. */
  takes?(path: string, node: TreeNode): boolean;
  onProgress?(progress: RestoreProgress): void;
}

export interface RestoreProgress {
  readonly files: number;
  readonly bytes: number;
  readonly doneBytes: number;
  readonly ms: number;
}

export interface FailedFile {
  readonly path: string;
  readonly why: string;
  /** What is there is not what was backed up: pieces lack, or nothing was made. Absent when only modes, times or attributes are not as they were. */
  readonly hasHoles?: true;
}

export interface RestoreResult {
  readonly files: number;
  readonly folders: number;
  readonly bytes: number;
  readonly failed: readonly FailedFile[];
  /** Files whose extended attributes were not set, because nothing was given to set them with. */
  readonly withoutAttributes: number;
  readonly ms: number;
}

/**
 * Files whose pieces are planned together: memory stays bounded, and most packs are still read once. While the threads write those of one window, the
 * files of the next are made, and those of the one before get their modes and times.
 */
const WINDOW_PIECES = 40_000;
const WINDOW_FILES = 2000;
/** The first window is small, so that the threads begin at once; each is so many times as large as the one before. */
const FIRST_FILES = 128;
const GROWTH = 4;
/** Files and their pieces that windows at work may have together: two whole windows. */
const FILES_MAX = 2 * WINDOW_FILES;
const PIECES_MAX = 2 * WINDOW_PIECES;
const FAILED_MAX = 10_000;
const PROGRESS_MS = 250;

type Dressing = Pick<TreeNode, 'type' | 'mode' | 'uid' | 'gid' | 'mtimeNs'>;

interface Late {
  readonly path: Buffer;
  readonly node: Dressing;
}

/** What waits for the end: a path as text, because a few bytes would hold the page that they were cut from. */
interface LateFolder {
  /** `latin1`. */
  readonly path: string;
  readonly node: Dressing;
}

interface LateLink {
  readonly path: Buffer;
  readonly node: TreeNode;
}

export async function restore(repository: Repository, options: RestoreOptions): Promise<RestoreResult> {
  const { place, signal } = options;
  const begun = performance.now();
  const target = Buffer.from(resolve(options.target));
  mkdirSync(target, { recursive: true });
  const count = { files: 0, folders: 0, bytes: 0, doneBytes: 0 };
  const failed: FailedFile[] = [];
  const folders: LateFolder[] = [];
  const links: LateLink[] = [];
  let finished: Late[] = [];
  const attributed = options.attributes?.gather();
  let withoutAttributes = 0;
  const holed = new Map<string, string>();
  const hardLinks = new Map<string, Buffer>();
  const twins: (readonly [from: Buffer, to: Buffer])[] = [];
  const numbered = new Map<number, Buffer>();
  let fileCount = 0;
  const atWork = { files: 0, pieces: 0 };
  let windowFiles = FIRST_FILES;
  let waiting: PlannedFile[] = [];
  let pieces = 0;

  const restorers = startRestorers(
    options.warm ?? warmRestorers(place),
    { key: repository.key, root: options.target },
    {
      done: (bytes) => void (count.doneBytes += bytes),
      checked: () => undefined,
    },
  );

  function fails(path: Buffer, why: string, hasHoles = false): void {
    if (failed.length >= FAILED_MAX) throw new Fault('too-many-failed', 'too many files could not be restored');
    failed.push({ path: path.toString(), why, ...(hasHoles ? { hasHoles: true } : {}) });
  }

  /** Once for each file, however many of its pieces are damaged. */
  function lacks(path: Buffer = Buffer.alloc(0), why: string): void {
    const key = path.toString('latin1');
    if (holed.has(key)) return;
    holed.set(key, why);
    fails(path, why, true);
  }

  async function flush(): Promise<void> {
    const [files, toDress, many] = [waiting, finished, pieces];
    [waiting, finished, pieces] = [[], [], 0];
    const jobs = planPacks(repository.index, files, await disputedLengths(repository, files));
    let left = jobs.length;
    atWork.files += files.length;
    atWork.pieces += many;
    windowFiles = Math.min(WINDOW_FILES, windowFiles * GROWTH);
    function done(): void {
      atWork.files -= files.length;
      atWork.pieces -= many;
      for (const late of toDress) dress(late, fails);
      for (const { file } of files) numbered.delete(file);
    }
    function begin(job: PackJob): void {
      restorers.restore(job, pathsOf(job), (damaged) => {
        for (const piece of damaged) again(piece);
        left -= 1;
        if (left === 0) done();
      });
    }
    /** An index may say of a piece that it is where it is not; another one, where it is. */
    function again(piece: DamagedPiece): void {
      const job = planAgain(repository.index, piece);
      if (job === undefined) return piece.targets.forEach(({ file }) => lacks(numbered.get(file), piece.why));
      left += 1;
      begin(job);
    }
    for (const job of jobs) begin(job);
    if (left === 0) done();
    await until(() => atWork.files + windowFiles <= FILES_MAX && atWork.pieces + WINDOW_PIECES <= PIECES_MAX);
  }

  function pathsOf({ pieces: all }: PackJob) {
    const needed = new Set(all.flatMap(({ targets }) => targets.map(({ file }) => file)));
    return [...needed].map((file) => [file, numbered.get(file) ?? Buffer.alloc(0)] as const);
  }

  async function until(isEnough: () => boolean): Promise<void> {
    while (!isEnough()) {
      signal?.throwIfAborted();
      await restorers.change();
    }
  }

  async function one(path: Buffer, node: TreeNode): Promise<void> {
    signal?.throwIfAborted();
    if (options.takes?.(path.toString(), node) === false) return;
    if (node.xattrs !== undefined && node.xattrs.length > 0) {
      attributed?.add({ path, attributes: node.xattrs });
      if (attributed === undefined) withoutAttributes += 1;
    }
    if (node.type === 'dir') return folder(path, node);
    if (node.type !== 'file') return void links.push(keptLink(path, node));
    count.files += 1;
    const twin = node.links > 1n ? hardLinks.get(`${node.deviceId}:${node.inode}`) : undefined;
    if (twin !== undefined) return void twins.push([twin, path]);
    if (node.links > 1n) hardLinks.set(`${node.deviceId}:${node.inode}`, path);
    file(path, node);
    if (waiting.length >= windowFiles || pieces >= WINDOW_PIECES) await flush();
  }

  function file(path: Buffer, node: TreeNode): void {
    try {
      const fd = openSync(
        path,
        constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW,
        0o600,
      );
      ftruncateSync(fd, Number(node.size));
      closeSync(fd);
    } catch (cause) {
      return lacks(path, whyNot(cause));
    }
    count.bytes += Number(node.size);
    const content = node.content ?? [];
    numbered.set(fileCount, path);
    waiting.push({ file: fileCount, content });
    fileCount += 1;
    pieces += content.length;
    finished.push({ path, node });
  }

  async function folder(path: Buffer, node: TreeNode): Promise<void> {
    try {
      mkdirSync(path, { mode: 0o700 });
    } catch (cause) {
      return fails(path, whyNot(cause));
    }
    count.folders += 1;
    folders.push({ path: path.toString('latin1'), node: dressingOf(node) });
    if (node.subtree === undefined) return;
    for (const child of await entriesOf(path, node.subtree))
      await one(Buffer.concat([path, Buffer.from('/'), child.name]), child);
  }

  async function made(late: LateLink): Promise<boolean> {
    try {
      await makeSpecial(late, options.attributes);
      return true;
    } catch (cause) {
      fails(late.path, String(cause));
      return false;
    }
  }

  async function entriesOf(path: Buffer, tree: string): Promise<readonly TreeNode[]> {
    try {
      return await repository.readTree(tree);
    } catch (cause) {
      fails(path, asDamage(`tree ${tree}`, cause).why);
      return [];
    }
  }

  const timer = setInterval(() => options.onProgress?.({ ...count, ms: performance.now() - begun }), PROGRESS_MS);
  try {
    const { snapshot, path } = options;
    const top = await treeAt(repository, snapshot, path);
    for (const node of top) await one(Buffer.concat([target, Buffer.from('/'), node.name]), node);
    await flush();
    await until(() => atWork.files === 0);
    await restorers.finish();
    for (const [from, to] of twins) {
      const why = holed.get(from.toString('latin1'));
      if (why === undefined) attempt(lacks, to, () => linkSync(from, to));
      else lacks(to, why);
    }
    for (const late of links) {
      if (await made(late)) dress(late, fails);
    }
    for (const { path: bad, why } of (await attributed?.set()) ?? []) fails(Buffer.from(bad), why);
    for (const { path: late, node } of folders.toReversed()) dress({ path: Buffer.from(late, 'latin1'), node }, fails);
  } finally {
    clearInterval(timer);
    attributed?.close();
    await restorers.close();
  }
  return {
    files: count.files,
    folders: count.folders,
    bytes: count.bytes,
    failed,
    withoutAttributes,
    ms: Math.round(performance.now() - begun),
  };
}

function dressingOf({ type, mode, uid, gid, mtimeNs }: TreeNode): Dressing {
  return { type, mode, uid, gid, mtimeNs };
}

function keptLink(path: Buffer, { linkTarget, ...node }: TreeNode): LateLink {
  const target = linkTarget === undefined ? {} : { linkTarget: owned(linkTarget) };
  return { path: owned(path), node: { ...node, ...target, name: Buffer.alloc(0) } };
}

function owned(bytes: Uint8Array): Buffer {
  const own = Buffer.allocUnsafeSlow(bytes.length);
  own.set(bytes);
  return own;
}

/** One file that cannot be made is named; a full place ends the restore, since nothing more can be made there. */
function whyNot(cause: unknown): string {
  if (isOutOfRoom(cause)) throw targetFull();
  return String(cause);
}

function attempt(fails: (path: Buffer, why: string) => void, path: Buffer, act: () => void): boolean {
  try {
    act();
    return true;
  } catch (cause) {
    fails(path, String(cause));
    return false;
  }
}

async function makeSpecial({ path, node }: LateLink, by: RestoreOptions['attributes']): Promise<void> {
  if (node.type === 'symlink') return symlinkSync(Buffer.from(node.linkTarget ?? []), path);
  if (node.type === 'socket') throw new Fault('special-file', 'a socket is made by the program that listens on it');
  if (by === undefined) throw new Fault('special-file', `a ${node.type} is not restored: make it anew`);
  const kind = node.type === 'fifo' ? 'fifo' : node.type === 'chardev' ? 'char' : 'block';
  await by.makeSpecial({ path, kind, device: node.device ?? 0n });
}

/** Owner, then mode (changing the owner clears set-id bits), then times. Only root can give files away; others keep what they get. */
function dress({ path, node }: Late, fails: (path: Buffer, why: string) => void): void {
  attempt(fails, path, () => {
    if (process.geteuid?.() === 0) lchownSync(path, node.uid, node.gid);
    if (node.type !== 'symlink') chmodSync(path, unixMode(node.mode));
    const seconds = Number(node.mtimeNs) / 1e9;
    lutimesSync(path, seconds, seconds);
  });
}
