/**
 * A restore of project files, to the side or in place. Either way everything is first written to a hidden room of the same workspace, and only what is
 * whole is moved to where people see it; in place, what was there keeps its bytes under a name that says so.
 */
import { existsSync, mkdirSync, readdirSync, realpathSync, renameSync, rmSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import type { RestoredAnswer } from './job.ts';
import { passwordFile } from './repository-keys.ts';
import { placeIn } from './repository-place.ts';
import type { JobOptions } from './run-job.ts';
import { runJob } from './run-job.ts';
import { HIDDEN } from '#gates/files/portable-name.ts';
import type { Backup, Restore, State, Vault } from '#model/state.ts';
import { Fault } from '#std/refused.ts';

export interface RestoreParts {
  readonly data: string;
  readonly state: State;
  readonly restore: Restore;
}

export interface RestoreOutcome {
  readonly files: number;
  readonly bytes: number;
  readonly failed: number;
  /** Beneath the workspace. */
  readonly to: string;
  readonly ms: number;
}

const SHORT = 6;

export async function performRestore(
  { data, state, restore }: RestoreParts,
  options: JobOptions,
): Promise<RestoreOutcome> {
  const backup = state.backups.taken.get(restore.backup);
  if (backup === undefined) throw new Fault('no-backup', 'this snapshot is not known any more');
  const workspace = join(data, 'workspaces', restore.project);
  refuseEscape(workspace, restore.path);
  const staging = join(workspace, HIDDEN, 'restoring', restore.id);
  rmSync(staging, { recursive: true, force: true });
  mkdirSync(staging, { recursive: true, mode: 0o700 });
  try {
    const done = await fromFirstThatAnswers(data, state, backup, restore, staging, options);
    const to =
      restore.mode === 'aside' ? putAside(workspace, restore, done.root) : putInPlace(workspace, restore, done.root);
    const { files, bytes, failed, ms } = done;
    return { files, bytes, failed: failed.length, ms, to };
  } finally {
    rmSync(staging, { recursive: true, force: true });
  }
}

/** A path beneath the workspace, and no link on the way that leads out of it. */
function refuseEscape(workspace: string, path: string): void {
  const names = path === '' ? [] : path.split('/');
  if (names.some((name) => name === '' || name === '.' || name === '..' || name === HIDDEN || name.includes('\0')))
    throw new Fault('bad-path', 'a path beneath the workspace, such as media/reel 1, is restored');
  mkdirSync(workspace, { recursive: true, mode: 0o700 });
  const root = realpathSync(workspace);
  for (let depth = 1; depth <= names.length; depth += 1) {
    const step = join(workspace, ...names.slice(0, depth));
    if (existsSync(step) && realpathSync(step) !== join(root, ...names.slice(0, depth)))
      throw new Fault('bad-path', 'a link is in the way of this path');
  }
}

/** The vault it was taken to, then each copy in turn. */
async function fromFirstThatAnswers(
  data: string,
  state: State,
  backup: Backup,
  restore: Restore,
  staging: string,
  options: JobOptions,
): Promise<RestoredAnswer> {
  let last: unknown;
  for (const vault of vaultsOf(state, backup)) {
    try {
      return await runJob(
        {
          kind: 'restore',
          place: placeIn(data, vault, backup.project),
          passwordFile: passwordFile(data, backup.project),
          snapshot: restore.snapshot,
          path: restore.path,
          target: join(staging, vault.id),
        },
        options,
      );
    } catch (cause) {
      options.signal?.throwIfAborted();
      if (!(cause instanceof Fault) || cause.code === 'not-in-snapshot') throw cause;
      last = cause;
    }
  }
  throw last ?? new Fault('no-copy', 'no vault that holds this snapshot is in use');
}

export function vaultsOf({ backups }: State, { vault, copies }: Backup): readonly Vault[] {
  const ids = new Set([vault, ...copies.map((copy) => copy.vault)]);
  return [...ids].map((id) => backups.vaults.get(id)).filter((one) => one !== undefined);
}

/** `media/a.mov` comes to `media/restored abc234/a.mov`: beside the original, where whoever may see the one sees the other. */
function putAside(workspace: string, { id, path }: Restore, root: string): string {
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
function putInPlace(workspace: string, { id, path }: Restore, root: string): string {
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
