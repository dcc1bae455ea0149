/**
 * Does what the state says was begun. A policy that is due makes it begin a backup or a drill; a person begins one, or a restore, with the same command; either
 * way what is begun and has no end is done here, and its end recorded. After a crash it is begun and has no end, and is done again: snapshots go on where
 * they were, restores and drills start anew. Four lanes: no restore waits for a backup, no backup for a drill, and the locks of buckets for none of them.
 * In the lane of backups copies and what else is due have turns of their own, so that the heaviest schedule starves nothing.
 */
import { destroyKeys } from './destroy-keys.ts';
import { createOwedCopies } from './copies-owed.ts';
import { createStrangerWatch } from './stranger-watch.ts';
import { createExpiryNotes } from './note-expired.ts';
import { beginDrills, doDrill, openDrills, proveFacility } from './drill-work.ts';
import { createDrillTurns } from './drill-turns.ts';
import { failureWords, raiseAlarm, record as recordBy, recordOrPlain } from './recording.ts';
import { performBackup } from './run-backup.ts';
import { performRestore } from './run-restore.ts';
import type { RestoreOutcome } from './run-restore.ts';
import type { BackupDeskParts } from './runbook-now.ts';
import { createLane } from './work-lanes.ts';
import type { Lane, LaneParts } from './work-lanes.ts';
import { expectedBytes, showProgress } from './work-progress.ts';
import type { JobOptions } from './run-job.ts';
import { destructionsDue } from '#model/closing.ts';
import { createOffsiteWork } from '#host/offsite/offsite-work.ts';
import type { Command } from '#model/commands.ts';
import { MINUTE_MS } from '#model/limits.ts';
import type { Backup, Restore } from '#model/backup-state.ts';
import type { State } from '#model/state.ts';
import { readSchedule } from '#plan/backup/schedule.ts';
import { afterTurn, inTurn, NOBODY_PASSED } from '#plan/backup/turns.ts';
import type { LaneWork } from '#plan/backup/turns.ts';
import type { WorkProgress } from '#ports/backups.ts';
import type { Random } from '#ports/random.ts';
import { ID_RANDOM_BYTES, makeId } from '#std/ids.ts';
import type { AlarmId, BackupId, ProjectId } from '#std/ids.ts';
import { Fault, isRefused } from '#std/refused.ts';

export const BACKUP_GATE = 'gate-backup';
const BY = { service: BACKUP_GATE } as const;
const LOOK_EVERY_MS_MAX = 10 * MINUTE_MS;
/** What could not be done or recorded is tried again after this. */
const AGAIN_MS = 5000;
const FOLLOWED = /^(vault|backup|drill|restore|hold|project|closing|alarm|prune)\./;

export interface WorksParts extends BackupDeskParts {
  readonly random: Random;
  /** Drills restore beneath this folder. */
  readonly scratch: string;
  readonly onTrouble: (what: string, error: unknown) => void;
}

export interface Works {
  /** Resolves when nothing is under way. */
  idle(): Promise<void>;
  close(): Promise<void>;
}

