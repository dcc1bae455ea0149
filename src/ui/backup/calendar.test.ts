import { test } from 'node:test';
import assert from 'node:assert/strict';
import type { BackupView } from '#api/endpoints/backup-views.ts';
import type { BackupId, PolicyId, VaultId } from '#std/ids.ts';
import { calendarOf, daySays } from './calendar.ts';
import { indexBefore, shotsOf } from './snapshots.ts';

const HOUR_MS = 3_600_000;
/** A Wednesday noon of this machine's own zone. */
const NOW = new Date(2026, 10, 18, 12).getTime();

function backupAt(id: string, at: number, more: Partial<BackupView> = {}): BackupView {
  return {
    id: id as BackupId,
    policy: { id: 'pol' as PolicyId, name: 'P' },
    vault: { id: 'vlt' as VaultId, name: 'V' },
    begunAt: at,
    standing: 'taken',
    suspect: false,
    copies: [],
    taken: {
      snapshot: 'a'.repeat(64),
      manifestSha256: 'b'.repeat(64),
      startedAt: at,
      finishedAt: at + 1000,
      files: 1,
      bytes: 10,
      addedBytes: 5,
      consistency: 'watched',
      unsteady: 0,
    },
    ...more,
  };
}

function failedAt(id: string, at: number): BackupView {
  const { taken: _, ...rest } = backupAt(id, at, { standing: 'failed' });
  return rest;
}

test('weeks run from Monday to Sunday, and the last one holds today', () => {
  const weeks = calendarOf([], NOW, 3);
  assert.deepEqual(
    weeks.map((week) => week.length),
    [7, 7, 7],
  );
  assert.equal(weeks[2]?.[2]?.day, '2026-11-18');
  assert.equal(weeks[2]?.[0]?.day, '2026-11-16');
  assert.deepEqual(
    weeks[2]?.map(({ isFuture }) => isFuture),
    [false, false, false, true, true, true, true],
  );
});

test('a day counts what it has, and leads to its newest snapshot', () => {
  const backups = [
    backupAt('old', NOW - 5 * HOUR_MS),
    backupAt('new', NOW - HOUR_MS, { suspect: true }),
    failedAt('failed', NOW - 2 * HOUR_MS),
    failedAt('alone', NOW - 48 * HOUR_MS),
  ];
  const [week] = calendarOf(backups, NOW, 1);
  const today = week?.[2];
  assert.deepEqual(
    [today?.taken, today?.failed, today?.suspect, today?.addedBytes, today?.newest],
    [2, 1, 1, 10, 'new'],
  );
  assert.equal(today === undefined ? '' : daySays(today), '2026-11-18: 2 snapshots, 1 failed, 1 suspect');
  const monday = week?.[0];
  assert.equal(monday?.newest, undefined);
  assert.equal(monday === undefined ? '' : daySays(monday), '2026-11-16: no snapshot, 1 failed');
});

test('days follow the calendar through a change of the clocks', () => {
  for (const at of [new Date(2026, 2, 29, 12), new Date(2026, 9, 25, 12)]) {
    const days = calendarOf([], at.getTime(), 6)
      .flat()
      .map(({ day }) => day);
    assert.equal(new Set(days).size, 42);
    assert.deepEqual(days, days.toSorted());
  }
});

test('the snapshot of a time is the newest at or before it', () => {
  const shots = shotsOf(
    [backupAt('c', 300), backupAt('a', 100), backupAt('b', 200, { suspect: true }), failedAt('x', 250)],
    false,
  );
  assert.deepEqual(
    shots.map(({ showsAt }) => showsAt),
    [100, 200, 300],
  );
  assert.equal(indexBefore(shots, 299), 1);
  assert.equal(indexBefore(shots, 300), 2);
  assert.equal(indexBefore(shots, 50), 0);
  assert.equal(indexBefore([], 50), -1);
  assert.deepEqual(shotsOf([backupAt('b', 200, { suspect: true })], true), []);
});
