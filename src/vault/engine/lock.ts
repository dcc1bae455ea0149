/** Lock files, as stock restic writes them: a prune by another tool must not remove packs that a running backup is about to name. */
import { hostname, userInfo } from 'node:os';
import type { Repository } from '#vault/engine/repository.ts';
import { goTime } from '#vault/format/go-text.ts';
import { Fault } from '#std/refused.ts';
import { z } from 'zod';

/** A lock is renewed so often, and counts as left behind after so long. */
const RENEW_MS = 5 * 60_000;
const STALE_MS = 30 * 60_000;

const lockFile = z.object({ time: z.string(), exclusive: z.boolean() });

/** Takes a shared lock, renewed until it is released; a Fault when somebody holds an exclusive one. */
export async function holdLock(repository: Repository, at: number): Promise<() => Promise<void>> {
  let name = await write(repository, at);
  try {
    await refuseExclusive(repository, name, at);
  } catch (cause) {
    await repository.store.remove('locks', name);
    throw cause;
  }
  const begun = performance.now();
  const renew = async (): Promise<void> => {
    const next = await write(repository, at + Math.round(performance.now() - begun));
    await repository.store.remove('locks', name);
    name = next;
  };
  const timer = setInterval(() => void renew().catch(() => undefined), RENEW_MS);
  return async () => {
    clearInterval(timer);
    await repository.store.remove('locks', name);
  };
}

function write(repository: Repository, at: number): Promise<string> {
  const { username, uid, gid } = userInfo();
  const lock = { time: goTime(BigInt(at) * 1_000_000n), exclusive: false, hostname: hostname(), username };
  return repository.writeUnpacked('locks', JSON.stringify({ ...lock, pid: process.pid, uid, gid }));
}

async function refuseExclusive(repository: Repository, own: string, at: number): Promise<void> {
  for (const { name } of await repository.store.list('locks')) {
    if (name === own) continue;
    const text = await repository.readUnpacked('locks', name).catch(() => undefined);
    if (text === undefined) continue; // gone meanwhile, or not ours to read
    const { time, exclusive } = lockFile.parse(JSON.parse(text));
    if (exclusive && at - Date.parse(time) < STALE_MS)
      throw new Fault('repository-locked', 'another program works on this repository alone: wait for its end', {
        retry: true,
      });
  }
}
