/**
 * The immutable flag of files, set by `chattr`. Every path is walked name by name beneath the vault's folder without following links, so no
 * rename in a folder that others own leads the flag to another file.
 */
import { execFile } from 'node:child_process';
import { closeSync, lstatSync } from 'node:fs';
import { promisify } from 'node:util';
import { openFolder } from '#host/workspace/beneath.ts';
import { Fault, isRefused } from '#std/refused.ts';

const run = promisify(execFile);
const CHATTR_MS_MAX = 60_000;

/** All of them, or a Fault and perhaps some. `root`: descriptor of the vault's folder; the files belong to `uid`. */
export async function setFlag(root: number, uid: number, paths: readonly string[], isOn: boolean): Promise<void> {
  const folders: number[] = [];
  try {
    const files = paths.map((path) => {
      const names = path.split('/');
      const folder = openFolder(root, names.slice(0, -1));
      if (isRefused(folder)) throw new Fault('no-such-object', `${path}: ${folder.message}`);
      folders.push(folder);
      return plainFile(`/proc/${process.pid}/fd/${folder}/${names.at(-1) ?? ''}`, uid, path);
    });
    await run('chattr', [isOn ? '+i' : '-i', '--', ...files], { timeout: CHATTR_MS_MAX });
  } catch (cause) {
    if (cause instanceof Fault) throw cause;
    throw new Fault('no-immutable-flag', `this file system does not keep files immutable: ${said(cause)}`, { cause });
  } finally {
    for (const folder of folders) closeSync(folder);
  }
}

function plainFile(path: string, uid: number, name: string): string {
  const stats = lstatSync(path, { throwIfNoEntry: false });
  if (stats === undefined) throw new Fault('no-such-object', `${name} is not there`);
  if (!stats.isFile() || stats.nlink !== 1 || stats.uid !== uid)
    throw new Fault('not-an-object', `${name} is no file of the vault: a link, or somebody else's`);
  return path;
}

function said(cause: unknown): string {
  const { stderr } = cause as { readonly stderr?: string }; // an error of execFile
  return (
    (stderr ?? String(cause))
      .trim()
      .split('\n')
      .at(-1)
      ?.replace(/\/proc\/\S+/g, '') ?? ''
  );
}
