/** What is under way at once stays within its limits, whatever the sizes are; and a failure ends it only when all that began has ended. */
import { test } from 'node:test';
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { eachInFlight } from './in-flight.ts';

interface Thing {
  readonly n: number;
  readonly bytes: number;
}

test('never more than so many, nor more bytes than so many but for one alone; each begins once, in order', async () => {
  const asked = fc.record({
    sizes: fc.array(fc.nat(100), { maxLength: 40 }),
    turns: fc.infiniteStream(fc.nat(5)),
    count: fc.integer({ min: 1, max: 6 }),
    bytes: fc.nat(150),
  });
  await fc.assert(
    fc.asyncProperty(asked, async ({ sizes, turns, count, bytes }) => {
      const things = sizes.map((size, n): Thing => ({ n, bytes: size }));
      const [begun, flying]: [number[], Set<Thing>] = [[], new Set()];
      await eachInFlight(things, { count, bytes }, async (thing) => {
        begun.push(thing.n);
        flying.add(thing);
        const sum = [...flying].reduce((all, one) => all + one.bytes, 0);
        assert.ok(flying.size <= count && (flying.size === 1 || sum <= bytes), `${flying.size} of ${sum} bytes`);
        for (let left = turns.next().value ?? 0; left > 0; left -= 1) await Promise.resolve();
        flying.delete(thing);
      });
      assert.deepEqual(
        begun,
        things.map(({ n }) => n),
      );
    }),
  );
});

test('as many as may are really under way', async () => {
  const { promise: all, resolve } = Promise.withResolvers<void>();
  let flying = 0;
  const things = Array.from({ length: 9 }, () => ({ bytes: 10 }));
  await eachInFlight(things, { count: 3, bytes: 1000 }, async () => {
    flying += 1;
    if (flying === 3) resolve();
    await all; // one after another would wait here for ever
  });
  assert.equal(flying, 9);
});

test('after a failure nothing begins, and what is under way ends first', async () => {
  const { promise: held, resolve: release } = Promise.withResolvers<void>();
  const ended: number[] = [];
  const things = [0, 1, 2, 3, 4].map((n) => ({ n, bytes: 1 }));
  const work = eachInFlight(things, { count: 2, bytes: 100 }, async ({ n }) => {
    if (n === 1) {
      setImmediate(release);
      throw new Error('no room');
    }
    await held;
    ended.push(n);
  });
  await assert.rejects(work, /no room/);
  assert.deepEqual(ended, [0]);
});
