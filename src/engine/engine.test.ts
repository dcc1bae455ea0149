import { test } from 'node:test';
import assert from 'node:assert/strict';
import { openLocalEngine } from '#engine/local.ts';
import { createMemoryStore } from '#engine/memory-store.ts';
import { decodeEntry, encodeEntry } from '#ledger/entry.ts';
import { isEqual } from '#std/bytes.ts';
import { createFacility, listed, owner } from '#engine/test-facility.ts';

test('a command is durable, folded, published and sealed', async () => {
  const engine = await openLocalEngine();
  const heard: string[] = [];
  engine.subscribe((placed, state) => {
    for (const { entry } of placed) heard.push(entry.kind);
    assert.equal(state.size, (placed.at(-1)?.index ?? 0) + 1);
  });
  const done = await engine.command(createFacility(), { person: owner });
  assert.equal(done.kind, 'ok');
  assert.equal(engine.state().facility?.name, 'Dailies');
  assert.equal(heard[0], 'facility.created');
  const [index] = await engine.record([listed('media')]);
  assert.ok(index !== undefined);
  const { size, note } = await engine.sealed(index);
  assert.ok(size > index);
  assert.match(note, /^dailies\.example\/audit\n/);
  const found = await engine.search({ kind: 'folder.', limit: 10 });
  assert.deepEqual(
    found.entries.map((placed) => placed.index),
    [index],
  );
  await engine.close();
  for (const bytes of engine.store.entries) assert.ok(isEqual(encodeEntry(decodeEntry(bytes)), bytes));
});

test('a restart folds to the same state and goes on numbering', async () => {
  const first = await openLocalEngine();
  await first.command(createFacility(), { person: owner });
  const before = first.state();
  await first.close();
  const second = await openLocalEngine({ store: createMemoryStore(first.store.entries) });
  assert.deepEqual(second.state().people.toJS(), before.people.toJS());
  assert.equal((await second.command(createFacility(), { person: owner })).kind, 'refused');
  await second.record([listed('media')]);
  await second.close();
  await (await openLocalEngine({ store: createMemoryStore(second.store.entries) })).close();
});
