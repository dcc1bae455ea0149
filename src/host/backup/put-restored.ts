/**
 * Moves what was restored to where people see it: beside what is there, or in its place with the old kept under a name that says so. What was there is
 * never in a folder that somebody clears, and nothing is ever renamed over something else: a kill, or a folder that refuses, loses none of it. Paths are as
 * `pathText` has them.
 */
import { chmodSync, lstatSync, mkdirSync, rmdirSync, rmSync } from 'node:fs';
import { basename, dirname, extname, join } from 'node:path';
import { isFolder, isThere, namesIn, rename } from './byte-names.ts';
import { HIDDEN } from '#gates/files/portable-name.ts';
import type { Restore } from '#model/backup-state.ts';
import type { RestoreId } from '#std/ids.ts';
import { pathBytes } from '#vault/engine/path-text.ts';
import { Fault } from '#std/refused.ts';

const SHORT = 6;
/** So many attempts at one restore find a free name for what they keep. */
const NAMES_MAX = 1000;

/** `media/a.mov` comes to `media/restored abc234/a.mov`: beside the original, where whoever may see the one sees the other. */
export function putAside(workspace: string, { id, path }: Restore, root: string): string {
  const name = `restored ${id.slice(-SHORT)}`;
  if (path === '') {
    const tops = visible(root);
    const folder = freeOf(name, (one) => tops.some((top) => isThere(join(workspace, top, one))));
    for (const top of tops) move(join(root, top), join(workspace, top, folder));
    return `*/${folder}`;
  }
  const parent = dirname(path) === '.' ? path : dirname(path);
  const folder = freeOf(name, (one) => isThere(join(workspace, parent, one)));
  move(root, join(workspace, parent, folder, basename(path)));
  return join(parent, folder, basename(path));
}

/** What was there is renamed, then what was restored takes its name: at no time is there half of either. */
export function putInPlace(workspace: string, { id, path }: Restore, root: string): string {
  const tops =
    path === '' ? visible(root).map((top) => ({ from: join(root, top), path: top })) : [{ from: root, path }];
  for (const one of tops) {
    const target = join(workspace, one.path);
    if (!isThere(target)) move(one.from, target);
    else if (one.path.includes('/')) {
      renameWhole(target, freeBeside(target, ` (${keptName(id)})`));
      move(one.from, target);
    } else exchangeTop(workspace, id, one);
  }
  return path;
}

/** File by file, for a choice of files: folders stay, and each file that is there keeps its bytes as `a (before restore abc234).mov`. */
export function putEachInPlace(workspace: string, restore: Restore, root: string): string {
  const { id, path } = restore;
  putFiles(root, join(workspace, path), ` (${keptName(id)})`);
  return path === '' ? '*' : path;
}

function putFiles(from: string, to: string, kept: string): void {
  if (!isThere(to)) return move(from, to);
  if (isFolder(from) && isFolder(to)) {
    for (const name of visible(from)) putFiles(join(from, name), join(to, name), kept);
    return;
  }
  const extension = extname(to);
  renameWhole(to, freeBeside(to.slice(0, to.length - extension.length), kept, extension));
  move(from, to);
}

/** Top folders are named by the model, so the old one goes within the new one; meanwhile it waits in a room that only `settleExchange` empties. */
function exchangeTop(workspace: string, id: RestoreId, one: { readonly from: string; readonly path: string }): void {
  const target = join(workspace, one.path);
  const waiting = join(waitingRoom(workspace, id), one.path);
  mkdirSync(pathBytes(dirname(waiting)), { recursive: true, mode: 0o700 });
  renameWhole(target, waiting);
  try {
    renameWhole(one.from, target);
  } finally {
    settleExchange(workspace, id);
  }
}

/** Gives back whatever an exchange still holds: under its own name when that is free, else within what was restored. Called before a restore begins anew. */
export function settleExchange(workspace: string, id: RestoreId): void {
  const room = waitingRoom(workspace, id);
  if (!isThere(room)) return;
  for (const top of namesIn(room)) {
    const target = join(workspace, top);
    const kept = (): string =>
      join(
        target,
        freeOf(keptName(id), (name) => isThere(join(target, name))),
      );
    if (!isThere(target)) renameWhole(join(room, top), target);
    else withinWritable(target, () => renameWhole(join(room, top), kept()));
  }
  rmdirSync(room);
}

function waitingRoom(workspace: string, id: RestoreId): string {
  return join(workspace, HIDDEN, 'exchanging', id);
}

function keptName(id: RestoreId): string {
  return `before restore ${id.slice(-SHORT)}`;
}

function freeBeside(stem: string, kept: string, extension = ''): string {
  return `${stem}${freeOf(kept, (name) => isThere(`${stem}${name}${extension}`))}${extension}`;
}

/** The name, or with a number when an attempt that was killed has left it taken. */
function freeOf(name: string, isTaken: (name: string) => boolean): string {
  for (let n = 1; n <= NAMES_MAX; n += 1) {
    const one = n === 1 ? name : `${name} ${n}`;
    if (!isTaken(one)) return one;
  }
  throw new Fault('names-taken', `“${name}” and ${NAMES_MAX} names like it are taken: move some of them away`);
}

function move(from: string, to: string): void {
  mkdirSync(pathBytes(dirname(to)), { recursive: true, mode: 0o700 });
  withinWritable(dirname(from), () => renameWhole(from, to)); // as it was, it may let nobody write
}

/** A folder that moves to another one must be writable itself: its `..` changes. */
export function renameWhole(from: string, to: string): void {
  if (dirname(from) === dirname(to) || !isFolder(from)) return rename(from, to);
  let at = from;
  withinWritable(
    from,
    () => {
      rename(from, to);
      at = to;
    },
    () => at,
  );
}

const OWNER_ALL = 0o700;

/** Read-only folders come out of snapshots, too; the mode is as it was afterwards. */
export function withinWritable(folder: string, act: () => void, nowAt: () => string = () => folder): void {
  const mode = lstatSync(pathBytes(folder)).mode & 0o7777;
  if ((mode & OWNER_ALL) === OWNER_ALL) return act();
  chmodSync(pathBytes(folder), mode | OWNER_ALL);
  try {
    act();
  } finally {
    chmodSync(pathBytes(nowAt()), mode);
  }
}

/** Clears a room of half restores, with the read-only folders in it. */
export function clearStaging(folder: string): void {
  try {
    rmSync(folder, { recursive: true, force: true });
  } catch {
    openFolders(folder);
    rmSync(folder, { recursive: true, force: true });
  }
}

function openFolders(folder: string): void {
  chmodSync(pathBytes(folder), OWNER_ALL);
  for (const name of namesIn(folder)) if (isFolder(join(folder, name))) openFolders(join(folder, name));
}

function visible(folder: string): readonly string[] {
  return namesIn(folder).filter((name) => name !== HIDDEN);
}
