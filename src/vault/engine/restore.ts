/**
 * Brings a snapshot, or a part of one, back to a folder. Folders first, then files piece by piece as packs are read, then links, then modes and times,
 * so that nothing is ever written through a link that came out of the snapshot. What is there already is not touched. A file that lacks pieces has its
 * full length and holes in it: it is taken away again, as is a folder of which nobody knows what was in it.
 */
import { linkSync, mkdirSync, rmdirSync, unlinkSync } from 'node:fs';
import { resolve } from 'node:path';
import { pathText } from '#vault/engine/path-text.ts';
import { disputedLengths } from '#vault/engine/plain-lengths.ts';
import { asDamage, unknownWhy } from '#vault/engine/repository.ts';
import type { Repository } from '#vault/engine/repository.ts';
import { createFailureList } from '#vault/engine/restore-failures.ts';
import type { Failures } from '#vault/engine/restore-failures.ts';
import { planAgain, planPacks } from '#vault/engine/restore-plan.ts';
import type { PackJob, PlannedFile } from '#vault/engine/restore-plan.ts';
import type { DamagedPiece } from '#vault/engine/restore-work.ts';
import {
  attempt,
  dress,
  dressingOf,
  isThere,
  keptLink,
  makeLong,
  makeSpecial,
  whyNot,
} from '#vault/engine/restored-entry.ts';
import type { Dressing, Late, LateLink } from '#vault/engine/restored-entry.ts';
import { startRestorers, warmRestorers } from '#vault/engine/restorers.ts';
import type { WarmRestorers } from '#vault/engine/restorers.ts';
import { treeAt } from '#vault/engine/tree-reader.ts';
import type { TreeNode } from '#vault/format/tree-node.ts';
import type { FileAttributes } from '#ports/file-attributes.ts';
import type { StorePlace } from '#vault/store/open-store.ts';

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
  /** So many failed files are named; the others are counted. */
  readonly failedNamedMax?: number;
  /** False leaves out what this returns false for; `path` is beneath the target, as `pathText` has it. */
  takes?(path: string, node: TreeNode): boolean;
  onProgress?(progress: RestoreProgress): void;
}

export interface RestoreProgress {
  readonly files: number;
  readonly bytes: number;
  readonly doneBytes: number;
  readonly ms: number;
}

export interface RestoreResult extends Failures {
  readonly files: number;
  readonly folders: number;
  readonly bytes: number;
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
const PROGRESS_MS = 250;

interface Made extends Late {
  readonly file: number;
}

/** What waits for the end: a path as text, because a few bytes would hold the page that they were cut from. */
interface LateFolder {
  /** `latin1`. */
  readonly path: string;
  readonly node: Dressing;
}

export async function restore(repository: Repository, options: RestoreOptions): Promise<RestoreResult> {
  const { place, signal } = options;
  const begun = performance.now();
  const target = Buffer.from(resolve(options.target));
  mkdirSync(target, { recursive: true });
  const count = { files: 0, folders: 0, bytes: 0, doneBytes: 0 };
  const failures = createFailureList(options.failedNamedMax);
  const folders: LateFolder[] = [];
  const links: LateLink[] = [];
  let finished: Made[] = [];
  const attributed = options.attributes?.gather();
  let withoutAttributes = 0;
  /** By the numbers of files at work. */
  const holed = new Set<number>();
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

  function fails(path: Buffer, why: string): void {
    failures.add(path, why);
  }

  function lacks(path: Buffer, why: string): void {
    failures.add(path, why, 'file');
  }

  /** Once for each file, however many of its pieces are damaged. */
  function lacksPiece(file: number, why: string): void {
    if (holed.has(file)) return;
    holed.add(file);
    lacks(numbered.get(file) ?? Buffer.alloc(0), why);
  }

  /** All pieces are where they belong, but for those that are lost. */
  function settle({ file, path, node }: Made): void {
    numbered.delete(file);
    if (holed.delete(file)) unlinkSync(path);
    else dress({ path, node }, fails);
  }

  async function flush(): Promise<void> {
    const [files, made, many] = [waiting, finished, pieces];
    [waiting, finished, pieces] = [[], [], 0];
    const lengths = await disputedLengths(repository, files);
    const { jobs, unknown, zeroBytes } = planPacks(repository.index, files, lengths);
    count.doneBytes += zeroBytes;
    let left = jobs.length;
    atWork.files += files.length;
    atWork.pieces += many;
    windowFiles = Math.min(WINDOW_FILES, windowFiles * GROWTH);
    function done(): void {
      atWork.files -= files.length;
      atWork.pieces -= many;
      for (const one of made) settle(one);
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
      if (job === undefined) return piece.targets.forEach(({ file }) => lacksPiece(file, piece.why));
      left += 1;
      begin(job);
    }
    for (const file of unknown.keys()) lacksPiece(file, unknownPiece(repository));
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
    if (options.takes?.(pathText(path), node) === false) return;
    if (node.xattrs !== undefined && node.xattrs.length > 0) {
      attributed?.add({ path, attributes: node.xattrs });
      if (attributed === undefined) withoutAttributes += 1;
    }
    if (node.type === 'dir') return folder(path, node);
    if (node.type !== 'file') return void links.push(keptLink(path, node));
    count.files += 1;
    const twin = node.links > 1n ? hardLinks.get(`${node.deviceId}:${node.inode}`) : undefined;
    if (twin !== undefined) return void twins.push([twin, path]);
    if (file(path, node) && node.links > 1n) hardLinks.set(`${node.deviceId}:${node.inode}`, path);
    if (waiting.length >= windowFiles || pieces >= WINDOW_PIECES) await flush();
  }

  /** Whether it was made. */
  function file(path: Buffer, node: TreeNode): boolean {
    try {
      makeLong(path, Number(node.size));
    } catch (cause) {
      lacks(path, whyNot(cause));
      return false;
    }
    count.bytes += Number(node.size);
    const content = node.content ?? [];
    numbered.set(fileCount, path);
    waiting.push({ file: fileCount, content });
    finished.push({ file: fileCount, path, node });
    fileCount += 1;
    pieces += content.length;
    return true;
  }

  async function folder(path: Buffer, node: TreeNode): Promise<void> {
    try {
      mkdirSync(path, { mode: 0o700 });
    } catch (cause) {
      return fails(path, whyNot(cause));
    }
    const children = node.subtree === undefined ? [] : await entriesOf(path, node.subtree);
    if (children === undefined) return rmdirSync(path);
    count.folders += 1;
    folders.push({ path: path.toString('latin1'), node: dressingOf(node) });
    for (const child of children) await one(Buffer.concat([path, Buffer.from('/'), child.name]), child);
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

  /** Undefined when nobody knows what was in the folder. */
  async function entriesOf(path: Buffer, tree: string): Promise<readonly TreeNode[] | undefined> {
    try {
      return await repository.readTree(tree);
    } catch (cause) {
      failures.add(path, asDamage(`tree ${tree}`, cause).why, 'folder');
      return undefined;
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
      if (isThere(from)) attempt(lacks, to, () => linkSync(from, to));
      else lacks(to, 'it is one file with another, which could not be restored');
    }
    for (const late of links) {
      if (await made(late)) dress(late, fails);
    }
    for (const { path: bad, why } of (await attributed?.set(true)) ?? []) fails(Buffer.from(bad), why);
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
    ...failures.all(),
    withoutAttributes,
    ms: Math.round(performance.now() - begun),
  };
}

function unknownPiece({ damagedIndexes }: Repository): string {
  return `a piece of it is lost: ${unknownWhy(damagedIndexes)}`;
}
