/** Names that are no UTF-8, in everything that looks at several snapshots: they come back byte for byte, and no two of them are taken for one. */
import { after, before, test } from 'node:test';
import assert from 'node:assert/strict';
import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { makeRepository, PASSWORD } from '../vault/test-repository.ts';
import type { TestRepository } from '../vault/test-repository.ts';
import { tellAhead } from '#host/backup/bytes-ahead.ts';
import { diffOf } from '#host/backup/diff.ts';
import { readHistory } from '#host/backup/history.ts';
import type { JobProgress } from '#host/backup/job.ts';
import { restoreMixed } from '#host/backup/mixed-restore.ts';
import { clearStaging, putEachInPlace } from '#host/backup/put-restored.ts';
import type { Restore } from '#model/backup-state.ts';
import { sizeToRestore } from '#vault/engine/restore-size.ts';

let world: TestRepository;
let [first, struck]: readonly string[] = [];

before(async () => {
  world = await makeRepository('odd-names');
  mkdirSync(odd('media/b\xff'), { recursive: true });
  for (const name of ['\xff.mov', '\xfe.mov', 'b\xff/\xfd.mov']) write(name, `whole ${name}`);
  write('plain.mov', 'whole plain');
  first = (await world.backup()).snapshot;
  for (const name of ['\xfe.mov', 'plain.mov']) write(name, 'encrypted');
  struck = (await world.backup()).snapshot;
  write('b\xff/later.mov', 'later');
  write('later.mov', 'later');
});
after(() => world[Symbol.dispose]());

/** Each character is a byte. */
const odd = (path: string, root = world.source): Buffer => Buffer.from(`${root}/${path}`, 'latin1');
const write = (name: string, text: string): void => writeFileSync(odd(`media/${name}`), text);

function ask() {
  const passwordFile = join(world.folder, 'password');
  if (!existsSync(passwordFile)) writeFileSync(passwordFile, PASSWORD);
  return { place: world.place, passwordFile };
}

test('a restore that mixes snapshots brings names of every kind, also into a folder that several give to', async () => {
  const newest = (await world.backup()).snapshot;
  const target = join(world.folder, 'target');
  const snapshots = [first, struck, newest].map((snapshot = '') => ({
    snapshot,
    policy: 'p',
    suspect: snapshot === struck,
  }));
  const done = await restoreMixed(
    {
      kind: 'restore-mixed',
      ...ask(),
      path: '',
      target,
      report: join(world.folder, 'report'),
      choice: { how: 'newest-clean', snapshots },
    },
    () => undefined,
  );
  assert.deepEqual([done.failed, done.failedMore, done.leftOut, done.sources.length], [[], 0, 0, 2]);
  assert.deepEqual(readdirSync(target), ['tree'], 'what each snapshot gave is gone from where it was apart');
  const media = join(done.root, 'media');
  const names = readdirSync(media, { encoding: 'latin1', recursive: true }).toSorted();
  assert.deepEqual(names, [
    'b\xff',
    'b\xff/later.mov',
    'b\xff/\xfd.mov',
    'later.mov',
    'plain.mov',
    '\xfe.mov',
    '\xff.mov',
  ]);
  for (const name of ['\xff.mov', '\xfe.mov', 'b\xff/\xfd.mov'])
    assert.equal(readFileSync(odd(name, media), 'utf8'), `whole ${name}`);
  rmSync(target, { recursive: true });
});

test('two names that look alike are two, in what became different and in what there was', async () => {
  const [before = '', snapshot = ''] = [first, struck];
  const { entries } = await diffOf({ kind: 'diff', ...ask(), before, snapshot, path: '', limit: 50 });
  assert.deepEqual(
    entries.map(({ change, path }) => [change, path]),
    [
      ['changed', 'media/plain.mov'],
      ['changed', 'media/\ufffd.mov'],
    ],
  );
  const { versions } = await readHistory({
    kind: 'history',
    ...ask(),
    chains: [[before, snapshot]],
    text: '\ufffd.mov',
    limit: 50,
  });
  assert.deepEqual(
    versions.map(({ path, sizeBytes, last }) => [path, sizeBytes, last]),
    [
      ['media/b\ufffd/\ufffd.mov', 'whole b?/?.mov'.length + 2, snapshot],
      ['media/\ufffd.mov', 'encrypted'.length, snapshot],
      ['media/\ufffd.mov', 'whole ?.mov'.length + 1, before],
      ['media/\ufffd.mov', 'whole ?.mov'.length + 1, snapshot],
    ],
  );
});

test('what comes back file by file goes where it was under its very name, with what is there beside it; half of one is cleared', () => {
  const [root, workspace, half] = ['restored', 'workspace', 'half'].map((name) => join(world.folder, name));
  assert.ok(root !== undefined && workspace !== undefined && half !== undefined);
  const names = ['\xff/', '\xff/\xfe.mov', '\xff/\xfd.mov', '\xfc.mov'];
  for (const [folder, text] of [
    [root, 'before'],
    [workspace, 'now'],
    [half, 'half'],
  ] as const) {
    mkdirSync(odd('\xff', folder), { recursive: true });
    for (const name of names.slice(1)) writeFileSync(odd(name, folder), text);
  }
  rmSync(odd('\xff/\xfd.mov', workspace));
  putEachInPlace(workspace, { id: 'rst_abcdef', path: '' } as Restore, root); // it looks at no more of it
  const text = (name: string): string => readFileSync(odd(name, workspace), 'utf8');
  for (const name of names.slice(1)) assert.equal(text(name), 'before');
  for (const name of ['\xff/\xfe (before restore abcdef).mov', '\xfc (before restore abcdef).mov'])
    assert.equal(text(name), 'now');
  chmodSync(odd('\xff', half), 0);
  clearStaging(half);
  assert.ok(!existsSync(half));
});

test('how much a restore brings is known before it has, and is told from when it is', async () => {
  const repository = await world.open();
  const wish = { snapshot: struck ?? '', path: join(world.source, 'media'), target: '/there' };
  const { signal } = new AbortController();
  const all = await sizeToRestore(repository, [wish], signal);
  const takes = (path: string): boolean => !path.endsWith('/plain.mov');
  assert.equal(
    await sizeToRestore(repository, [wish, { ...wish, takes }], signal),
    2 * (all ?? 0) - 'encrypted'.length,
  );
  assert.equal(await sizeToRestore(repository, [wish], signal, 1), undefined, 'not of more folders than may be read');
  const told: JobProgress[] = [];
  const ahead = tellAhead(repository, [wish], (now) => told.push(now), 500);
  ahead.told({ files: 0, doneBytes: 0, ms: 250 });
  ahead.told({ files: 1, doneBytes: 5, ms: 500 });
  while (told.at(-1)?.ofBytes === undefined) {
    await new Promise((go) => setImmediate(go));
    ahead.told({ files: 1, doneBytes: 6, ms: 750 });
  }
  assert.deepEqual([told[0]?.ofBytes, told.at(-1)?.ofBytes], [undefined, all]);
  await ahead.close();
});
