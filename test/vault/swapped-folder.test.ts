/** Whoever can write in a workspace swaps a folder for a link while it is backed up: nothing from outside is listed, looked at or read. */
import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, test } from 'node:test';
import { makeRepository } from './test-repository.ts';
import type { TestRepository } from './test-repository.ts';
import { walkSnapshot } from '#vault/engine/tree-reader.ts';

const SECRET = 'the key of something else entirely';
let world: TestRepository;
let outside: string;

beforeEach(async () => {
  world = await makeRepository('swapped');
  outside = join(world.folder, 'keys');
  mkdirSync(join(outside, 'deep'), { recursive: true });
  mkdirSync(join(world.source, 'media', 'reel', 'deep'), { recursive: true });
  for (const name of ['a.key', 'b.key', join('deep', 'c.key')]) {
    writeFileSync(join(outside, name), SECRET);
    writeFileSync(join(world.source, 'media', 'reel', name), 'the work of people, just as long...');
  }
  writeFileSync(join(outside, 'only there.key'), SECRET);
  writeFileSync(join(world.source, 'media', 'zzz.mov'), 'comes last');
});
afterEach(() => world[Symbol.dispose]());

const reel = (): string => join(world.source, 'media', 'reel');

function swap(): void {
  if (existsSync(`${reel()} aside`)) return;
  renameSync(reel(), `${reel()} aside`);
  symlinkSync(outside, reel());
}

/** Every name and every byte that the snapshot has. */
async function everything(snapshot: string): Promise<{ readonly names: readonly string[]; readonly text: string }> {
  const repository = await world.open();
  const [names, pieces]: [string[], Buffer[]] = [[], []];
  for await (const { path, node } of walkSnapshot(repository, snapshot)) {
    names.push(path);
    for (const id of node.content ?? []) pieces.push(await repository.readBlob('data', id));
  }
  return { names, text: Buffer.concat(pieces).toString() };
}

test('swapped after the look and before the reading: what is read is what was looked at', async () => {
  // Small files are read when a batch is full, or the walk is over: long after the look at their folder.
  const { snapshot } = await world.backup({
    skips(path) {
      if (path.toString().endsWith('zzz.mov')) swap();
      return false;
    },
  });
  const { names, text } = await everything(snapshot);
  assert.ok(readFileSync(join(reel(), 'a.key'), 'utf8') === SECRET, 'the link is there');
  assert.ok(!text.includes(SECRET));
  assert.equal(text.split('the work of people').length - 1, 3);
  assert.ok(names.some((name) => name.endsWith('/reel/deep/c.key')));
});

test('swapped between the look and the opening: the folder is told as unsteady, and nothing outside is listed', async () => {
  // The signal is asked right before a folder is opened, after the look at it.
  let folders = 0;
  const signal = new AbortController().signal;
  signal.throwIfAborted = () => {
    folders += 1;
    if (folders === 3) swap(); // source, media, reel
  };
  const { snapshot, unsteady } = await world.backup({ signal });
  const { names, text } = await everything(snapshot);
  assert.equal(readdirSync(reel()).includes('only there.key'), true, 'the link is there');
  assert.deepEqual(
    unsteady.map(({ path, steadiness }) => [path, steadiness]),
    [[reel(), 'failed']],
  );
  assert.ok(!text.includes(SECRET));
  assert.deepEqual(
    names.filter((name) => name.includes('.key')),
    [],
  );
});

test('a source that is given through a link is backed up all the same', async () => {
  const link = join(world.folder, 'linked');
  symlinkSync(world.source, link);
  const { files, unsteady } = await world.backup({ source: link });
  assert.deepEqual([files, unsteady], [4, []]);
});

test('a backup leaves no folder open', async () => {
  const open = (): number => readdirSync('/proc/self/fd').length;
  const before = open();
  await world.backup();
  await world.backup();
  assert.equal(open(), before);
});
