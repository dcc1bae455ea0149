/** Two tools, one repository: what either writes the other checks, restores to the byte, and does not store again. */
import assert from 'node:assert/strict';
import { appendFileSync, writeFileSync } from 'node:fs';
import { after, before, test } from 'node:test';
import { treeAt } from '#vault/engine/tree-reader.ts';
import { describeAttributes, describeTree, makeOddTree, timesApart } from './odd-tree.ts';
import { seededBytes } from './seeded-bytes.ts';
import { makeRepository } from './test-repository.ts';
import type { TestRepository } from './test-repository.ts';
import fc from 'fast-check';

/** Any bytes but `/` and NUL, and no name that stands for a folder. */
const anyName = fc
  .uint8Array({ minLength: 1, maxLength: 40 })
  .filter((name) => !name.includes(0) && !name.includes(0x2f) && !(name[0] === 0x2e && name.length < 3));

let ours: TestRepository;
let stock: TestRepository;

before(async () => {
  ours = await makeRepository('ours');
  stock = await makeRepository('theirs');
  makeOddTree(ours.source, fc.sample(anyName, { numRuns: 150, seed: 20_260_115 }));
});

after(() => {
  ours[Symbol.dispose]();
  stock[Symbol.dispose]();
});

interface Summary {
  readonly data_added: number;
  readonly data_blobs: number;
  readonly files_unmodified: number;
  readonly snapshot_id: string;
}

function stockBackup(repository: TestRepository, source: string, ...more: readonly string[]): Summary {
  const text = repository.restic('backup', '--json', ...more, source);
  return JSON.parse(text.trim().split('\n').at(-1) ?? '') as Summary; // restic prints its summary last
}

async function subtreeOf(repository: TestRepository, snapshot: string, path: string): Promise<string | undefined> {
  return (await treeAt(await repository.open(), snapshot, path))[0]?.subtree;
}

test('what we write, stock restic checks, restores to the byte, and stores no piece of again', async () => {
  const taken = await ours.backup();
  assert.deepEqual(taken.unsteady, []);
  ours.restic('check', '--read-data');
  ours.restic('restore', taken.snapshot, '--target', `${ours.folder}/by-stock`);
  const restored = describeTree(`${ours.folder}/by-stock${ours.source}`);
  assert.deepEqual(restored, describeTree(ours.source));
  assert.equal(describeAttributes(`${ours.folder}/by-stock${ours.source}`), describeAttributes(ours.source));

  const again = stockBackup(ours, ours.source, '--force');
  assert.equal(again.data_blobs, 0, 'a piece was cut at another place');
  const [id] = (await (await ours.open()).snapshots()).map((one) => one.id).filter((one) => one !== taken.snapshot);
  const path = ours.source;
  assert.equal(await subtreeOf(ours, id ?? '', path), await subtreeOf(ours, taken.snapshot, path), 'trees differ');
  assert.ok(again.data_added < 16 * 1024, `stock restic added ${again.data_added} bytes`);
});

test('what stock restic writes, we check, restore to the byte, and store nothing of again', async () => {
  stockBackup(stock, ours.source);
  const [first] = await (await stock.open()).snapshots();
  const checked = await stock.verify();
  assert.deepEqual([checked.damage, checked.lostFiles, checked.orphans], [[], [], []]);
  const back = await stock.restore(first?.id ?? '', ours.source, `${stock.folder}/by-us`);
  assert.deepEqual(back.failed, []);
  assert.deepEqual(describeTree(`${stock.folder}/by-us/source`, false), describeTree(ours.source, false));
  assert.equal(describeAttributes(`${stock.folder}/by-us/source`), describeAttributes(ours.source));
  // Node sets times in seconds as a double, which at this date is exact to a quarter of a microsecond.
  const apart = timesApart(`${stock.folder}/by-us/source`, `${ours.source}`);
  assert.ok(apart <= 250, `${apart} ns`);

  const again = await stock.backup({ source: ours.source });
  const path = ours.source;
  assert.equal(await subtreeOf(stock, again.snapshot, path), await subtreeOf(stock, first?.id ?? '', path));
  assert.ok(again.addedBytes < 16 * 1024, `we added ${again.addedBytes} bytes`);
  stock.restic('check', '--read-data');
});

test('one tool goes on where the other left off, and reads only what changed', async () => {
  const first = await ours.backup();
  appendFileSync(`${ours.source}/media/reel/random.mxf`, seededBytes(8, 1000));
  writeFileSync(`${ours.source}/names/new`, 'new');
  const parent = stockBackup(ours, ours.source, '--parent', first.snapshot);
  assert.ok(parent.files_unmodified > 150, 'stock restic knows our nodes again');
  const before = (await (await ours.open()).snapshots()).find(({ id }) => id.startsWith(parent.snapshot_id));
  writeFileSync(`${ours.source}/names/newer`, 'newer');
  const last = await ours.backup({ parent: before?.id ?? '' });
  assert.equal(last.readBytes, 5, 'only the new file was read');
  const checked = await ours.verify();
  assert.deepEqual([checked.damage, checked.lostFiles], [[], []]);
  ours.restic('check', '--read-data');
});