export function startWorks(parts: WorksParts): Works {
  const { engine, clock, data } = parts;
  const stopping = new AbortController();
  const offsite = createOffsiteWork({ ...parts, by: BY, now: () => clock.now() });
  const owed = createOwedCopies({ ...parts, by: BY });
  const startedAt = clock.now();
  const strangers = createStrangerWatch({ ...parts, by: BY }, startedAt);
  const expiries = createExpiryNotes({ ...parts, by: BY });
  const shown = showProgress(data, clock);
  const turns = createDrillTurns();
  let passed = NOBODY_PASSED;
  /** Backups that were tried and have no end on record. */
  const tried = new Set<BackupId>();
  let cancel: () => void = () => undefined;
  let again: NodeJS.Timeout | undefined;
  const lanes: readonly Lane[] = [
    lane('restores', nextRestore, openRestores),
    lane('backups', nextOfBackups, openBackups),
    lane('drills', nextDrill, openDrills),
    lane(
      'locks',
      () => offsite.keepLocked({ signal: stopping.signal, data }),
      () => [],
    ),
  ];

  /** What was begun and could not be done or recorded is tried again. */
  function lane(
    name: LaneParts['name'],
    next: (state: State) => Promise<boolean>,
    open: (state: State) => readonly unknown[],
  ): Lane {
    const { onTrouble } = parts;
    return createLane({
      name,
      signal: stopping.signal,
      next: () => next(engine.state()),
      onDone: level,
      onNothing() {
        if (open(engine.state()).length === 0) return;
        clearTimeout(again); // a look is one of all lanes
        again = setTimeout(level, AGAIN_MS);
      },
      onTrouble,
    });
  }

  function level(): void {
    if (stopping.signal.aborted) return;
    const state = engine.state();
    const { nextLook } = readSchedule(state, clock.now());
    cancel();
    const nextTry = owed.nextTry() ?? Infinity;
    cancel = clock.atTime(Math.min(nextLook, nextTry, clock.now() + LOOK_EVERY_MS_MAX), level);
    for (const one of lanes) one.look();
  }

  /** One thing; false when there was none or it could not be done. The same goes for each lane. */
  async function nextOfBackups(state: State): Promise<boolean> {
    const over = destructionsDue(state, clock.now()).find((one) => !isDrilled(state, one.project));
    if (over !== undefined) {
      await record(parts, destroyKeys({ data, state, at: clock.now() }, over));
      return true;
    }
    if (await begin(parts, state)) return true;
    const asked: LaneWork[] = [];
    try {
      for (const work of inTurn(passed)) {
        asked.push(work);
        if (await doOne(work, state)) return true;
      }
      return false;
    } finally {
      passed = afterTurn(passed, asked); // who fails had a turn, too
    }
  }

  async function doOne(work: LaneWork, state: State): Promise<boolean> {
    const options = { signal: stopping.signal, data };
    const [backup] = openBackups(state);
    switch (work) {
      case 'backup':
        return backup !== undefined && takeOpen(backup);
      case 'expiry':
        return expiries.next();
      case 'copy':
        return owed.next(options);
      case 'facility-copy':
        return owed.nextFacility(options);
      case 'look':
        return offsite.look(options);
      case 'strangers':
        // While no backup of ours runs, and none that was cut off has left a snapshot that the ledger does not know yet.
        return (
          openBackups(state).every((one) => one.begunAt >= startedAt && !tried.has(one.id)) && strangers.next(options)
        );
    }
  }

  async function takeOpen(backup: Backup): Promise<boolean> {
    tried.add(backup.id);
    const isDone = await tracked(backup.id, 'backup', (how) => doBackup(parts, backup, how));
    tried.delete(backup.id);
    return isDone;
  }

  async function nextDrill(state: State): Promise<boolean> {
    const asked = { ...parts, by: BY };
    if (await beginDrills(asked, state)) return true;
    const drill = turns.next(openDrills(state), clock.now());
    if (drill !== undefined) return tracked(drill.id, 'drill', (how) => doDrill(asked, turns, drill, how));
    return proveFacility(asked, state, { signal: stopping.signal, data });
  }

  async function nextRestore(state: State): Promise<boolean> {
    const [restore] = openRestores(state);
    if (restore === undefined) return false;
    return tracked(restore.id, 'restore', (how) => doRestore(parts, restore, how));
  }

  async function tracked(
    id: string,
    work: WorkProgress['work'],
    act: (options: JobOptions) => Promise<boolean>,
  ): Promise<boolean> {
    try {
      const onProgress = shown.follow(id, work, expectedBytes(engine.state(), id));
      return await act({ signal: stopping.signal, data, onProgress });
    } finally {
      shown.end(id);
    }
  }

  const stopFollowing = engine.subscribe((placed) => {
    if (placed.some(({ entry }) => FOLLOWED.test(entry.kind))) level();
  });
  level();
  return {
    async idle() {
      while (lanes.some((one) => one.running() !== undefined)) await Promise.all(lanes.map((one) => one.running()));
    },
    async close() {
      stopping.abort();
      stopFollowing();
      cancel();
      clearTimeout(again);
      await Promise.all(lanes.map((one) => one.running()));
    },
  };
}

/** The one that waits longest first. */
function openBackups({ backups }: State): readonly Backup[] {
  const open = [...backups.taken.values()].filter(({ standing }) => standing === 'running');
  return open.sort((a, b) => a.begunAt - b.begunAt);
}

/** A drill that was begun before the keys go still needs them. */
function isDrilled(state: State, project: ProjectId): boolean {
  return openDrills(state).some((drill) => drill.project === project);
}

function openRestores({ backups }: State): readonly Restore[] {
  return [...backups.restores.values()].filter(({ finished }) => finished === undefined);
}

/** Begins what is due; whether anything was begun. What is late is noted by the engine. */
async function begin({ engine, clock, random }: WorksParts, state: State): Promise<boolean> {
  let begun = false;
  for (const { policy, vault } of readSchedule(state, clock.now()).backups) {
    const backup = makeId('backup', random.bytes(ID_RANDOM_BYTES));
    const asked = { kind: 'begin-backup', backup, policy: policy.id, vault, because: 'schedule' } as const;
    begun = !isRefused(await engine.command(asked, BY)) || begun;
  }
  return begun;
}

function record({ engine }: Pick<WorksParts, 'engine'>, command: Command): Promise<void> {
  return recordBy({ engine, by: BY }, command);
}

async function doBackup(parts: WorksParts, backup: Backup, options: JobOptions): Promise<boolean> {
  const { data, engine, clock } = parts;
  const now = (): number => clock.now();
  try {
    const alarmId = (): AlarmId => makeId('alarm', parts.random.bytes(ID_RANDOM_BYTES));
    const done = await performBackup({ data, backup, now, state: engine.state() }, alarmId, options);
    if (done.alarm !== undefined) await raiseAlarm({ ...parts, by: BY }, done.alarm);
    await record(parts, done.record);
    await record(parts, done.copy);
  } catch (cause) {
    options.signal?.throwIfAborted();
    await record(parts, { kind: 'record-backup-failure', backup: backup.id, ...failureWords(cause) });
  }
  return true;
}

async function doRestore(parts: WorksParts, restore: Restore, options: JobOptions): Promise<boolean> {
  const done = await restored(parts, restore, options);
  const { failures: _, ...plain } = { ...done, to: 'it ended, and where its files are could not be put on record' };
  const which = { kind: 'record-restore', restore: restore.id } as const;
  await recordOrPlain({ ...parts, by: BY }, { ...which, ...done }, { ...which, ...plain });
  return true;
}

async function restored(parts: WorksParts, restore: Restore, options: JobOptions): Promise<RestoreOutcome> {
  const { data, engine } = parts;
  try {
    return await performRestore({ data, restore, engine }, options);
  } catch (cause) {
    options.signal?.throwIfAborted();
    parts.onTrouble('a restore failed', cause);
    const to = cause instanceof Fault ? `failed: ${failureWords(cause).says}` : 'failed';
    return { files: 0, bytes: 0, failed: 1, ms: 0, to };
  }
}
