/**
 * Names resolved one at a time beneath an open folder.
 *
 * Node has no `openat`; Linux offers the same through `/proc/self/fd/<fd>/<name>`: the kernel jumps to the open folder itself
 * and resolves exactly one name from there. With O_NOFOLLOW on every step neither a link nor a rename between two steps
 * can lead out. Needs Linux and a mounted /proc.
 */
import { closeSync, constants, fstatSync, lstatSync, openSync } from 'node:fs';
import type { BigIntStats } from 'node:fs';
import type { Outcome, Refused } from '#std/refused.ts';
import { isRefused, ok, refused } from '#std/refused.ts';
import type { Place, WorkspaceNode } from '#ports/workspace.ts';
import { NOT_A_FILE, NOT_PLAIN, codeOf, refusalOf, storageFault } from '#host/workspace/storage-fault.ts';

const FOLDER = constants.O_RDONLY | constants.O_DIRECTORY | constants.O_NOFOLLOW;
/** O_NONBLOCK: opening a pipe that somebody put there must not hang. */
const FILE = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;

/** The path that names exactly this entry of this open folder, or a refusal for what is no single name. */
export function entryPath(folder: number, name: string): string | Refused {
  if (name === '' || name === '.' || name === '..' || /[/\0]/.test(name) || !name.isWellFormed()) {
    return refused('name-not-portable', 'That is not the name of a file or folder.');
  }
  return `/proc/self/fd/${folder}/${name}`;
}

/** For names that this program made itself. */
export function ownPath(folder: number, name: string): string {
  const path = entryPath(folder, name);
  if (isRefused(path)) throw storageFault(new Error(`unusable name ${JSON.stringify(name)}`));
  return path;
}

/** Opens the folder at a place; the caller closes the descriptor. */
export function openFolder(root: number, place: Place): number | Refused {
  let folder = openAgain(root);
  for (const name of place) {
    const next = openEntry(folder, name, FOLDER);
    closeSync(folder);
    if (typeof next !== 'number') return next;
    folder = next;
  }
  return folder;
}

/** A descriptor of its own for an open folder. */
function openAgain(folder: number): number {
  try {
    return openSync(`/proc/self/fd/${folder}`, constants.O_RDONLY | constants.O_DIRECTORY);
  } catch (error) {
    throw storageFault(error);
  }
}

function openEntry(folder: number, name: string, flags: number): number | Refused {
  const path = entryPath(folder, name);
  if (isRefused(path)) return path;
  try {
    return openSync(path, flags);
  } catch (error) {
    return codeOf(error) === 'ENOTDIR' && isLink(path) ? NOT_PLAIN : refusalOf(error);
  }
}

function isLink(path: string): boolean {
  return lstatSync(path, { throwIfNoEntry: false })?.isSymbolicLink() ?? false;
}

/** Runs with the open folder that holds the last name of a place, and closes it. */
export function inFolderOf<T>(
  root: number,
  place: Place,
  run: (folder: number, name: string, path: string) => T | Refused,
): T | Refused {
  const name = place.at(-1);
  if (name === undefined) return refused('workspace-itself', 'That is the workspace itself.');
  const folder = openFolder(root, place.slice(0, -1));
  if (typeof folder !== 'number') return folder;
  try {
    const path = entryPath(folder, name);
    return isRefused(path) ? path : run(folder, name, path);
  } catch (error) {
    return refusalOf(error);
  } finally {
    closeSync(folder);
  }
}

/** Opens a plain file with exactly one name; the caller closes the descriptor. */
export function openPlainFile(
  root: number,
  place: Place,
): { readonly fd: number; readonly stats: BigIntStats } | Refused {
  return inFolderOf(root, place, (folder, name) => {
    const fd = openEntry(folder, name, FILE);
    if (typeof fd !== 'number') return fd;
    const stats = fstatSync(fd, { bigint: true });
    const wrong = stats.isDirectory() ? NOT_A_FILE : !stats.isFile() || stats.nlink !== 1n ? NOT_PLAIN : undefined;
    if (wrong === undefined) return { fd, stats };
    closeSync(fd);
    return wrong;
  });
}

export function tagOf(stats: BigIntStats): string {
  return `${stats.ino.toString(36)}-${stats.size.toString(36)}-${stats.mtimeNs.toString(36)}`;
}

/** Undefined for what is never shown: links and special files. */
export function nodeOf(name: string, stats: BigIntStats): WorkspaceNode | undefined {
  const type = stats.isDirectory() ? 'folder' : stats.isFile() && stats.nlink === 1n ? 'file' : undefined;
  if (type === undefined) return undefined;
  return {
    name,
    type,
    sizeBytes: type === 'file' ? Number(stats.size) : 0,
    modifiedAt: Number(stats.mtimeNs / 1_000_000n),
    tag: tagOf(stats),
  };
}

export function lookAt(path: string, name: string): Outcome<WorkspaceNode> {
  const node = nodeOf(name, lstatSync(path, { bigint: true }));
  return node === undefined ? NOT_PLAIN : ok(node);
}
