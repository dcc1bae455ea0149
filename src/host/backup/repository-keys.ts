/**
 * Passwords and credentials of backups: one file each under `keys/backup/`, mode 0600, read by those who need them and never passed on by argument,
 * environment or log. Each project has a repository of its own with a password of its own, so that destroying the one file (and its copies) ends what a
 * client's backups can tell. The facility's own repository holds all the others; its password is the one to keep elsewhere.
 *
 *     keys/backup/<repository>.password              one line; <repository> is a project's id, or `facility`
 *     keys/backup/<vault>.credential                 `user:password` for every repository of this vault,
 *     keys/backup/<vault>.<repository>.credential    or for this one: the user's name is the path of its repository there
 *     keys/backup/<vault>.{ca,cert,key}.pem          whom to trust, and our own certificate
 */
import { randomBytes } from 'node:crypto';
import { existsSync, linkSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ProjectId, VaultId } from '#std/ids.ts';
import { GUESS_COST, RANDOM_PASSWORD_COST } from '#vault/format/key-format.ts';
import type { GuessCost } from '#vault/format/key-format.ts';
import { Fault } from '#std/refused.ts';

export type RepositoryName = ProjectId | 'facility';

const PASSWORD_BYTES = 32;

export function keysFolder(data: string): string {
  return join(data, 'keys', 'backup');
}

/** Whether a file of this name belongs to the project: its password, or what leads to its repository in some vault. */
export function isKeyOf(name: string, project: ProjectId): boolean {
  return name.split('.').includes(project);
}

export function passwordFile(data: string, repository: RepositoryName): string {
  return join(keysFolder(data), `${repository}.password`);
}

/** The path of the password's file; the password is made when there is none. */
export function ensurePassword(data: string, repository: RepositoryName): string {
  const path = passwordFile(data, repository);
  if (existsSync(path)) return path;
  mkdirSync(keysFolder(data), { recursive: true, mode: 0o700 });
  const aside = `${path}.${process.pid}`;
  writeFileSync(aside, `${randomBytes(PASSWORD_BYTES).toString('base64url')}\n`, { mode: 0o600, flush: true });
  try {
    linkSync(aside, path); // never replaces: two processes agree on one password
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code !== 'EEXIST') throw cause; // an error of Node's file functions
  } finally {
    rmSync(aside);
  }
  return path;
}

/** What a guess at this password has to cost: nothing worth speaking of for one of ours, and what restic takes for one that somebody put there. */
export function guessCostOf(password: string): GuessCost {
  return /^[\w-]{43}$/.test(password) ? RANDOM_PASSWORD_COST : GUESS_COST;
}

export function readPassword(path: string): string {
  try {
    return readFileSync(path, 'utf8').replace(/\r?\n$/, '');
  } catch (cause) {
    throw new Fault('no-password', `the password's file ${path} cannot be read`, { cause });
  }
}

export function credentialFile(data: string, vault: VaultId, repository: RepositoryName): string | undefined {
  const folder = keysFolder(data);
  return [`${vault}.${repository}.credential`, `${vault}.credential`]
    .map((name) => join(folder, name))
    .find((path) => existsSync(path));
}

export function tlsFile(data: string, vault: VaultId, what: 'ca' | 'cert' | 'key'): string | undefined {
  const path = join(keysFolder(data), `${vault}.${what}.pem`);
  return existsSync(path) ? path : undefined;
}
