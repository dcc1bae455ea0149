import assert from 'node:assert/strict';
import { test } from 'node:test';
import { renewalEveryMs } from '#host/vault/keeping.ts';

const DAY_MS = 86_400_000;

for (const [what, lockDays, everyMs] of [
  ['no client', [], DAY_MS],
  ['locks of a month and a year', [365, 30], DAY_MS],
  ['locks of a day among longer ones', [30, 1], DAY_MS / 2],
] as const)
  test(`locks are renewed once a day, and long before the shortest ends: ${what}`, () => {
    const clients = lockDays.map((days) => ({ name: `of-${days}`, quotaBytes: 0, lockDays: days, reads: true }));
    assert.equal(renewalEveryMs(clients), everyMs);
  });
