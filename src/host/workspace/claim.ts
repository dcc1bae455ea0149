/**
 * One process at a time works on an upload. A claim is a file that names its process; it dies with the process, because a claim whose process
 * is gone (or whose number was given to another one since) counts as none.
 */
import { closeSync, constants, linkSync, openSync, readFileSync, renameSync, unlinkSync, writeSync } from 'node:fs';
import { ownPath } from '#host/workspace/beneath.ts';
import { codeOf, storageFault } from '#host/workspace/storage-fault.ts';

const TRIES_MAX = 3;
const NEW = constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW;
const SELF = `${process.pid} ${startOf(process.pid)}`;

export function claim(room: number, name: string): (() => void) | undefined {
  const path = ownPath(room, `${name}.claim`);
  for (let tries = 0; tries < TRIES_MAX; tries += 1) {
    if (create(path)) return () => remove(path);
    const holder = read(path);
    if (holder !== undefined && isAlive(holder)) return undefined;
    if (holder !== undefined) breakStale(room, path, name);
  }
  return undefined;
}

function create(path: string): boolean {
  try {
    const fd = openSync(path, NEW, 0o600);
    writeSync(fd, SELF);
    closeSync(fd);
    return true;
  } catch (error) {
    if (codeOf(error) === 'EEXIST') return false;
    throw storageFault(error);
  }
}

/** Moves the stale claim away first: of two processes that see it, one takes it, and what was taken by mistake is put back. */
function breakStale(room: number, path: string, name: string): void {
  const away = ownPath(room, `${name}.claim.${process.pid}`);
  try {
    renameSync(path, away);
    const taken = read(away);
    if (taken !== undefined && isAlive(taken)) linkSync(away, path);
    unlinkSync(away);
  } catch (error) {
    if (codeOf(error) !== 'ENOENT' && codeOf(error) !== 'EEXIST') throw storageFault(error);
  }
}

function read(path: string): string | undefined {
  try {
    return readFileSync(path, { encoding: 'utf8', flag: constants.O_RDONLY | constants.O_NOFOLLOW });
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return undefined;
    throw storageFault(error);
  }
}

function remove(path: string): void {
  try {
    unlinkSync(path);
  } catch (error) {
    if (codeOf(error) !== 'ENOENT') throw storageFault(error);
  }
}

/** A half-written claim belongs to a process that is writing it now, or that died: its own process number decides nothing, so it is stale. */
function isAlive(holder: string): boolean {
  const [pid, start] = holder.split(' ');
  return pid !== undefined && start !== undefined && start !== '' && startOf(Number(pid)) === start;
}

/** When a process started, in ticks since boot, with the boot's id; undefined when there is none. */
function startOf(pid: number): string | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
    // The command name is in parentheses and may hold anything; the start time is the 20th field after it.
    const ticks = stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19];
    return `${bootId()}/${ticks}`;
  } catch {
    return undefined; // no such process
  }
}

export function bootId(): string {
  return readFileSync('/proc/sys/kernel/random/boot_id', 'latin1').trim();
}
