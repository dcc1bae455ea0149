/** A destroyed key in earlier copies of the facility: they are found, they go, and no pack holds a byte of the key any more; the newest copy stays whole. */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { hash, randomBytes } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, rmSync, unlinkSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { after, before, test } from 'node:test';
import { promisify } from 'node:util';
import { AT, makeRepository, PASSWORD } from '../vault/test-repository.ts';
import type { TestRepository } from '../vault/test-repository.ts';
import { newId } from '#engine/test-facility.ts';
import { planRepositoryRemoval } from '#host/backup/plan-removal.ts';
import { objectLines, parseRemovalList } from '#model/removal-list.ts';
import { manifestTag } from '#vault/drill/sealed-manifest.ts';
import { rebuildIndex } from '#vault/engine/rebuild-index.ts';
import { objectPath } from '#vault/store/folder-store.ts';

const MAIN = join(import.meta.dirname, '../../src/cli/main.ts');
const ended = newId('project');
/** Many: two packs are open at a time, and chance says which gets a piece. */
const live = Array.from({ length: 20 }, () => newId('project'));
const keys = new Map<string, Buffer>();
let world: TestRepository;
let passwordFile: string;
let hours = 0;

before(async () => {
  world = await makeRepository('keys-left');
  passwordFile = join(world.folder, 'password');
  writeFileSync(passwordFile, `${PASSWORD}\n`, { mode: 0o600 });
  mkdirSync(join(world.source, 'keys', 'backup'), { recursive: true });
  mkdirSync(join(world.source, 'ledger'));
  for (const name of [`${ended}.password`, `vlt_x.${ended}.credential`, ...live.map((id) => `${id}.password`)]) {
    keys.set(name, randomBytes(44));
    writeFileSync(keyPath(name), keys.get(name) ?? '');
  }
});
after(() => world[Symbol.dispose]());

const keyPath = (name: string): string => join(world.source, 'keys', 'backup', name);
const isOfEnded = (name: string): boolean => name.includes(ended);

/** One copy of the facility, and what is sealed about it. */
async function copy(): Promise<string> {
  hours += 1;
  writeFileSync(join(world.source, 'ledger', `segment-${hours}`), randomBytes(3000));
  const at = AT + hours * 3_600_000;
  const { snapshot } = await world.backup({ at, tags: ['facility'] });
  await world.backup({ at, tags: [manifestTag(snapshot)] });
  return snapshot;
}

function plan() {
  const job = { kind: 'plan-removal', place: world.place, passwordFile, rewrite: true, at: Date.now() } as const;
  const list = { file: join(world.folder, 'objects'), client: 'facility' };
  return planRepositoryRemoval({ ...job, snapshots: { holdKeysOf: ended }, list });
}

/** Ids of all pieces in all packs, by what the packs say of themselves. */
async function piecesHeld(): Promise<ReadonlySet<string>> {
  for (const name of readdirSync(join(world.path, 'index'))) unlinkSync(join(world.path, 'index', name));
  const repository = await world.open();
  await rebuildIndex(repository);
  return new Set([...repository.index.entries()].map(([id]) => id));
}

const pieceOf = (name: string): string => hash('sha256', keys.get(name) ?? '', 'hex');

test('while the newest copy holds the key nothing is listed: first it is destroyed, then a copy is made without it', async () => {
  await copy();
  await copy();
  await assert.rejects(plan(), { code: 'key-in-newest' });
  for (const name of [...keys.keys()].filter(isOfEnded)) unlinkSync(keyPath(name));
  await assert.rejects(plan(), { code: 'key-in-newest' });
});

test('afterwards the list has every copy that holds it; what stays is packed anew, and no pack holds the key', async () => {
  const newest = await copy();
  const planned = await plan();
  const listed = parseRemovalList(readFileSync(join(world.folder, 'objects'), 'utf8'));
  const { objects, facts } = listed ?? assert.fail();
  assert.deepEqual(planned.facts, facts);
  assert.equal(planned.facts.snapshots.length, 2);
  assert.equal(planned.facts.objectsSha256, hash('sha256', objectLines(objects)));
  assert.equal(planned.more, 0);
  assert.ok(planned.rewritten > 0, 'a pack holds pieces of both');
  assert.ok(!planned.facts.snapshots.includes(newest) && !objects.includes(`snapshots/${newest}`));
  for (const object of objects) {
    const [type = '', name = ''] = object.split('/');
    rmSync(objectPath(world.path, type as 'data', name)); // of a plan
  }
  world.restic('check', '--read-data');
  const to = join(world.folder, 'back');
  await world.restore(newest, world.source, to);
  const back = readdirSync(to, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.password'));
  assert.equal(back.length, live.length);
  for (const name of back) assert.deepEqual(readFileSync(join(to, name)), keys.get(basename(name)));
  const held = await piecesHeld();
  for (const name of keys.keys()) assert.equal(held.has(pieceOf(name)), !isOfEnded(name), name);
  await assert.rejects(plan(), { code: 'list-exists' });
  rmSync(join(world.folder, 'objects'));
  await assert.rejects(plan(), { code: 'no-key-left' });
});

test('the command asks it of the facility’s own copies only', async () => {
  const asked = ['backup', 'removal-list', '--keys-of', 'nightjar', '--repository', world.path];
  const args = [
    MAIN,
    ...asked,
    '--password-file',
    passwordFile,
    '--client',
    'facility',
    '--out',
    join(world.folder, 'list'),
  ];
  await assert.rejects(promisify(execFile)(process.execPath, args), (cause: { code?: number; stderr?: string }) => {
    assert.equal(cause.code, 2);
    assert.match(
      cause.stderr ?? '',
      /--keys-of is asked of the facility’s own copies: removal-list facility --keys-of PROJECT/,
    );
    return true;
  });
});
