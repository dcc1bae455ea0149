/** `backup verify`, `heal` and `rebuild-index` as somebody at a machine runs them: every kind of object damaged, healed from the other copy, and clean by stock restic. */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { chmodSync, cpSync, readdirSync, readFileSync, rmSync, truncateSync, unlinkSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { after, before, beforeEach, test } from 'node:test';
import { promisify } from 'node:util';
import { copyRepository } from '#host/backup/copy.ts';
import { healRepository, verifyRepository } from '#host/backup/mend.ts';
import { makeOddTree } from '../vault/odd-tree.ts';
import { makeRepository, PASSWORD } from '../vault/test-repository.ts';
import type { TestRepository } from '../vault/test-repository.ts';

const MAIN = join(import.meta.dirname, '../../src/cli/main.ts');
const run = promisify(execFile);
let world: TestRepository;
let sound: string;
let password: string;

before(async () => {
  world = await makeRepository('mend');
  makeOddTree(world.source);
  await world.backup();
  [sound, password] = [join(world.folder, 'other-copy'), join(world.folder, 'password')];
  cpSync(world.path, sound, { recursive: true });
  writeFileSync(password, `${PASSWORD}\n`, { mode: 0o600 });
});
beforeEach(() => {
  rmSync(world.path, { recursive: true, force: true });
  cpSync(sound, world.path, { recursive: true });
});
after(() => world[Symbol.dispose]());

interface Ran {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

async function picturelock(...args: readonly string[]): Promise<Ran> {
  try {
    const { stdout, stderr } = await run(process.execPath, [MAIN, ...args], { timeout: 60_000 });
    return { code: 0, out: stdout, err: stderr };
  } catch (cause) {
    const { code, stdout, stderr } = cause as { code?: number; stdout?: string; stderr?: string }; // of execFile
    return { code: code ?? 1, out: stdout ?? '', err: stderr ?? '' };
  }
}

const at = (): readonly string[] => ['--repository', world.path, '--password-file', password];
const verify = (): Promise<Ran> => picturelock('backup', 'verify', ...at());
const heal = (): Promise<Ran> => picturelock('backup', 'heal', ...at(), '--from-repository', sound);

function objects(type: string): readonly string[] {
  const root = join(world.path, type);
  return readdirSync(root, { recursive: true, encoding: 'utf8' })
    .filter((name) => /(^|\/)[0-9a-f]{64}$/.test(name))
    .map((name) => join(root, name))
    .sort();
}

function flip(path: string): void {
  const bytes = readFileSync(path);
  const middle = Math.floor(bytes.length / 2);
  bytes[middle] = (bytes[middle] ?? 0) ^ 4;
  chmodSync(path, 0o600);
  writeFileSync(path, bytes);
}

test('a copy that is whole is whole, and leaves with 0', async () => {
  const { code, out, err } = await verify();
  assert.deepEqual([code, err], [0, '']);
  assert.match(out, /whole/);
});

for (const type of ['data', 'index', 'snapshots', 'keys', 'config'] as const)
  test(`a flipped bit in ${type}: found and named, healed from the other copy, and every byte is as it was`, async () => {
    const path = type === 'config' ? join(world.path, 'config') : (objects(type)[0] ?? assert.fail());
    const before = readFileSync(path);
    flip(path);
    const name = type === 'config' ? 'config' : basename(path);
    const job = { place: world.place, passwordFile: password, readData: true };
    // Without a key or a config nothing is opened: then the opening names it.
    const found = await verifyRepository({ kind: 'verify', ...job }, () => undefined).then(
      ({ damage }) => damage.map(({ object }) => object).join(),
      (cause: Error) => cause.message,
    );
    assert.match(found, new RegExp(name));
    const from = { kind: 'folder', folder: sound, sync: false } as const;
    const { healed, after: left } = await healRepository({ kind: 'heal', ...job, from }, () => undefined);
    assert.deepEqual(healed, [type === 'config' ? type : `${type}/${name}`]);
    assert.deepEqual([left.damageCount, left.lostCount], [0, 0]);
    assert.deepEqual(readFileSync(path), before);
    world.restic('check', '--read-data');
  });

test('packs cut off and gone, beside a damaged index: all of it comes back in one run', async () => {
  const [one = '', two = ''] = objects('data');
  chmodSync(one, 0o600);
  truncateSync(one, 10);
  unlinkSync(two);
  flip(objects('index')[0] ?? assert.fail());
  const { code, out } = await heal();
  assert.equal(code, 0, out);
  for (const pack of [one, two]) assert.match(out, new RegExp(`healed +data/${basename(pack)}`));
  world.restic('check', '--read-data');
});

test('a copy job brings back what was cut off in the second place', async () => {
  const [pack = ''] = objects('data');
  const whole = readFileSync(pack);
  chmodSync(pack, 0o600);
  truncateSync(pack, 10);
  const [from, to] = [{ ...world.place, folder: sound } as const, world.place];
  assert.equal((await copyRepository({ kind: 'copy', from, to }, () => undefined)).addedBytes, whole.length);
  assert.deepEqual(readFileSync(pack), whole);
});

test('what is damaged in both copies stays named, and the run leaves with 1', async () => {
  const pack = objects('data')[0] ?? assert.fail();
  flip(pack);
  const { code, out } = await picturelock('backup', 'heal', ...at(), '--from-repository', world.path);
  assert.equal(code, 1);
  assert.match(out, new RegExp(`DAMAGED +data/${basename(pack)}: the other copy of it is damaged too`));
});

test('a lost index is made anew from the packs', async () => {
  for (const path of objects('index')) unlinkSync(path);
  const lost = await verify();
  assert.equal(lost.code, 1);
  assert.match(lost.out, /backup rebuild-index/);
  const rebuilt = await picturelock('backup', 'rebuild-index', ...at());
  assert.equal(rebuilt.code, 0, rebuilt.err);
  assert.deepEqual(readdirSync(join(world.path, 'locks')), [], 'its lock is given back');
  world.restic('check', '--read-data');
});

test('without a place to look at, usage is told', async () => {
  const { code, err } = await picturelock('backup', 'verify');
  assert.equal(code, 2);
  assert.match(err, /--repository/);
});
