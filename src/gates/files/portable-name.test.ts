import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { checkName, foldName, NAME_BYTES_MAX, parsePlace } from '#gates/files/portable-name.ts';
import { isRefused } from '#std/refused.ts';

const GOOD = [
  'a.mov',
  'A001_C002_0302AB.mov',
  'grün.exr',
  'gru\u0308n.exr',
  '日本語.wav',
  'shot 010 (v2).mov',
  '.gitkeep',
  'a..b',
  'console.mov',
  '😀.png',
  'x'.repeat(255),
];
const BAD = [
  '',
  '.',
  '..',
  'a/b',
  'a\\b',
  'a:b',
  'a*b',
  'a?b',
  'a"b',
  '<a',
  'a>',
  'a|b',
  'a\0b',
  'a\nb',
  'a\u007f',
  'a ',
  ' a',
  'a.',
  'CON',
  'con.mov',
  'Aux',
  'lpt1.txt',
  'COM¹',
  '\ud800',
  'a\udc00',
  'x'.repeat(256),
  'é'.repeat(128),
  '.picturelock',
  '.PICTURELOCK-x',
  'exe\u202evom.mov',
  'a\u200bb',
  'a\ufeff',
  'a\ufffd',
];

for (const name of GOOD)
  test(`holds ${JSON.stringify(name).slice(0, 40)}`, () => assert.equal(checkName(name), undefined));
for (const name of BAD) {
  test(`refuses ${JSON.stringify(name).slice(0, 40)}`, () => {
    const why = checkName(name);
    assert.equal(why?.code, 'name-not-portable');
    assert.ok(why.message.isWellFormed() && why.message.length < 300);
  });
}

test('a parsed place has only names that would pass alone, and joins to the same path', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 80 }), (path) => {
      const place = parsePlace(path);
      if (isRefused(place)) return;
      for (const name of place.value) assert.equal(checkName(name), undefined);
      assert.equal(place.value.join('/'), path.replace(/\/$/, ''));
    }),
  );
});

test('folding is blind to case and normal form, and stable', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme', maxLength: 40 }), (name) => {
      const folded = foldName(name);
      assert.equal(foldName(folded), folded);
      assert.equal(foldName(name.normalize('NFD')), folded);
      assert.equal(foldName(name.normalize('NFC')), folded);
    }),
  );
});

test('depth and length of a path are bounded', () => {
  assert.equal((parsePlace('a/'.repeat(40)) as { code?: string }).code, 'path-too-deep');
  assert.equal((parsePlace('x'.repeat(NAME_BYTES_MAX + 5000)) as { code?: string }).code, 'path-too-long');
});
