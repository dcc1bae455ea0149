/** Lock files that killed runs left behind: the next run removes them, and nobody else's. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { holdLock } from '#vault/engine/lock.ts';
import type { Repository } from '#vault/engine/repository.ts';
import { AT, makeRepository } from './test-repository.ts';
import type { TestRepository } from './test-repository.ts';

let world: TestRepository;
let repository: Repository;
before(async () => {
  world = await makeRepository('left-locks');
  repository = await world.open();
});
after(() => world[Symbol.dispose]());

const MINUTE_MS = 60_000;
const locks = (): readonly string[] => readdirSync(join(world.path, 'locks')).filter((name) => !name.startsWith('.'));

function write(at: number, host: string, pid: number, exclusive = false): Promise<string> {
  const time = new Date(at).toISOString();
  return repository.writeUnpacked('locks', JSON.stringify({ time, exclusive, hostname: host, username: 'x', pid }));
}

test('what died here, and what nobody renewed for half an hour, is removed; what lives stays', async () => {
  const gone = spawnSync('true').pid;
  await write(AT - MINUTE_MS, hostname(), gone);
  await write(AT - 31 * MINUTE_MS, 'elsewhere', 1);
  const living = [
    await write(AT - MINUTE_MS, hostname(), process.pid),
    await write(AT - MINUTE_MS, 'elsewhere', gone),
    await write(AT - 29 * MINUTE_MS, 'elsewhere', 1),
  ];
  const release = await holdLock(repository, AT);
  assert.equal(locks().length, living.length + 1, 'and ours');
  await release();
  assert.deepEqual([...locks()].sort(), [...living].sort());
});

test('an exclusive lock of the living keeps us out, one of the dead does not', async () => {
  const name = await write(AT - MINUTE_MS, 'elsewhere', 1, true);
  await assert.rejects(holdLock(repository, AT), { code: 'repository-locked' });
  await repository.store.remove('locks', name);
  await write(AT - MINUTE_MS, hostname(), spawnSync('true').pid, true);
  await (
    await holdLock(repository, AT)
  )();
});
