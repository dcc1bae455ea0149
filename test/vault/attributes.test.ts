/** Extended attributes of many files, and programs that fail: what can be taken is taken, and what lacks is said. */
import { test } from 'node:test';
import assert from 'node:assert/strict';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, unlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { describeAttributes } from './odd-tree.ts';
import { makeRepository } from './test-repository.ts';
import { openFileAttributes } from '#host/backup/file-attributes.ts';

const FILES = 120;

const pathOf = (root: string, i: number): Buffer =>
  Buffer.concat([Buffer.from(`${root}/a${'-./'.charAt(i % 3)}x/${i % 7}/${i}\n\\ `), Buffer.from([0xff, 0xfe])]);

/** One attribute each, of this many bytes. */
async function setAll(root: string, bytes: number, batchBytes?: number) {
  const setter = openFileAttributes(batchBytes).gather();
  for (let i = 0; i < FILES; i += 1)
    setter.add({ path: pathOf(root, i), attributes: [{ name: 'user.x', value: Buffer.alloc(bytes, `${i} `) }] });
  const failed = await setter.set();
  setter.close();
  return failed;
}

test('hundreds of files with attributes and names that are no text come back with all of them', async () => {
  using world = await makeRepository('attributed');
  for (let i = 0; i < FILES; i += 1) {
    const path = pathOf(world.source, i);
    mkdirSync(dirname(path.toString('latin1')), { recursive: true });
    writeFileSync(path, `${i}`);
  }
  assert.deepEqual(await setAll(world.source, 40), []);
  const wanted = describeAttributes(world.source);
  assert.equal(wanted.split('# file: ').length, FILES + 1);
  const taken = await world.backup();
  assert.deepEqual([taken.files, taken.attributesLack], [FILES, undefined]);
  const back = join(world.folder, 'back', 'source');
  const { failed } = await world.restore(taken.snapshot, world.source, join(world.folder, 'back'));
  assert.deepEqual([failed, describeAttributes(back) === wanted], [[], true]);

  // A file that is gone is named, and what more than one program is told all arrives.
  const gone = pathOf(back, 7);
  unlinkSync(gone);
  for (const batchBytes of [5000, undefined]) {
    const missed = await setAll(back, 41, batchBytes);
    assert.deepEqual(
      missed.map(({ path, why }) => [path.startsWith(join(back, 'a.x/0/7')), /No such file/.test(why)]),
      [[true, true]],
    );
    assert.equal(describeAttributes(back).split('# file: ').length, FILES);
  }
});

test('files that a restore took away again cost no words of setfattr, however many they are: other troubles are named', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'picturelock-gone-'));
  t.after(() => rmSync(folder, { recursive: true }));
  const there = join(folder, 'there');
  writeFileSync(there, '');
  const setter = openFileAttributes(20_000).gather();
  const add = (path: string, name: string): void =>
    setter.add({ path: Buffer.from(path), attributes: [{ name, value: Buffer.from('12') }] });
  for (let n = 0; n < 800; n += 1) add(join(folder, `${n}`.padStart(100, 'x')), 'user.scene');
  add(there, 'no-such-space.scene');
  add(there, 'user.scene');
  const failed = await setter.set(true);
  setter.close();
  assert.deepEqual(
    failed.map(({ path, why }) => [path, why.endsWith(': Operation not supported')]),
    [[there, true]],
  );
  assert.match(describeAttributes(folder), /user\.scene=/);
});

/** With programs of this folder before the system's own. */
async function withPrograms<T>(folder: string, path: string, act: () => Promise<T>): Promise<T> {
  const before = process.env['PATH'];
  process.env['PATH'] = `${folder}${path}`;
  try {
    return await act();
  } finally {
    process.env['PATH'] = before;
  }
}

test('attributes that cannot be read cost no snapshot: it is taken, has what was read of them, and says what it lacks', async () => {
  using world = await makeRepository('unread');
  const [programs, file] = [join(world.folder, 'bin'), join(world.source, 'a')];
  mkdirSync(programs);
  for (const path of [file, join(world.source, 'b')]) writeFileSync(path, 'some of a film');
  const says = async (script: string | undefined): Promise<readonly [string, string | undefined]> => {
    if (script !== undefined) writeFileSync(join(programs, 'getfattr'), `#!/bin/sh\n${script}\n`);
    if (script !== undefined) chmodSync(join(programs, 'getfattr'), 0o755);
    const path = script === undefined ? '' : `:${process.env['PATH']}`;
    const taken = await withPrograms(programs, path, () => world.backup());
    assert.equal(taken.files, 2);
    return [taken.snapshot, taken.attributesLack];
  };
  assert.match((await says(undefined))[1] ?? '', /^getfattr does not run here: install it$/);
  assert.match((await says(`echo "getfattr: ${file}: Input/output error" >&2; exit 1`))[1] ?? '', /1 of them.*Input/);
  assert.equal((await says(`echo "getfattr: ${file}: No such file or directory" >&2; exit 1`))[1], undefined);
  const half = `printf '# file: ${file}\\nuser.x=0sYQ==\\n\\n# file: ${world.source}/b\\nuser.x=0sY'; kill -9 $$`;
  const [snapshot, lack] = await says(half);
  assert.match(lack ?? '', /was ended before/);
  await world.restore(snapshot, world.source, join(world.folder, 'back'));
  assert.match(describeAttributes(join(world.folder, 'back')), /^\s*# file: source\/a\nuser.x=0x61$/);
});

test('a backup that is called off while attributes are read ends', async () => {
  using world = await makeRepository('called-off');
  writeFileSync(join(world.folder, 'getfattr'), '#!/bin/sh\nexec sleep 60\n', { mode: 0o755 });
  const ends = new AbortController();
  setTimeout(() => ends.abort(), 50);
  const read = withPrograms(world.folder, `:${process.env['PATH']}`, () =>
    openFileAttributes().read(world.source, { signal: ends.signal }),
  );
  await assert.rejects(read, { name: 'AbortError' });
});
