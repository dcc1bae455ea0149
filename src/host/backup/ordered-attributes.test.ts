/** Attributes that come in any order are found by a walk in its own, in memory that is full again and again. */
import { test } from 'node:test';
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createOrderedAttributes } from './ordered-attributes.ts';
import { Bug } from '#std/assert.ts';

const scratch = mkdtempSync(join(tmpdir(), 'picturelock-attributes-'));
test.after(() => rmSync(scratch, { recursive: true }));

/** As a walk has them: a folder, what lies in it, then its neighbours, although `-` and `.` sort before `/`. */
const NAMES = [
  '',
  '/a',
  '/a/x',
  '/a/x/deep',
  '/a-b',
  '/a-b/y',
  '/a.b',
  '/ab',
  '/new\nline\\',
  '/z\xff\xfe',
  '/z\xff\xff',
];
const WALK = NAMES.flatMap((name) =>
  Array.from({ length: name.endsWith('x') ? 400 : 1 }, (_, i) =>
    i === 0 ? name : `${name}/${String(i).padStart(4, '0')}`,
  ),
).sort((a, b) => (a.replaceAll('/', '\0') < b.replaceAll('/', '\0') ? -1 : 1));

const pathOf = (name: string): Buffer => Buffer.from(`/shows${name}`, 'latin1');
const valueOf = (name: string): string => Buffer.from(name === '/a/x' ? 'long'.repeat(3000) : name).toString('base64');

test('a walk finds what each file has, whatever order it came in and however little fits in memory', () => {
  for (const runBytes of [4096, 1 << 20]) {
    const all = createOrderedAttributes({ scratch, runBytes, longBytes: 2048 });
    for (const name of WALK.toReversed())
      if (!name.endsWith('3')) all.add({ path: pathOf(name), lines: `user.x=0s${valueOf(name)}\n` });
    all.add({ path: pathOf('/nobody asks'), lines: 'user.x=0s\n' });
    for (const name of WALK) {
      const value = all.of(pathOf(name))?.map((one) => [one.name, Buffer.from(one.value).toString('base64')]);
      assert.deepEqual(value, name.endsWith('3') ? undefined : [['user.x', valueOf(name)]], name);
    }
    assert.equal(all.of(pathOf('/\xff')), undefined);
    assert.throws(() => all.of(pathOf('/a')), Bug);
    all.close();
  }
});

test('a tree without any has none', () => {
  const all = createOrderedAttributes({ scratch });
  assert.deepEqual([all.of(pathOf('')), all.of(pathOf('/a'))], [undefined, undefined]);
  all.close();
});
