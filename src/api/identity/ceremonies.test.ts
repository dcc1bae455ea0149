import { test } from 'node:test';
import assert from 'node:assert/strict';
import { randomFillSync } from 'node:crypto';
import { CEREMONIES_MAX, Ceremonies, CEREMONY_MS } from '#api/identity/ceremonies.ts';

const random = { bytes: (count: number) => randomFillSync(new Uint8Array(count)) };

function fresh() {
  const time = { now: 0 };
  const clock = { now: () => time.now, monotonic: () => time.now, atTime: () => () => undefined };
  return { time, ceremonies: new Ceremonies(clock, random) };
}

test('a ceremony answers once, for its purpose and subject, within five minutes', () => {
  const { time, ceremonies } = fresh();
  const start = () => ceremonies.start({ purpose: 'sign-in', challenge: 'c', subject: 's' });
  const once = start();
  assert.equal(ceremonies.take(once, 'sign-in', 's').kind, 'ok');
  assert.equal(ceremonies.take(once, 'sign-in', 's').kind, 'refused');
  assert.equal(ceremonies.take(start(), 'step-up', 's').kind, 'refused');
  const wrong = start();
  assert.equal(ceremonies.take(wrong, 'sign-in', 'other').kind, 'refused');
  assert.equal(ceremonies.take(wrong, 'sign-in', 's').kind, 'refused', 'a wrong try uses it up');
  const [late, just] = [start(), start()];
  time.now = CEREMONY_MS - 1;
  assert.equal(ceremonies.take(just, 'sign-in', 's').kind, 'ok');
  time.now = CEREMONY_MS;
  assert.equal(ceremonies.take(late, 'sign-in', 's').kind, 'refused');
});

test('strangers cannot fill the memory: the oldest go', () => {
  const { ceremonies } = fresh();
  for (let count = 0; count < CEREMONIES_MAX + 100; count += 1)
    ceremonies.start({ purpose: 'sign-in', challenge: 'c', subject: '' });
  assert.ok(ceremonies.size <= CEREMONIES_MAX);
});
