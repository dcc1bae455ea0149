/** Each file is read again once a round, whether snapshots come each hour or each week. */
import { test } from 'node:test';
import assert from 'node:assert/strict';
import { isTurn } from './rereading.ts';

const [HOUR_MS, DAY_MS] = [3_600_000, 86_400_000];
const EVERY_MS = 28 * DAY_MS;
const START = Date.UTC(2026, 0, 15, 12);
const PATHS = Array.from({ length: 500 }, (_, n) => Buffer.from(`/srv/media/shot ${n}.exr`));

function turns(stepMs: number, spanMs: number): readonly (readonly number[])[] {
  return PATHS.map((path) => {
    const found: number[] = [];
    for (let at = START + stepMs; at <= START + spanMs; at += stepMs)
      if (isTurn(path, { since: at - stepMs, at, everyMs: EVERY_MS })) found.push(at);
    return found;
  });
}

for (const [name, stepMs] of [
  ['hour', HOUR_MS],
  ['day', DAY_MS],
  ['week', 7 * DAY_MS],
] as const)
  test(`with a snapshot each ${name}, every file has its turn once in 28 days`, () => {
    assert.deepEqual(new Set(turns(stepMs, EVERY_MS).map((found) => found.length)), new Set([1]));
  });

test('the snapshots of one day share its work, and none repeats another', () => {
  const found = turns(HOUR_MS, DAY_MS);
  assert.ok(found.every((one) => one.length <= 1));
  const read = found.filter((one) => one.length > 0).length;
  assert.ok(read > 2 && read < 60, `${read} of 500 were read again that day`);
});

test('a gap longer than a round makes everybody’s turn; a clock that went back makes nobody’s', () => {
  const [since, later] = [START, START + 2 * EVERY_MS];
  assert.ok(PATHS.every((path) => isTurn(path, { since, at: later, everyMs: EVERY_MS })));
  assert.ok(!PATHS.some((path) => isTurn(path, { since: later, at: since, everyMs: EVERY_MS })));
});
