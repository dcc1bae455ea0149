import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import {
  REBOOT_CREDIT_MS_MAX,
  resumeClock,
  startClock,
  STEP_MS_MAX,
  tick,
  trusted,
} from '#vault/server/vault-clock.ts';
import type { ClockReading } from '#vault/server/vault-clock.ts';

const HOUR_MS = 3_600_000;
const T = Date.UTC(2026, 0, 5);
const first: ClockReading = { wall: T, monotonic: 50, boot: 'a' };

interface Row {
  readonly says: string;
  readonly reading: ClockReading;
  readonly moved: number;
  readonly isDoubted: boolean;
}

const after = (wall: number, monotonic: number, boot = 'a'): ClockReading => ({
  wall: T + wall,
  monotonic: 50 + monotonic,
  boot,
});

const ROWS: readonly Row[] = [
  { says: 'an hour by both clocks', reading: after(HOUR_MS, HOUR_MS), moved: HOUR_MS, isDoubted: false },
  { says: 'the wall clock wound a year forward', reading: after(8760 * HOUR_MS, 1000), moved: 1000, isDoubted: true },
  { says: 'the wall clock wound back', reading: after(-HOUR_MS, 1000), moved: 0, isDoubted: true },
  { says: 'a monotonic clock with an offset', reading: after(1000, 900 * HOUR_MS), moved: 1000, isDoubted: true },
  { says: 'a leap second', reading: after(61_000, 60_000), moved: 60_000, isDoubted: false },
  { says: 'a reboot of ten minutes', reading: after(600_000, -40, 'b'), moved: 600_000, isDoubted: false },
  { says: 'off for a month', reading: after(720 * HOUR_MS, -40, 'b'), moved: REBOOT_CREDIT_MS_MAX, isDoubted: true },
  { says: 'a reboot into the past', reading: after(-HOUR_MS, -40, 'b'), moved: 0, isDoubted: true },
  {
    says: 'another machine that differs',
    reading: { ...after(1000, 1000), others: [T + HOUR_MS] },
    moved: 1000,
    isDoubted: true,
  },
];

for (const { says, reading, moved, isDoubted } of ROWS) {
  test(`clock: ${says}`, () => {
    const next = tick(startClock(first), reading);
    assert.equal(next.at - T, moved);
    assert.equal(next.doubt !== undefined, isDoubted);
  });
}

test('doubt stays until a person trusts the clock, and the time goes on from where it stood', () => {
  const doubted = tick(startClock(first), after(8760 * HOUR_MS, 1000));
  const later = tick(doubted, after(8761 * HOUR_MS, 1000 + HOUR_MS));
  assert.ok(later.doubt !== undefined);
  const trustedAgain = trusted(later);
  assert.equal(trustedAgain.doubt, undefined);
  assert.equal(trustedAgain.at, T + 1000 + HOUR_MS);
});

test('many reboots, each a little less than a day ahead, credit no more than a day in all', () => {
  let state = startClock(first);
  for (let i = 1; i <= 40; i += 1) state = tick(state, after(i * 23 * HOUR_MS, 0, `boot-${i}`));
  assert.ok(state.at - T <= REBOOT_CREDIT_MS_MAX);
  assert.ok(state.doubt !== undefined);
});

const step = fc.record({
  elapsed: fc.integer({ min: 0, max: 5 * 86_400_000 }),
  wallStep: fc.oneof(fc.constant(0), fc.integer({ min: -400 * 86_400_000, max: 400 * 86_400_000 })),
  reboots: fc.boolean(),
});

test('whatever clocks do, vault time never falls, and never runs ahead of what was watched but for one credit', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      let [state, reading, watched] = [startClock(first), first, 0];
      for (const [i, { elapsed, wallStep, reboots }] of steps.entries()) {
        const wall = reading.wall + elapsed + wallStep;
        reading = reboots
          ? { wall, monotonic: 5, boot: `b${i}` }
          : { ...reading, wall, monotonic: reading.monotonic + elapsed };
        if (!reboots) watched += elapsed;
        const next = tick(state, reading);
        assert.ok(next.at >= state.at);
        state = next;
      }
      assert.ok(state.at - T <= watched + watched / 7 + REBOOT_CREDIT_MS_MAX);
    }),
  );
});

test('an offset that a clock can be given within the tolerance is all that it can win', () => {
  const next = tick(startClock(first), after(60_000, 60_000 + STEP_MS_MAX));
  assert.equal(next.doubt, undefined);
  assert.equal(next.at - T, 60_000 + STEP_MS_MAX);
});

test('without its file the clock stands at the newest journal line, doubted', () => {
  const resumed = resumeClock(undefined, T, after(8760 * HOUR_MS, 0));
  assert.equal(resumed.at, T);
  assert.match(resumed.doubt ?? '', /missing/);
});

test('an older copy of its file takes nothing back and gives nothing twice', () => {
  const saved = startClock(first);
  const resumed = resumeClock(saved, T + 50_000, after(60_000, 60_000));
  assert.equal(resumed.at, T + 60_000);
});
