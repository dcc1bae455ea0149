/** Policy tests are kept and dropped by their whole text, in a number that has an end. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { verdict } from '#model/asked-world.ts';
import type { CommandOf } from '#model/commands.ts';
import { ask, drawWorld } from '#model/drawn-world.ts';
import type { DrawnWorld } from '#model/drawn-world.ts';
import type { FileTest } from '#model/facility-file.ts';
import { POLICY_TESTS_MAX } from '#model/limits.ts';

const BORDER: FileTest = { deny: { from: 'internet', to: 'production', service: 'any' } };

function keep(...tests: readonly FileTest[]): CommandOf<'import-network'> {
  return { kind: 'import-network', changes: tests.map((one) => ({ kind: 'keep-policy-test', test: one })) };
}

function drop(one: FileTest): CommandOf<'import-network'> {
  return { kind: 'import-network', changes: [{ kind: 'drop-policy-test', test: one }] };
}

function kept({ state }: DrawnWorld): readonly FileTest[] {
  return [...state.network.tests.values()];
}

test('a facility that was never given any keeps none', () => {
  assert.deepEqual(kept(drawWorld()), []);
});

test('a test is kept once, whatever order its parts are written in, and dropped by its text', () => {
  const world = drawWorld();
  ask(world, keep(BORDER));
  assert.deepEqual(kept(world), [BORDER]);
  const turned: FileTest = { deny: { service: 'any', to: 'production', from: 'internet' } };
  assert.equal(verdict(world, keep(turned)), 'already-done');
  const named: FileTest = { name: 'The border', ...BORDER };
  assert.equal(verdict(world, drop(named)), 'unknown-test');
  ask(world, keep(named));
  assert.equal(kept(world).length, 2);
  ask(world, drop(turned));
  assert.deepEqual(kept(world), [named]);
});

test('there are at most so many, and none is longer than an entry can hold', () => {
  const world = drawWorld();
  const many = Array.from({ length: POLICY_TESTS_MAX }, (_, n): FileTest => ({
    deny: { from: `zone ${n}`, to: 'production', service: 'any' },
  }));
  assert.equal(verdict(world, keep(...many, BORDER)), 'too-many');
  ask(world, keep(...many));
  assert.equal(verdict(world, keep(BORDER)), 'too-many');
  const long = Array.from({ length: 40 }, (_, n) => ({ host: `${'長'.repeat(195)}${n}` }));
  assert.equal(
    verdict(drawWorld(), keep({ deny: { from: { not: long }, to: 'production', service: 'any' } })),
    'test-too-long',
  );
});
