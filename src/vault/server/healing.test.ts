/** Rot under a name: found by reading again, written down, healed by the right bytes and by no others; what is right is never replaced. */
import assert from 'node:assert/strict';
import { chmodSync, existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, test } from 'node:test';
import { auditJournal } from '#vault/server/audit.ts';
import { damageOf } from '#vault/server/following.ts';
import { layoutOf } from '#vault/server/layout.ts';
import { edit, inPieces, markApproved, nameOf, openTestVault, store } from '#vault/server/test-vault.ts';
import type { TestVault } from '#vault/server/test-vault.ts';
import type { Immutable } from '#vault/server/vault.ts';
import { Fault } from '#std/refused.ts';

let world: TestVault;
beforeEach(async () => void (world = await openTestVault()));
afterEach(() => world.remove());

const pathOf = (name: string, type: 'data' | 'config' = 'data'): string =>
  layoutOf(world.folder).pathOf('edit', type, name);

function rot(path: string, text: string): void {
  chmodSync(path, 0o600);
  writeFileSync(path, text);
}

async function readAll(): Promise<void> {
  await world.vault.beginReread();
  while (await world.vault.continueReread(1));
}

const damaged = (): readonly string[] => damageOf(world.vault.holdings).objects;
const heal = (name: string, text: string): Promise<'healed' | 'whole'> =>
  world.vault.heal('edit', 'data', name, inPieces(Buffer.from(text)), Buffer.byteLength(text));

test('rot of the same length is found by reading again, survives a restart and a fold, and heals', async () => {
  const { name } = await store(world.vault, 'data', 'pack');
  await store(world.vault, 'data', 'another');
  await readAll();
  assert.deepEqual(damaged(), []);
  rot(pathOf(name), 'pock');
  await readAll();
  assert.deepEqual(damaged(), [`edit/data/${name}`]);
  world = await world.again({ foldBytes: 1 });
  assert.deepEqual(damaged(), [`edit/data/${name}`]);
  assert.equal(await world.vault.foldJournal(), true);
  world = await world.again();
  assert.deepEqual(damaged(), [`edit/data/${name}`]);
  assert.equal(await heal(name, 'pack'), 'healed');
  assert.equal(readFileSync(pathOf(name), 'utf8'), 'pack');
  assert.deepEqual(damaged(), []);
  const [kept = ''] = readdirSync(join(world.folder, 'damaged'));
  assert.equal(readFileSync(join(world.folder, 'damaged', kept), 'utf8'), 'pock', 'what it was is kept');
  assert.equal(world.vault.holdings.bytesOf('edit'), 11, 'it is not counted twice');
  await auditJournal(world.folder);
});

test('what is right is never replaced, and what is wrong only by the right bytes', async () => {
  const { name } = await store(world.vault, 'data', 'pack');
  const { ino } = await import('node:fs').then(({ statSync }) => statSync(pathOf(name)));
  assert.equal(await heal(name, 'pack'), 'whole');
  assert.equal(await heal(name, 'pock'), 'whole', 'the other bytes are not even read');
  assert.equal((await import('node:fs')).statSync(pathOf(name)).ino, ino);
  rot(pathOf(name), 'pock');
  await assert.rejects(heal(name, 'puck'), { code: 'wrong-name' });
  await assert.rejects(world.vault.heal('edit', 'data', name, inPieces(Buffer.from('pac')), 4), { code: 'cut-off' });
  assert.equal(readFileSync(pathOf(name), 'utf8'), 'pock');
  assert.deepEqual(damaged(), [`edit/data/${name}`], 'whoever tried to heal it made it known');
  await assert.rejects(heal(nameOf(Buffer.from('never stored')), 'never stored'), { code: 'not-held' });
});

test('two who heal at once leave one right object', async () => {
  const { name } = await store(world.vault, 'data', 'pack');
  rot(pathOf(name), 'pock');
  await Promise.all([heal(name, 'pack'), heal(name, 'pack'), readAll()]);
  assert.equal(readFileSync(pathOf(name), 'utf8'), 'pack');
  assert.deepEqual(damaged(), []);
});

