/** Puts one tree into another: what is new moves whole; a folder that both have is gone into, and keeps the times that it has. */
import { join } from 'node:path';
import { isFolder, isThere, namesIn, timesOf } from './byte-names.ts';
import { renameWhole, withinWritable } from './put-restored.ts';
import { setTimes } from '#vault/engine/file-times.ts';
import { pathBytes } from '#vault/engine/path-text.ts';
import { Fault } from '#std/refused.ts';

/** Both are folders. Paths are as `pathText` has them. */
export function mergeTrees(from: string, to: string): void {
  const { atimeNs, mtimeNs } = timesOf(to);
  withinWritable(from, () => withinWritable(to, () => mergeEach(from, to)));
  setTimes(pathBytes(to), atimeNs, mtimeNs);
}

function mergeEach(from: string, to: string): void {
  for (const name of namesIn(from)) {
    const [source, target] = [join(from, name), join(to, name)];
    if (!isThere(target)) renameWhole(source, target);
    else if (isFolder(source) && isFolder(target)) mergeTrees(source, target);
    else throw new Fault('mixed-kinds', `${name.toWellFormed()} is a folder in one snapshot and a file in another`);
  }
}
