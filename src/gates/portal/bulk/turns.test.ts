import { test } from 'node:test';
import assert from 'node:assert/strict';
import { createTurns } from '#gates/portal/bulk/turns.ts';

const ROOM = 8;
const nextTurn = (): Promise<void> => new Promise((done) => setImmediate(done));

test('a turn begins so many pieces and no more, in the order of asking, and everybody gets theirs', async () => {
  const turns = createTurns(ROOM);
  const begun: number[] = [];
  const askers = Array.from({ length: 5 * ROOM + 3 }, async (_, asker) => {
    await turns.next();
    begun.push(asker);
  });
  await new Promise((done) => process.nextTick(done)); // still in this turn
  const counts = [begun.length];
  while (begun.length < askers.length) {
    const before = begun.length;
    await nextTurn();
    counts.push(begun.length - before);
  }
  await Promise.all(askers);
  assert.ok(
    counts.every((count) => count <= ROOM),
    counts.join(' '),
  );
  assert.deepEqual(
    begun,
    askers.map((_, asker) => asker),
  );
});

test('one that asks alone never waits, though it asks in every turn', async () => {
  const turns = createTurns(ROOM);
  for (let turn = 0; turn < 3; turn += 1) {
    for (let asked = 0; asked < ROOM; asked += 1) assert.equal(turns.next(), undefined);
    assert.ok(turns.next() instanceof Promise, 'this turn is full');
    await nextTurn();
    await nextTurn();
  }
});

test('somebody who asks again at once stands behind those who wait', async () => {
  const turns = createTurns(1);
  const order: string[] = [];
  const greedy = (async () => {
    for (let piece = 0; piece < 4; piece += 1) {
      await turns.next();
      order.push('greedy');
    }
  })();
  const patient = Promise.resolve(turns.next()).then(() => order.push('patient'));
  await Promise.all([greedy, patient]);
  assert.ok(order.indexOf('patient') <= 2, order.join(' '));
});
