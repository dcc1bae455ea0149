/** A backup that is killed at any moment leaves a repository that is whole, and the next run goes on where it was. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, readdirSync, readFileSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { describeTree } from './odd-tree.ts';
import { seededBytes } from './seeded-bytes.ts';
import { AT, makeRepository, PASSWORD } from './test-repository.ts';
import type { TestRepository } from './test-repository.ts';

const MIB = 1 << 20;
const FILES = 24;
let world: TestRepository;
let journal: string;

before(async () => {
  world = await makeRepository('killed');
  journal = join(world.folder, 'journal');
  for (let i = 0; i < FILES; i += 1) {
    mkdirSync(join(world.source, `reel${i % 4}`), { recursive: true });
    writeFileSync(join(world.source, `reel${i % 4}`, `clip${i}.mxf`), seededBytes(i, 3 * MIB));
  }
});

after(() => world[Symbol.dispose]());

/** Begins a backup in a process of its own and kills it when so many packs have a name. */
async function killedAt(packs: number, source = world.source): Promise<void> {
  const program = new URL('./backup-process.ts', import.meta.url).pathname;
  const args = [program, world.path, source, journal, PASSWORD, String(AT)];
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'ignore', 'inherit'] });
  const ended = once(child, 'exit');
  const look = setInterval(() => packsNow() >= packs && child.kill('SIGKILL'), 1);
  await ended;
  clearInterval(look);
  assert.equal(child.signalCode, 'SIGKILL', 'the process ended by itself before it was killed');
}

function packsNow(): number {
  const root = join(world.path, 'data');
  if (!existsSync(root)) return 0;
  return readdirSync(root, { recursive: true, encoding: 'utf8' }).filter((name) => /[0-9a-f]{64}$/.test(name)).length;
}

test('killed at four moments, resumed each time, whole at the end', async () => {
  for (const packs of [0, 2, 7, 13]) {
    await killedAt(packs);
    const { damage, lostFiles } = await world.verify();
    assert.deepEqual([damage, lostFiles], [[], []], `after ${packs} packs`);
    world.restic('unlock', '--remove-all');
    world.restic('check', '--read-data');
  }
  const stored = packsNow();
  assert.ok(stored >= 13);
  const taken = await world.backup({ journal });
  assert.equal(taken.files, FILES);
  assert.ok(taken.readBytes < (FILES - 4) * 3 * MIB, `it read ${taken.readBytes / MIB} MiB of ${FILES * 3} again`);
  assert.equal(existsSync(journal), false, 'nothing is left to resume');
  const target = join(world.folder, 'back');
  const { failed } = await world.restore(taken.snapshot, world.source, target);
  assert.deepEqual(failed, []);
  assert.deepEqual(describeTree(join(target, 'source'), false), describeTree(world.source, false));
  world.restic('check', '--read-data');
});

test('a torn journal, or one of another tree, costs a second reading and nothing else', async () => {
  writeFileSync(journal, '{"path":"YQ==","inode":"1","size":"2"\n{"pa');
  const taken = await world.backup({ journal });
  assert.equal(taken.readBytes, FILES * 3 * MIB);
  assert.deepEqual((await world.verify()).damage, []);
});

test('a long file of a killed backup is read on from where it was, and one that changed since is read whole', async () => {
  const [source, bytes] = [join(world.folder, 'long'), 48 * MIB];
  mkdirSync(source);
  writeFileSync(join(source, 'feature.mxf'), seededBytes(99, bytes));
  const before = packsNow();
  await killedAt(before + 8, source);
  const torn = `${readFileSync(journal, 'utf8')}{"path":"YQ==","at":1`;
  writeFileSync(journal, torn);
  const taken = await world.backup({ source, journal });
  assert.deepEqual([taken.files, taken.unsteady], [1, []]);
  assert.ok(taken.readBytes <= bytes - 16 * MIB, `it read ${taken.readBytes / MIB} MiB of ${bytes / MIB} again`);
  const target = join(world.folder, 'long-back');
  assert.deepEqual((await world.restore(taken.snapshot, source, target)).failed, []);
  assert.deepEqual(describeTree(join(target, 'long'), false), describeTree(source, false));

  writeFileSync(journal, torn);
  utimesSync(join(source, 'feature.mxf'), 1, 1);
  const again = await world.backup({ source, journal });
  assert.deepEqual([again.readBytes, again.addedBytes > MIB], [bytes, false]);
});