test('a file that is gone or cut off at a start is damage, and heals', async () => {
  const [gone, short] = [await store(world.vault, 'data', 'gone'), await store(world.vault, 'data', 'short')];
  rmSync(pathOf(gone.name));
  rot(pathOf(short.name), 'sho');
  world = await world.again();
  assert.equal(damaged().length, 2);
  assert.equal(await heal(gone.name, 'gone'), 'healed');
  assert.equal(await heal(short.name, 'short'), 'healed');
  assert.deepEqual(damaged(), []);
  world = await world.again();
  assert.deepEqual(world.vault.found.missing, []);
});

test('a config is held against what it was when it came', async () => {
  const config = Buffer.from('config');
  const put = (bytes: Buffer) => world.vault.heal('edit', 'config', '', inPieces(bytes), bytes.length);
  await world.vault.accept(edit, 'config', '', inPieces(config), config.length);
  rot(pathOf('', 'config'), 'canfig');
  await readAll();
  assert.deepEqual(damaged(), ['edit/config']);
  await assert.rejects(put(Buffer.from('cinfig')), { code: 'wrong-name' });
  assert.equal(await put(config), 'healed');
});

test('a removal is not undone by healing', async () => {
  const { name, object } = await store(world.vault, 'data', 'pack');
  await markApproved(world.vault, { prune: 'prn_1', snapshots: [], bytes: 4 }, [object]);
  rot(pathOf(name), 'pock');
  await assert.rejects(heal(name, 'pack'), { code: 'set-aside' });
  await readAll();
  assert.deepEqual(damaged(), [], 'what is set aside is not looked at');
});

test('a reading that was cut off goes on where it was, and no object is left out', async () => {
  const names = [];
  for (const text of ['a', 'b', 'c', 'd']) names.push((await store(world.vault, 'data', text)).name);
  for (const name of names) rot(pathOf(name), '!');
  await world.vault.beginReread();
  assert.equal(await world.vault.continueReread(2), true);
  assert.equal(damaged().length, 2);
  world = await world.again();
  assert.equal(await world.vault.continueReread(100), false);
  assert.equal(damaged().length, 4);
  const { isUnderWay, objects, endedAt } = world.vault.reread();
  assert.deepEqual([isUnderWay, objects, endedAt > 0], [false, 4, true]);
});

test('locked files are let go of when damaged only, and locked again before they count as whole', async () => {
  const said: string[] = [];
  const immutable: Immutable = {
    lock: async (path) => void said.push(`lock ${path.slice(-4)}`),
    renew: async () => undefined,
    hold: async () => [],
    letGoDamaged: async (path) => {
      if (readFileSync(path, 'utf8') === 'pack') throw new Fault('whole', 'it is right');
      said.push(`let go ${path.slice(-4)}`);
    },
  };
  world = await world.again({ immutable });
  const { name } = await store(world.vault, 'data', 'pack');
  rot(pathOf(name), 'pock');
  said.length = 0;
  assert.equal(await heal(name, 'pack'), 'healed');
  assert.deepEqual(said, [`let go ${name.slice(-4)}`, `lock ${name.slice(-4)}`]);
  assert.equal(existsSync(pathOf(name)), true);
});

test('healed, and dead before its line: the next look locks it and writes it down', async () => {
  const { name } = await store(world.vault, 'data', 'pack');
  rot(pathOf(name), 'pock');
  await readAll();
  rot(pathOf(name), 'pack');
  const locked: string[] = [];
  const immutable = {
    lock: async (path: string) => void locked.push(path),
    renew: async () => {},
    hold: async () => [],
    letGoDamaged: async () => {},
  };
  world = await world.again({ immutable });
  assert.equal(damaged().length, 1);
  await readAll();
  assert.deepEqual([damaged(), locked], [[], [pathOf(name)]]);
});
