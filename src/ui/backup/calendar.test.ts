import { test } from 'node:test';
import assert from 'node:assert/strict';
import type { BackupView } from '#api/endpoints/backup-views.ts';
import type { BackupId, PolicyId, VaultId } from '#std/ids.ts';
import { calendarOf, daySays, lookOf } from './calendar.ts';
import type { CalendarDay, Wanting } from './calendar.ts';
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
  const weeks = calendarOf([], { now: NOW, weeks: 3, policies: [] });
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
  const [week] = calendarOf(backups, { now: NOW, weeks: 1, policies: [] });
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

/** Every so many hours since the Monday of that week, with a grace of half of it. */
function wanting(everyHours: number, setAt = NOW - 60 * HOUR_MS): Wanting {
  const everyMs = everyHours * HOUR_MS;
  return { id: 'pol' as PolicyId, setAt, everyMs, dueAt: NOW, lateAt: NOW + everyMs / 2 };
}

function looks(days: readonly CalendarDay[] | undefined): readonly string[] {
  return (days ?? []).slice(0, 3).map((day) => `${lookOf(day)} ${day.taken} of ${day.wanted}`);
}

test('a day is held against what its policy wanted of it', () => {
  // Monday has all, Tuesday one, Wednesday noon none; the policy is hourly and was set on Monday at midnight.
  const monday = Array.from({ length: 24 }, (_, hour) => backupAt(`m${hour}`, NOW - (60 - hour) * HOUR_MS + 60_000));
  const ask = { now: NOW, weeks: 1, policies: [wanting(1)] };
  const [week] = calendarOf([...monday, backupAt('one', NOW - 30 * HOUR_MS)], ask);
  assert.deepEqual(looks(week), ['taken 24 of 24', 'uneven 1 of 24', 'missed 0 of 12']);
  assert.equal(week?.[1] === undefined ? '' : daySays(week[1]), '2026-11-17: 1 of 24 snapshots');
  assert.equal(week?.[2] === undefined ? '' : daySays(week[2]), '2026-11-18: 0 of 12 snapshots, missed');
  assert.equal(week?.[3] === undefined ? '' : lookOf(week[3]), 'future');
});

test('a failed try beside a snapshot is told, and alone it is a failure', () => {
  const backups = [
    backupAt('ok', NOW - 30 * HOUR_MS),
    failedAt('no', NOW - 31 * HOUR_MS),
    failedAt('alone', NOW - HOUR_MS),
  ];
  assert.deepEqual(looks(calendarOf(backups, { now: NOW, weeks: 1, policies: [] })[0]), [
    'none 0 of 0',
    'uneven 1 of 0',
    'failed 0 of 0',
  ]);
});

test('a snapshot a little after midnight is not a missed day, and a policy of days asks for none between', () => {
  const daily = [backupAt('mon', NOW - 36.2 * HOUR_MS), backupAt('wed', NOW - 11.9 * HOUR_MS)];
  const ask = { now: NOW, weeks: 1, policies: [wanting(24, NOW - 40 * HOUR_MS)] };
  assert.deepEqual(looks(calendarOf(daily, ask)[0]), ['taken 1 of 0', 'none 0 of 1', 'taken 1 of 1']);
  const weekly = { ...ask, policies: [wanting(7 * 24, NOW - 400 * HOUR_MS)] };
  assert.deepEqual(looks(calendarOf([backupAt('mon', NOW - 55 * HOUR_MS)], weekly)[0]), [
    'taken 1 of 0',
    'none 0 of 0',
    'none 0 of 0',
  ]);
});

test('nothing is said of days whose backups were not read', () => {
  const ask = { now: NOW, weeks: 1, policies: [wanting(1)], knownFrom: NOW - 12 * HOUR_MS };
  const [week] = calendarOf([], ask);
  assert.deepEqual(looks(week), ['none 0 of 0', 'none 0 of 0', 'missed 0 of 12']);
});

test('days follow the calendar through a change of the clocks', () => {
  for (const at of [new Date(2026, 2, 29, 12), new Date(2026, 9, 25, 12)]) {
    const days = calendarOf([], { now: at.getTime(), weeks: 6, policies: [] })
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
