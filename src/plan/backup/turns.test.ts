/** Turns in a shared lane: in order while there is time for everything, and nobody waits for ever when there is not. */
import { test } from 'node:test';
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { afterTurn, inTurn, LANE_WORK, NOBODY_PASSED, TURNS_MAX } from './turns.ts';
import type { LaneWork, Passed } from './turns.ts';

/** One turn over those who have work: who got it, and what is remembered. */
function turn(passed: Passed, having: ReadonlySet<LaneWork>): readonly [LaneWork | undefined, Passed] {
  const order = inTurn(passed);
  const at = order.findIndex((work) => having.has(work));
  return [order[at], afterTurn(passed, at === -1 ? order : order.slice(0, at + 1))];
}

test('whoever has work gets a turn within the bound, whatever the others have', () => {
  const load = fc.array(fc.subarray([...LANE_WORK]), { minLength: 3 * TURNS_MAX, maxLength: 6 * TURNS_MAX });
  fc.assert(
    fc.property(load, fc.constantFrom(...LANE_WORK), (rounds, always) => {
      let passed = NOBODY_PASSED;
      let waited = 0;
      for (const others of rounds) {
        const [who, next] = turn(passed, new Set([...others, always]));
        passed = next;
        waited = who === always ? 0 : waited + 1;
        assert.ok(waited < TURNS_MAX, `${always} waited ${waited} turns`);
      }
    }),
    { numRuns: 300 },
  );
});

test('backups that never end leave turns to copies, and copies that never end to backups', () => {
  let passed = NOBODY_PASSED;
  const got = new Map<LaneWork, number>();
  for (let n = 0; n < 80; n += 1) {
    const [who, next] = turn(passed, new Set(['backup', 'copy']));
    passed = next;
    if (who !== undefined) got.set(who, (got.get(who) ?? 0) + 1);
  }
  assert.deepEqual(Object.fromEntries(got), { backup: 60, copy: 20 });
});

test('what is done once is asked for in order', () => {
  const left = new Set(LANE_WORK);
  let passed = NOBODY_PASSED;
  const got: LaneWork[] = [];
  for (let n = 0; n < 3; n += 1) {
    const [who, next] = turn(passed, left);
    passed = next;
    if (who !== undefined) got.push(who);
    if (who !== undefined) left.delete(who);
  }
  assert.deepEqual(got, ['backup', 'expiry', 'copy']);
  assert.deepEqual(inTurn(NOBODY_PASSED), LANE_WORK);
});
