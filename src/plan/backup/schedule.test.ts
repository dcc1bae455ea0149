/** When backups and drills are due, as a table over a policy drawn by hand. */
import { test } from 'node:test';
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { chooseSnapshot } from '#plan/backup/choose-snapshot.ts';
import { readSchedule } from '#plan/backup/schedule.ts';
import { emptyState } from '#model/evolve.ts';
import { DAY_MS, HOUR_MS, MINUTE_MS, TIME_MAX } from '#model/limits.ts';
import type { Backup, BackupPolicy } from '#model/backup-state.ts';
import type { Project, State } from '#model/state.ts';
import { ID_RANDOM_BYTES, makeId } from '#std/ids.ts';
import { Map as PMap } from 'immutable';

const id = <K extends Parameters<typeof makeId>[0]>(kind: K) => makeId(kind, randomBytes(ID_RANDOM_BYTES));
const [project, vault, site] = [id('project'), id('vault'), id('vault')];
const T0 = Date.UTC(2026, 0, 5, 9);

const policy: BackupPolicy = {
  id: id('policy'),
  project,
  name: 'four-hourly',
  everyMs: 4 * HOUR_MS,
  keepDays: 30,
  vaults: [vault, site],
  rpoMs: 6 * HOUR_MS,
  rtoMs: DAY_MS,
  setAt: T0,
};

function taken(begunAt: number, more: Partial<Backup> = {}): Backup {
  const hash = 'a'.repeat(64);
  const record = { snapshot: hash, tree: hash, manifestSha256: hash, files: 1, bytes: 1, addedBytes: 1, unsteady: 0 };
  return {
    id: id('backup'),
    policy: policy.id,
    project,
    vault,
    begunAt,
    standing: 'taken',
    taken: { ...record, startedAt: begunAt, finishedAt: begunAt + MINUTE_MS, consistency: 'watched' },
    copies: [],
    suspect: false,
    ...more,
  };
}

function world(backups: readonly Backup[], change: Partial<BackupPolicy> = {}): State {
  const last = backups.findLast(({ standing }) => standing === 'taken');
  const set = last === undefined ? {} : { lastBackup: last.id, lastTakenAt: last.begunAt };
  return {
    ...emptyState,
    projects: PMap([[project, { id: project } as Project]]), // the schedule asks whether it exists, nothing else
    backups: {
      ...emptyState.backups,
      policies: PMap([[policy.id, { ...policy, ...set, ...change }]]),
      taken: PMap(backups.map((one) => [one.id, one])),
    },
  };
}

test('a policy without a snapshot is due at once', () => {
  const state = world([]);
  const now = readSchedule(state, T0);
  assert.deepEqual(
    now.backups.map((due) => [due.dueAt, due.vault]),
    [[T0, vault]],
  );
});

test('the next one is due by the beginning of the last', () => {
  const state = world([taken(T0)], { lastDrillAt: T0 });
  assert.deepEqual(readSchedule(state, T0 + 4 * HOUR_MS - 1).backups, []);
  assert.equal(readSchedule(state, T0 + 4 * HOUR_MS - 1).nextLook, T0 + 4 * HOUR_MS);
  assert.equal(readSchedule(state, T0 + 4 * HOUR_MS).backups.length, 1);
});

test('nothing starts while one runs, and failures wait longer each time', () => {
  const running = world([taken(T0, { standing: 'running' })]);
  assert.deepEqual(readSchedule(running, T0 + DAY_MS).backups, []);
  const failed = [0, 1, 3].map((minute) => taken(T0 + minute * MINUTE_MS, { standing: 'failed' }));
  assert.deepEqual(readSchedule(world(failed), T0 + 6 * MINUTE_MS).backups, []);
  assert.equal(readSchedule(world(failed), T0 + 7 * MINUTE_MS).backups.length, 1);
  const many = Array.from({ length: 40 }, (_, n) => taken(T0 + n, { standing: 'failed' }));
  assert.equal(readSchedule(world(many), T0 + HOUR_MS + 40).backups.length, 1, 'never longer than an hour');
});

test('ended policies and destroyed keys leave nothing to do', () => {
  assert.deepEqual(readSchedule(world([], { endedAt: T0 }), T0 + DAY_MS), {
    backups: [],
    drills: [],
    nextLook: TIME_MAX,
  });
});

test('a drill follows the first snapshot, then its own rhythm, each copy in turn', () => {
  const copy = { vault: site, at: T0, lockedUntil: T0, verified: 'listed', bytes: 1 } as const;
  const first = world([taken(T0, { copies: [copy] })], { drillEveryMs: DAY_MS });
  assert.deepEqual(
    readSchedule(first, T0).drills.map((due) => due.vault),
    [vault],
  );
  const drill = { id: id('drill'), policy: policy.id, project, vault, begunAt: T0, because: 'schedule' } as const;
  const later = world([taken(T0 + DAY_MS, { copies: [copy] })], { drillEveryMs: DAY_MS, lastDrillAt: T0 + 1 });
  const state = { ...later, backups: { ...later.backups, drills: PMap([[drill.id, drill]]) } };
  assert.deepEqual(readSchedule(state, T0 + 2 * DAY_MS).drills, [], 'one is still running');
  const ended = { ...drill, result: { held: true } } as never;
  const after = { ...later, backups: { ...later.backups, drills: PMap([[drill.id, ended]]) } } as State;
  assert.deepEqual(
    readSchedule(after, T0 + 2 * DAY_MS).drills.map((due) => due.vault),
    [site],
  );
});

test('before Tuesday 14:00 is the nearest snapshot at or before it, and a suspect one is passed over on request', () => {
  const [morning, noon, evening] = [taken(T0), taken(T0 + 3 * HOUR_MS, { suspect: true }), taken(T0 + 9 * HOUR_MS)];
  const state = world([morning, noon, evening]);
  const at = T0 + 5 * HOUR_MS;
  assert.equal(chooseSnapshot(state, { project, at })?.id, noon.id);
  assert.equal(chooseSnapshot(state, { project, at, clean: true })?.id, morning.id);
  assert.equal(chooseSnapshot(state, { project })?.id, evening.id);
  assert.equal(chooseSnapshot(state, { project, at: T0 - 1 }), undefined);
});
