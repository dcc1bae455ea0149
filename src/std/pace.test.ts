import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { Pace } from '#std/pace.ts';

test('a burst goes at once, then one step in every so many ms, and rest earns it back', () => {
  const pace = new Pace({ burst: 3, everyMs: 100 });
  const at = (...times: readonly number[]) => times.map((time) => pace.step(time));
  assert.deepEqual(at(0, 0, 0, 0, 0), [0, 0, 0, 100, 200]);
  assert.deepEqual(at(100), [200], 'behind the two that wait');
  assert.deepEqual(at(1000, 1000, 1000, 1000), [0, 0, 0, 100], 'no more than the burst is saved up');
});

test('nobody who goes slower than the limit waits, and nobody goes faster for long', () => {
  fc.assert(
    fc.property(
      fc.array(fc.nat(500), { minLength: 1, maxLength: 200 }),
      fc.integer({ min: 1, max: 20 }),
      (gaps, burst) => {
        const [everyMs, pace] = [50, new Pace({ burst, everyMs: 50 })];
        let now = 0;
        const done = gaps.map((gap) => (now += gap) + pace.step(now));
        for (const [index, time] of done.entries()) assert.ok(time >= (done[index - 1] ?? 0) - 1e-6, 'in order');
        const spanMs = (done.at(-1) ?? 0) - (gaps[0] ?? 0);
        assert.ok(done.length <= burst + spanMs / everyMs + 1 + 1e-6);
        if (gaps.every((gap) => gap >= everyMs)) assert.equal(done.at(-1), now);
      },
    ),
  );
});
