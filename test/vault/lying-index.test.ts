/**
 * Indexes that whoever has the key wrote, and that place blobs where they are not: a piece is what hashes to its name, so what was stored comes back
 * wherever it is said to be, and reading everything names the index.
 */
import { test } from 'node:test';
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { hash } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Repository } from '#vault/engine/repository.ts';
import type { PackedBlob } from '#vault/format/blob.ts';
import { encodeIndex } from '#vault/format/index-format.ts';
import { seededBytes } from './seeded-bytes.ts';
import { makeRepository } from './test-repository.ts';

const KIB = 1024;

/** Every blob where another one is, behind its pack's end, in a pack that is not there, and gigabytes long, sealed or unfolded. */
async function plantLies(repository: Repository): Promise<readonly string[]> {
  const blobs = [...repository.index.entries()];
  const lies: ((at: number) => readonly [pack: string, blob: PackedBlob])[] = [
    (at) => {
      const [id = '', own] = blobs[at] ?? [];
      const [, other = assert.fail('there are blobs')] =
        blobs.filter(([, { type }]) => type === own?.type).at(at % 3) ?? [];
      const { pack, ...place } = other;
      return own?.offset === other.offset && own.pack === pack
        ? [hash('sha256', 'no pack', 'hex'), { id, ...place }]
        : [pack, { id, ...place }];
    },
    (at) => {
      const [id = '', { pack, ...place } = assert.fail('there are blobs')] = blobs[at] ?? [];
      return [pack, { id, ...place, offset: 2 ** 31 }];
    },
    (at) => {
      const [id = '', { pack, ...place } = assert.fail('there are blobs')] = blobs[at] ?? [];
      return [pack, { id, ...place, plainLength: 2 ** 32 - 1 }];
    },
    (at) => {
      const [id = '', { pack, ...place } = assert.fail('there are blobs')] = blobs[at] ?? [];
      return [pack, { id, ...place, length: 2 ** 32 - 1 }];
    },
  ];
  const names: string[] = [];
  // Many, so that some are read before those that are right.
  for (const lie of lies)
    for (let i = 0; i < 6; i += 1) {
      const said = blobs.map((_, at) => lie((at + i) % blobs.length)).map(([id, blob]) => ({ id, blobs: [blob] }));
      names.push(await repository.writeUnpacked('index', encodeIndex(said)));
    }
  return names.map((name) => `index/${name}`);
}

test('what was stored comes back although indexes lie about all of it, and reading everything names each of them', async () => {
  using world = await makeRepository('lying-index');
  world.harmed('its indexes lie');
  mkdirSync(join(world.source, 'reel'));
  for (let i = 0; i < 12; i += 1) writeFileSync(join(world.source, 'reel', `${i}.mov`), seededBytes(i, 200 * KIB));
  writeFileSync(join(world.source, 'notes.txt'), 'a line of notes\n'.repeat(5000));
  // Of several pieces: where each belongs is known by how long those before it are.
  writeFileSync(join(world.source, 'long.mov'), seededBytes(99, 7 * 1024 * KIB));
  const { snapshot, rows } = await world.backupListed();
  assert.ok((rows.find(({ path }) => path === 'long.mov')?.pieces.length ?? 0) > 2);
  const planted = await plantLies(await world.open());

  const target = join(world.folder, 'back');
  assert.deepEqual((await world.restore(snapshot, world.source, target)).failed, []);
  execFileSync('diff', ['-r', world.source, join(target, 'source')]);

  const { damage, lostFiles } = await world.verify();
  const named = damage.map(({ object }) => object).filter((object) => object.startsWith('index/'));
  assert.deepEqual(named.toSorted(), [...planted].toSorted());
  const others = damage.filter(({ object }) => !object.startsWith('index/'));
  assert.deepEqual(
    others,
    [{ object: `data/${hash('sha256', 'no pack', 'hex')}`, why: 'it is missing' }],
    'no pack that is right is named',
  );
  assert.deepEqual(lostFiles, []);
  const again = await world.backupListed({ parent: snapshot });
  assert.deepEqual(again.rows, rows, 'a manifest says how long pieces are, not what is said of them');
});

test('an index of numbers that no pack has is named as damaged, and hinders nobody', async () => {
  using world = await makeRepository('odd-index');
  world.harmed('an index has numbers that no pack has');
  writeFileSync(join(world.source, 'a.mov'), seededBytes(1, 200 * KIB));
  const { snapshot } = await world.backup();
  const repository = await world.open();
  const [[id, { pack, ...place }] = assert.fail('there are blobs')] = [...repository.index.entries()];
  const odd = [{ offset: 2 ** 40 }, { length: 2 ** 32 }, { plainLength: 2 ** 52 }, { offset: -1 }];
  const names: string[] = [];
  for (const said of odd)
    names.push(
      await repository.writeUnpacked('index', encodeIndex([{ id: pack, blobs: [{ id, ...place, ...said }] }])),
    );
  const { damage, lostFiles } = await world.verify();
  assert.deepEqual(damage.map(({ object }) => object).toSorted(), names.map((name) => `index/${name}`).toSorted());
  assert.deepEqual(lostFiles, []);
  assert.deepEqual((await world.restore(snapshot, world.source, join(world.folder, 'back'))).failed, []);
});

test('a piece that a planted index says is stored is not stored by the next backup, and reading everything names the file', async () => {
  using world = await makeRepository('announced');
  world.harmed('an index announces a piece that nobody stored');
  writeFileSync(join(world.source, 'old.mov'), seededBytes(1, 200 * KIB));
  await world.backup();
  const announced = Buffer.from('what will be written tomorrow');
  const repository = await world.open();
  const [, { pack, ...place } = assert.fail('there are blobs')] = [...repository.index.entries()][0] ?? [];
  await repository.writeUnpacked(
    'index',
    encodeIndex([{ id: pack, blobs: [{ id: hash('sha256', announced, 'hex'), ...place }] }]),
  );
  writeFileSync(join(world.source, 'new.txt'), announced);
  const { snapshot } = await world.backup();
  const { damage, lostFiles } = await world.verify();
  assert.equal(damage.length, 1);
  assert.match(damage[0]?.why ?? '', /^it says of 1 pieces/);
  assert.deepEqual(lostFiles, [{ snapshot, path: join(world.source, 'new.txt') }]);
  const { failed } = await world.restore(snapshot, world.source, join(world.folder, 'back'));
  assert.deepEqual(
    failed.map(({ hasHoles }) => hasHoles),
    [true],
    'and a restore says so, too',
  );
});
