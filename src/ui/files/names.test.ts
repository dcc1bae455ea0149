import { test } from 'node:test';
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { crumbsOf, framesText, joined, nameProblem, parentOf, sorted, isFrameOf } from './names.ts';

test('names that some client cannot hold are refused with the reason', () => {
  for (const good of ['a.mov', 'Reel 01', 'Überblendung.mov', '.notes', 'con-form.aaf', '日本語.exr'])
    assert.equal(nameProblem(good), undefined, good);
  for (const bad of [
    '',
    ' ',
    '.',
    '..',
    'a/b',
    'a\\b',
    'CON',
    'nul.txt',
    'lpt1',
    'x.',
    'x ',
    'a:b',
    'a?b',
    'a\nb',
    'x'.repeat(256),
    'é'.repeat(128),
  ])
    assert.ok(nameProblem(bad), bad);
});

test('a path is the last of its crumbs', () => {
  const part = fc.stringMatching(/^[a-z0-9]{1,8}$/);
  fc.assert(
    fc.property(fc.array(part, { minLength: 1, maxLength: 6 }), (parts) => {
      const path = parts.join('/');
      assert.equal(crumbsOf(path).at(-1)?.path, path);
      assert.equal(joined(parentOf(path), parts.at(-1) ?? ''), path);
    }),
  );
});

test('frames', () => {
  assert.equal(framesText({ first: 1001, last: 1010, count: 10, missing: [] }), '10 frames, 1001–1010');
  assert.equal(
    framesText({ first: 1, last: 9, count: 3, missing: [2, 3, 4, 5, 6, 7] }),
    '3 frames, 1–9, 6 missing (2, 3, 4, 5, …)',
  );
});

test('sorting keeps folders first and counts numbers', () => {
  const entry = (name: string, type: string, sizeBytes = 0, modifiedAt = 0) => ({ name, type, sizeBytes, modifiedAt });
  const all = [entry('shot10', 'file', 1), entry('shot2', 'file', 9), entry('z', 'folder'), entry('a', 'folder')];
  assert.deepEqual(
    sorted(all, 'name', false).map((one) => one.name),
    ['a', 'z', 'shot2', 'shot10'],
  );
  assert.deepEqual(
    sorted(all, 'size', true).map((one) => one.name),
    ['z', 'a', 'shot2', 'shot10'],
  );
});

test('a frame belongs to its sequence and to no other', () => {
  const sequence = { first: 998, last: 10_001, pattern: 'sh010.####.exr' };
  const table: readonly (readonly [string, boolean])[] = [
    ['sh010.0998.exr', true],
    ['sh010.1000.exr', true],
    ['sh010.10001.exr', true],
    ['sh010.0997.exr', false],
    ['sh010.10002.exr', false],
    ['sh020.1000.exr', false],
    ['sh010.1000.dpx', false],
    ['sh010.beauty.1000.exr', false],
    ['sh010.1000.exr.txt', false],
  ];
  assert.deepEqual(
    table.map(([name]) => [name, isFrameOf(name, sequence)]),
    table,
  );
});
