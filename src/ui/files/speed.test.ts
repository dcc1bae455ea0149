import { test } from 'node:test';
import assert from 'node:assert/strict';
import { leftMs, rateOf, sampled, SAMPLES_MAX } from './speed.ts';

test('the rate is that of the last seconds, and time left follows from it', () => {
  const samples = [
    { at: 0, bytes: 0 },
    { at: 1000, bytes: 2000 },
    { at: 2000, bytes: 4000 },
  ];
  assert.equal(rateOf(samples), 2000);
  assert.equal(leftMs(samples, 10_000), 3000);
});

test('nothing is said too early or when nothing moves', () => {
  assert.equal(rateOf([{ at: 0, bytes: 5 }]), undefined);
  assert.equal(
    rateOf([
      { at: 0, bytes: 0 },
      { at: 100, bytes: 9 },
    ]),
    undefined,
  );
  assert.equal(
    leftMs(
      [
        { at: 0, bytes: 5 },
        { at: 1000, bytes: 5 },
      ],
      10,
    ),
    undefined,
  );
});

test('old samples leave and their number is bounded', () => {
  let samples: ReturnType<typeof sampled> = [];
  for (let at = 0; at < 60_000; at += 10) samples = sampled(samples, { at, bytes: at });
  assert.ok(samples.length <= SAMPLES_MAX);
  assert.equal(rateOf(samples), 1000);
});
