/** What a snapshot is judged against, as a table over a state drawn by hand. */
import { test } from 'node:test';
import assert from 'node:assert/strict';
import { baselineOf } from '#plan/backup/baseline.ts';
import { numberedId } from '#model/drawn-world.ts';
import { emptyState } from '#model/evolve.ts';
import { HOUR_MS } from '#model/limits.ts';
import type { Alarm, Backup, PlannedChange } from '#model/backup-state.ts';
import type { State } from '#model/state.ts';
import { Map as PMap } from 'immutable';

const [project, policy] = [numberedId('project', 1), numberedId('policy', 1)];
const [rack, tower] = [numberedId('vault', 1), numberedId('vault', 2)];
const T0 = Date.UTC(2026, 0, 5);
const hour = (n: number): number => T0 + n * HOUR_MS;
const hex = (n: number): string => n.toString(16).padStart(64, '0');

/** The snapshot of hour `n`. */
function taken(n: number, more: { suspect?: boolean; vault?: Backup['vault']; looks?: boolean; first?: boolean } = {}) {
  const counts = { files: 1, bytes: 100, addedBytes: n, unsteady: 0, consistency: 'watched' as const };
  const backup: Backup = {
    id: numberedId('backup', n),
    policy,
    project,
    vault: more.vault ?? rack,
    begunAt: hour(n),
    standing: 'taken',
    copies: [],
    suspect: more.suspect ?? false,
    taken: {
      ...counts,
      snapshot: hex(n),
      tree: hex(0),
      manifestSha256: hex(0),
      startedAt: hour(n),
      finishedAt: hour(n) + 1,
      ...(more.first === true ? {} : { parent: hex(n - 1) }),
      ...(more.looks === false ? {} : { looksSha256: hex(n + 1000) }),
    },
  };
  return backup;
}

function alarm(settledAt?: number): Alarm {
  const settled = settledAt === undefined ? {} : { settled: { at: settledAt, reason: 'seen', genuine: true } };
  return { id: numberedId('alarm', 1), project, raisedAt: hour(2), score: 1, signs: [], ...settled };
}

function asked(backups: readonly Backup[], alarms: readonly Alarm[] = [], changes: readonly PlannedChange[] = []) {
  const running: Backup = { ...taken(9), id: numberedId('backup', 99), standing: 'running' };
  const { taken: _, ...begun } = running;
  const state: State = {
    ...emptyState,
    backups: {
      ...emptyState.backups,
      taken: PMap([...backups, begun].map((one) => [one.id, one])),
      alarms: PMap(alarms.map((one) => [one.id, one])),
      changes: PMap(changes.map((one) => [one.id, one])),
    },
  };
  const { parent, past, openAlarm, ...rest } = baselineOf(state, begun, hour(9));
  return { parent: parent?.begunAt, past: past?.begunAt, open: openAlarm !== undefined, ...rest };
}

test('the first snapshot has nothing to be judged against', () => {
  const { parent, past, inheritsAlarm, usualBytes } = asked([]);
  assert.deepEqual([parent, past, inheritsAlarm, usualBytes], [undefined, undefined, false, []]);
});

test('the newest clean one, even when suspect ones are newer', () => {
  const { parent, past, open, inheritsAlarm } = asked(
    [taken(1), taken(2), taken(3, { suspect: true }), taken(4, { suspect: true })],
    [alarm()],
  );
  assert.deepEqual([parent, past, open, inheritsAlarm], [hour(2), hour(2), true, false]);
});

test('what was seen may lie in another vault; what is unchanged is told by this one', () => {
  const { parent, past } = asked([taken(1), taken(2, { vault: tower })]);
  assert.deepEqual([parent, past], [hour(1), hour(2)]);
});

test('a newest one that nobody looked at has no past: everything is looked at, not an older past believed', () => {
  const { parent, past } = asked([taken(1), taken(2, { looks: false })]);
  assert.deepEqual([parent, past], [hour(2), undefined]);
});

test('no clean one and an open alarm: its suspicion stays; settled, it is judged by itself', () => {
  const all = [taken(1, { suspect: true, first: true })];
  assert.equal(asked(all, [alarm()]).inheritsAlarm, true);
  const settled = asked(all, [alarm(hour(5))]);
  assert.deepEqual([settled.inheritsAlarm, settled.isSettledSince], [false, true]);
  assert.equal(asked([...all, taken(6)], [alarm(hour(5))]).isSettledSince, false);
});

test('the first snapshot adds everything and is not what is usual; neither is a suspect one', () => {
  assert.deepEqual(
    asked([taken(1, { first: true }), taken(2), taken(3, { suspect: true }), taken(4)]).usualBytes,
    [4, 2],
  );
});

test('windows that overlap the time since the clean one, of this project', () => {
  const change = (n: number, from: number, until: number, of = project): PlannedChange => ({
    id: numberedId('change', n),
    project: of,
    from,
    until,
    folders: [],
    reason: 'render',
  });
  const { windows } = asked(
    [taken(4)],
    [],
    [
      change(1, hour(1), hour(3)),
      change(2, hour(3), hour(5)),
      change(3, hour(10), hour(11)),
      change(4, hour(5), hour(6), numberedId('project', 2)),
    ],
  );
  assert.deepEqual(
    windows.map(({ from }) => from),
    [hour(3)],
  );
});
