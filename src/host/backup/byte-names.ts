/** Names are bytes: what lies in a folder, and moving it, by paths as `pathText` has them. */
import { lstatSync, readdirSync, renameSync } from 'node:fs';
import { dirname } from 'node:path';
import { pathBytes, pathText } from '#vault/engine/path-text.ts';

export function namesIn(folder: string): readonly string[] {
  return readdirSync(pathBytes(folder), { encoding: 'buffer' }).map((name) => pathText(name));
}

/** A link that leads nowhere is there, too. */
export function isThere(path: string): boolean {
  return lstatSync(pathBytes(path), { throwIfNoEntry: false }) !== undefined;
}

/** A link to one is none. */
export function isFolder(path: string): boolean {
  return lstatSync(pathBytes(path)).isDirectory();
}

export function rename(from: string, to: string): void {
  renameSync(pathBytes(from), pathBytes(to));
}

export interface ExactTimes {
  readonly atimeNs: bigint;
  readonly mtimeNs: bigint;
}

export function timesOf(path: string): ExactTimes {
  return lstatSync(pathBytes(path), { bigint: true });
}

/** Whether it is beneath one of these folders. */
export function liesIn(folders: ReadonlySet<string>, path: string): boolean {
  for (let [at, above] = [path, dirname(path)]; above !== at; [at, above] = [above, dirname(above)])
    if (folders.has(above)) return true;
  return false;
}
