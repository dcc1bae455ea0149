/**
 * The immutable flag of files, set by `chattr`. Every path is walked name by name beneath the vault's folder without following links, so no
 * rename in a folder that others own leads the flag to another file.
 */
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { closeSync, constants, createReadStream, lstatSync, openSync } from 'node:fs';
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

/**
 * Takes the flag off one file whose SHA-256 is not its name; a Fault `whole` when it is. One descriptor of its folder serves the look and the act: what is
 * immutable is neither renamed nor linked into that folder, so the file that was hashed is the one that is let go of.
 */
export async function clearIfDamaged(
  root: number,
  uid: number,
  path: string,
  before: (sha256: string) => Promise<void>,
): Promise<void> {
  const names = path.split('/');
  const name = names.at(-1) ?? '';
  const folder = openFolder(root, names.slice(0, -1));
  if (isRefused(folder)) throw new Fault('no-such-object', `${path}: ${folder.message}`);
  try {
    const file = plainFile(`/proc/${process.pid}/fd/${folder}/${name}`, uid, path);
    const sha256 = await hashOf(file);
    if (sha256 === name) throw new Fault('whole', `${path} is what its name says: it stays as it is`);
    await before(sha256);
    await run('chattr', ['-i', '--', file], { timeout: CHATTR_MS_MAX });
  } finally {
    closeSync(folder);
  }
}

async function hashOf(path: string): Promise<string> {
  const fd = openSync(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  const digest = createHash('sha256');
  for await (const part of createReadStream('', { fd, highWaterMark: 1 << 20 }) as AsyncIterable<Buffer>)
    digest.update(part);
  return digest.digest('hex');
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
