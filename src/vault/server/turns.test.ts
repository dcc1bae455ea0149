import assert from 'node:assert/strict';
import { setImmediate } from 'node:timers/promises';
import { existsSync } from 'node:fs';
import { afterEach, beforeEach, test } from 'node:test';
import { layoutOf } from '#vault/server/layout.ts';
import { DAY_MS, edit, inPieces, markApproved, openTestVault, store } from '#vault/server/test-vault.ts';
import type { TestVault } from '#vault/server/test-vault.ts';
import { Turns } from '#vault/server/turns.ts';

let world: TestVault;
beforeEach(async () => void (world = await openTestVault()));
afterEach(() => world.remove());

const only = new Set(['prn_1']);

/** Set aside, and free to go. */
async function setAside(texts: readonly string[]): Promise<readonly string[]> {
  const stored = [];
  for (const text of texts) stored.push(await store(world.vault, 'data', text));
  const approval = { prune: 'prn_1', snapshots: [], bytes: 1000 };
  await markApproved(
    world.vault,
    approval,
    stored.map(({ object }) => object),
  );
  world.clock.pass(31 * DAY_MS);
  return stored.map(({ name }) => name);
}

test('of two configs that come together one is taken and stays, the other is told that one is there', async () => {
  const bodies = ['one config', 'another config'].map((text) => Buffer.from(text));
  const done = await Promise.all(
    bodies.map((body) => world.vault.accept(edit, 'config', '', inPieces(body), body.length)),
  );
  assert.deepEqual([...done].sort(), ['created', 'present']);
  const kept = await world.vault.find('edit', 'config', '');
  assert.equal(kept?.bytes, bodies[done.indexOf('created')]?.length);
  world = await world.again();
  assert.deepEqual(world.vault.found.missing, []);
  assert.ok((await world.vault.find('edit', 'config', '')) !== undefined);
});

test('what is stored again while a sweep runs is there when it is acknowledged', async () => {
  const texts = Array.from({ length: 12 }, (_, i) => `pack ${i}`);
  const names = await setAside(texts);
  const sweeping = world.vault.sweep(only);
  const done = [];
  for (const text of texts) {
    await setImmediate();
    done.push(store(world.vault, 'data', text));
  }
  await Promise.all([sweeping, ...done]);
  for (const name of names) {
    assert.ok(world.vault.holdings.readable('edit', 'data', name) !== undefined, 'acknowledged, so held');
    assert.ok(existsSync(layoutOf(world.folder).pathOf('edit', 'data', name)));
  }
});

test('what is being stored again is not swept meanwhile', async () => {
  const [name = ''] = await setAside(['pack']);
  const immutable = {
    lock: async () => void assert.deepEqual(await world.vault.sweep(only), []),
    renew: async () => {},
    hold: async () => [],
    letGoDamaged: async () => {},
  };
  world = await world.again({ immutable });
  assert.equal((await store(world.vault, 'data', 'pack')).done, 'created');
  assert.ok((await world.vault.find('edit', 'data', name)) !== undefined);
});

test('turns: one name at a time, in the order of asking; others do not wait, and nobody waits for one that failed', async () => {
  const turns = new Turns();
  const said: string[] = [];
  const gate = Promise.withResolvers<void>();
  const first = turns.take('a', () => gate.promise.then(() => void said.push('first')));
  const second = turns.take('a', async () => void said.push('second'));
  const third = turns.take('a', async () => void said.push('third'));
  await turns.take('b', async () => void said.push('other'));
  assert.equal(turns.tryTake('a'), undefined);
  gate.reject(new Error('it failed'));
  await assert.rejects(first);
  await Promise.all([second, third]);
  assert.deepEqual(said, ['other', 'second', 'third']);
  const release = turns.tryTake('a');
  const last = turns.take('a', async () => void said.push('last'));
  await setImmediate();
  assert.equal(said.at(-1), 'third');
  release?.();
  await last;
  assert.equal(turns.size, 0);
});
