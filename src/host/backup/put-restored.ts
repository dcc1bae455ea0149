/** Moves what was restored to where people see it: beside what is there, or in its place with the old kept under a name that says so. */
import { existsSync, lstatSync, mkdirSync, readdirSync, renameSync } from 'node:fs';
import { basename, dirname, extname, join } from 'node:path';
import { HIDDEN } from '#gates/files/portable-name.ts';
import type { Restore } from '#model/state.ts';

const SHORT = 6;

/** `media/a.mov` comes to `media/restored abc234/a.mov`: beside the original, where whoever may see the one sees the other. */
export function putAside(workspace: string, { id, path }: Restore, root: string): string {
  const folder = `restored ${id.slice(-SHORT)}`;
  if (path === '') {
    for (const top of visible(root)) move(join(root, top), join(workspace, top, folder));
    return `*/${folder}`;
  }
  const parent = dirname(path) === '.' ? path : dirname(path);
  move(root, join(workspace, parent, folder, basename(path)));
  return join(parent, folder, basename(path));
}

/** What was there is renamed, then what was restored takes its name: at no time is there half of either. */
export function putInPlace(workspace: string, { id, path }: Restore, root: string): string {
  const tops =
    path === '' ? visible(root).map((top) => ({ from: join(root, top), path: top })) : [{ from: root, path }];
  for (const one of tops) {
    const target = join(workspace, one.path);
    // Top folders are named by the model; the old one goes within the new one.
    const kept = one.path.includes('/') ? `${target} (before restore ${id.slice(-SHORT)})` : undefined;
    if (!existsSync(target)) move(one.from, target);
    else if (kept !== undefined) {
      renameSync(target, kept);
      move(one.from, target);
    } else exchangeTop(target, one.from, `before restore ${id.slice(-SHORT)}`);
  }
  return path;
}

/** File by file, for a choice of files: folders stay, and each file that is there keeps its bytes as `a (before restore abc234).mov`. */
export function putEachInPlace(workspace: string, restore: Restore, root: string): string {
  const { id, path } = restore;
  putFiles(root, join(workspace, path), `(before restore ${id.slice(-SHORT)})`);
  return path === '' ? '*' : path;
}

function putFiles(from: string, to: string, kept: string): void {
  if (!existsSync(to)) return move(from, to);
  if (lstatSync(from).isDirectory() && lstatSync(to).isDirectory()) {
    for (const name of visible(from)) putFiles(join(from, name), join(to, name), kept);
    return;
  }
  const extension = extname(to);
  renameSync(to, `${to.slice(0, to.length - extension.length)} ${kept}${extension}`);
  move(from, to);
}

function exchangeTop(target: string, from: string, kept: string): void {
  const old = `${from}.old`;
  renameSync(target, old);
  renameSync(from, target);
  renameSync(old, join(target, kept));
}

function move(from: string, to: string): void {
  mkdirSync(dirname(to), { recursive: true, mode: 0o700 });
  renameSync(from, to);
}

function visible(folder: string): readonly string[] {
  return readdirSync(folder).filter((name) => name !== HIDDEN);
}
