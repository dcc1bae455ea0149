import { test } from 'node:test';
import assert from 'node:assert/strict';
import { DENIALS } from '#access/rules.ts';
import { LIFTABLE } from '#model/facility.ts';
import { codeText, liftsText, roleText } from './code-words.ts';

test('no rule of the decision is shown as its code', () => {
  for (const code of Object.keys(DENIALS)) assert.match(codeText(code), / /, code);
});

test('no rule that an exception lifts is shown as its code', () => {
  for (const rule of LIFTABLE) assert.notEqual(liftsText(rule), rule);
});

test('a code that nobody has put in words is at least readable', () => {
  assert.equal(codeText('never-heard-of'), 'never heard of');
  assert.equal(codeText('step-up-wrong-code'), 'second factor: wrong code');
});

test('roles read as words', () => {
  assert.deepEqual(['post-supervisor', 'vfx-artist', 'editor'].map(roleText), [
    'post supervisor',
    'VFX artist',
    'editor',
  ]);
});
