/** Lock files, as stock restic writes them: a prune by another tool must not remove packs that a running backup is about to name. */
import { hostname, userInfo } from 'node:os';
import type { Repository } from '#vault/engine/repository.ts';
import { goTime } from '#vault/format/go-text.ts';
import { Fault } from '#std/refused.ts';
import { damaged, fieldsOf, parseJson, text, whole } from '#vault/format/json-fields.ts';

/** A lock is renewed so often, and counts as left behind after so long. */
const RENEW_MS = 5 * 60_000;
const STALE_MS = 30 * 60_000;

/** What a run left behind that was killed is removed with the next; more of it with the one after. */
const CLEANED_MAX = 2000;

interface LockFile {
  readonly time: string;
  readonly exclusive: boolean;
  /** '' and 0 where its writer did not say. */
  readonly host: string;
  readonly pid: number;
}

/** Takes a shared lock, renewed until it is released; a Fault when somebody holds an exclusive one. */
export function holdLock(repository: Repository, at: number): Promise<() => Promise<void>> {
  return hold(repository, at, false);
}

/** Nobody else is at work there, and nobody begins: a Fault when somebody holds any lock. */
export function holdLockAlone(repository: Repository, at: number): Promise<() => Promise<void>> {
  return hold(repository, at, true);
}

async function hold(repository: Repository, at: number, exclusive: boolean): Promise<() => Promise<void>> {
  await removeLeft(repository, at); // before ours is written: a vault takes a bounded number of them
  let name = await write(repository, at, exclusive);
  try {
    await refuseOthers(repository, name, at, exclusive);
  } catch (cause) {
    await repository.store.remove('locks', name);
    throw cause;
  }
  const begun = performance.now();
  const renew = async (): Promise<void> => {
    const next = await write(repository, at + Math.round(performance.now() - begun), exclusive);
    await repository.store.remove('locks', name);
    name = next;
  };
  const timer = setInterval(() => void renew().catch(() => undefined), RENEW_MS);
  return async () => {
    clearInterval(timer);
    await repository.store.remove('locks', name);
  };
}

function write(repository: Repository, at: number, exclusive: boolean): Promise<string> {
  const { username, uid, gid } = userInfo();
  const lock = { time: goTime(BigInt(at) * 1_000_000n), exclusive, hostname: hostname(), username };
  return repository.writeUnpacked('locks', JSON.stringify({ ...lock, pid: process.pid, uid, gid }));
}

async function refuseOthers(repository: Repository, own: string, at: number, alone: boolean): Promise<void> {
  for (const { name } of await repository.store.list('locks')) {
    if (name === own) continue;
    const lock = await read(repository, name);
    if (lock === undefined || isLeft(lock, at)) continue;
    if (alone)
      throw new Fault('client-at-work', 'another program works on this repository: wait for its end', { retry: true });
    if (lock.exclusive)
      throw new Fault('repository-locked', 'another program works on this repository alone: wait for its end', {
        retry: true,
      });
  }
}

async function removeLeft(repository: Repository, at: number): Promise<void> {
  for (const { name } of (await repository.store.list('locks')).slice(0, CLEANED_MAX)) {
    const lock = await read(repository, name);
    if (lock !== undefined && isLeft(lock, at)) await repository.store.remove('locks', name);
  }
}

/** By the rule of stock restic: not renewed for half an hour, or of a process on this machine that is gone. */
function isLeft({ time, host, pid }: LockFile, at: number): boolean {
  if (at - Date.parse(time) >= STALE_MS) return true;
  return host === hostname() && pid > 0 && !isAlive(pid);
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (cause) {
    return (cause as NodeJS.ErrnoException).code !== 'ESRCH'; // an error of Node's; any other says that it is there
  }
}

/** Undefined when it is gone meanwhile, or not ours to read. */
async function read(repository: Repository, name: string): Promise<LockFile | undefined> {
  const json = await repository.readUnpacked('locks', name).catch(() => undefined);
  return json === undefined ? undefined : lockFileOf(json);
}

function lockFileOf(json: string): LockFile {
  const fields = fieldsOf(parseJson(json));
  const { exclusive } = fields;
  if (typeof exclusive !== 'boolean') throw damaged('a lock that says not whose it is');
  return { time: text(fields, 'time'), exclusive, host: text(fields, 'hostname', ''), pid: whole(fields, 'pid') };
}
