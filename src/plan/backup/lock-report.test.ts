/** What the ledger is told of a bucket's locks: every change that matters, and not every look. */
import { test } from 'node:test';
import assert from 'node:assert/strict';
import { locksToReport } from './lock-report.ts';
import { NAMED_MAX } from '#model/vault-report-shapes.ts';
import type { LocksReport } from '#model/vault-report-shapes.ts';
import { DAY_MS } from '#model/limits.ts';

const AT = Date.UTC(2026, 5, 1);
const lockDays = 40;
const fine = { soonest: AT + 30 * DAY_MS, hidden: [], overlaid: [] };
const told = (known: LocksReport | undefined, now: Omit<Parameters<typeof locksToReport>[1], 'lockDays'>) =>
  locksToReport(known, { lockDays, ...now });
const calm = told(undefined, { measured: fine }) ?? assert.fail('a first measure is told');

test('locks are told when they are known first, move by an eighth, or get shorter', () => {
  assert.equal(told(undefined, { measured: undefined }), undefined, 'nothing is known yet');
  assert.equal(told(calm, { measured: fine }), undefined);
  assert.equal(told(calm, { measured: { ...fine, soonest: fine.soonest + 4 * DAY_MS } }), undefined);
  for (const soonest of [fine.soonest + 5 * DAY_MS, fine.soonest - 1])
    assert.equal(told(calm, { measured: { ...fine, soonest } })?.lockedUntil, soonest);
});

test('what somebody hid or wrote over is told by number and the first names, and when it is gone', () => {
  const hidden = Array.from({ length: 9 }, (_, n) => `house/data/${n}`);
  const found = told(calm, { measured: { ...fine, hidden } }) ?? assert.fail('it is told');
  assert.deepEqual([found.hidden.count, found.hidden.names.length, found.overlaid.count], [9, NAMED_MAX, 0]);
  assert.equal(told(found, { measured: { ...fine, hidden } }), undefined);
  assert.equal(told(found, { measured: fine })?.hidden.count, 0);
});

test('a failure takes back nothing of what is known, so that locks which run out meanwhile are named', () => {
  const known = told(calm, { measured: { ...fine, hidden: ['house/data/1'] } }) ?? assert.fail('it is told');
  const failed = told(known, { measured: undefined, failure: { code: 'no-credential', tries: 1 } });
  assert.deepEqual([failed?.lockedUntil, failed?.hidden.count], [fine.soonest, 1]);
});

test('of a thousand rounds that fail in a row a dozen are told, and the first that does not', () => {
  let known: LocksReport | undefined = calm;
  const tries: number[] = [];
  for (let n = 1; n <= 1000; n += 1) {
    const report = told(known, { measured: fine, failure: { code: 'vault-unreachable', tries: n } });
    if (report !== undefined) tries.push(report.failure?.tries ?? 0);
    known = report ?? known;
  }
  assert.deepEqual(tries, [1, 2, 3, 4, 8, 16, 32, 64, 128, 256, 512]);
  assert.equal(told(known, { measured: fine, failure: { code: 'not-locked', tries: 1001 } })?.failure?.tries, 1001);
  const after = told(known, { measured: fine }) ?? assert.fail('the end of a failure is told');
  assert.equal(after.failure, undefined);
});
