/** A piece that was lost is stored anew, and no file that stands unread is said to have it before it is. */
import assert from 'node:assert/strict';
import { readdirSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { rebuildIndex } from '#vault/engine/rebuild-index.ts';
import { objectPath } from '#vault/store/folder-store.ts';
import { seededBytes } from './seeded-bytes.ts';
import { makeRepository } from './test-repository.ts';

test('two files of the same bytes whose pack is gone: one is read because it was touched, the other because its piece is missing', async () => {
  using world = await makeRepository('lost-piece');
  const [kept, touched] = [join(world.source, 'b.mxf'), join(world.source, 'a.mxf')];
  for (const path of [kept, touched]) writeFileSync(path, seededBytes(1, 300_000));
  const { snapshot } = await world.backup();
  await losePacksOfFiles();
  utimesSync(touched, 1, 1);
  const taken = await world.backup({ parent: snapshot });
  assert.equal(taken.readFiles, 2);
  assert.ok(taken.addedBytes > 300_000 && taken.addedBytes < 400_000, `${taken.addedBytes} bytes added`);
  const { damage, lostFiles } = await world.verify();
  assert.deepEqual([damage, lostFiles], [[], []], 'the first snapshot is whole again, too');
  world.restic('check', '--read-data');

  async function losePacksOfFiles(): Promise<void> {
    const { index } = await world.open().then(async (one) => (await one.expectIndexes(), one));
    for (const [, { type, pack }] of index.entries())
      if (type === 'data') rmSync(objectPath(world.path, 'data', pack), { force: true });
    const indexes = join(world.path, 'index');
    for (const name of readdirSync(indexes)) rmSync(join(indexes, name));
    await rebuildIndex(await world.open());
  }
});
