/** A file may have the very bytes that a folder has in a repository: both are stored, each as what it is. */
import assert from 'node:assert/strict';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { makeRepository } from './test-repository.ts';
import { encodeTree } from '#vault/format/tree-format.ts';

/** What the repository has for a folder of the newest snapshot. */
async function treeOf(world: Awaited<ReturnType<typeof makeRepository>>, snapshot: string, path: string) {
  const repository = await world.open();
  let { tree } = await repository.snapshot(snapshot);
  for (const name of path.split('/').slice(1)) {
    const node = (await repository.readTree(tree)).find((one) => one.name.toString() === name);
    tree = node?.subtree ?? assert.fail(`${name} is no folder`);
  }
  return { id: tree, bytes: encodeTree(await repository.readTree(tree)) };
}

for (const [place, when] of [
  ['a', 'read before the folder'],
  ['z', 'in a backup after that of the folder'],
] as const)
  test(`${when}, a file with the bytes of a folder hides neither that folder nor itself`, async () => {
    using world = await makeRepository('same-bytes');
    const [folder, other] = [join(world.source, 'm'), join(world.source, place)];
    for (const path of [folder, other]) mkdirSync(path);
    writeFileSync(join(folder, 'picture.mov'), 'a picture');
    using learned = await makeRepository('same-bytes');
    const first = await learned.backup({ source: world.source });
    const { bytes } = await treeOf(learned, first.snapshot, folder);
    const parent = place === 'z' ? { parent: (await world.backup()).snapshot } : {};
    writeFileSync(join(other, 'twin'), bytes);
    const taken = await world.backup(parent);
    const back = join(world.folder, 'back');
    const { failed } = await world.restore(taken.snapshot, world.source, back);
    assert.deepEqual(failed, []);
    assert.equal(readFileSync(join(back, 'source/m/picture.mov'), 'utf8'), 'a picture');
    assert.deepEqual(readFileSync(join(back, `source/${place}/twin`)), bytes);
    const { damage, lostFiles } = await world.verify();
    assert.deepEqual([damage, lostFiles], [[], []]);
  });
