/**
 * Does what the state says was begun. A policy that is due makes it begin a backup or a drill; a person begins one, or a restore, with the same command; either
 * way what is begun and has no end is done here, and its end recorded. After a crash it is begun and has no end, and is done again: snapshots go on where
 * they were, restores and drills start anew. Two lanes: a restore never waits for a backup.
 */
import { destroyKeys } from './destroy-keys.ts';
import { createOwedCopies } from './copies-owed.ts';
import { createExpiryNotes } from './note-expired.ts';
import { drillFacility, facilityDrillDue } from './facility-drill.ts';
import { performBackup } from './run-backup.ts';
import { failDrill, performDrill } from './run-drill.ts';
import type { DrillParts } from './run-drill.ts';
import type { DrillOutcome } from './drill-report.ts';
import { forgetSeed, seedOf, seedSha256 } from './drill-seed.ts';
import { performRestore } from './run-restore.ts';
import type { BackupDeskParts } from './runbook-now.ts';
import { showProgress } from './work-progress.ts';
import type { JobOptions } from './run-job.ts';
import { destructionsDue } from '#model/closing.ts';
import { createOffsiteWork } from '#host/offsite/offsite-work.ts';
import type { Command } from '#model/commands.ts';
import { MINUTE_MS } from '#model/limits.ts';
import type { Backup, Drill, Restore, State } from '#model/state.ts';
import { readSchedule } from '#plan/backup/schedule.ts';
import type { WorkProgress } from '#ports/backups.ts';
import type { Random } from '#ports/random.ts';
import { ID_RANDOM_BYTES, makeId } from '#std/ids.ts';
import type { AlarmId } from '#std/ids.ts';
import { Fault, isRefused } from '#std/refused.ts';

export const BACKUP_GATE = 'gate-backup';
const BY = { service: BACKUP_GATE } as const;
const LOOK_EVERY_MS_MAX = 10 * MINUTE_MS;
/** What could not be done or recorded is tried again after this. */
const AGAIN_MS = 5000;
const FOLLOWED = /^(vault|backup|drill|restore|hold|project|closing|alarm|prune)\./;

export interface WorksParts extends BackupDeskParts {
  readonly random: Random;
  readonly onTrouble: (what: string, error: unknown) => void;
}

export interface Works {
  /** Resolves when nothing is under way. */
  idle(): Promise<void>;
  close(): Promise<void>;
}

interface Lane {
  readonly name: 'backups' | 'restores';
  running: Promise<void> | undefined;
  /** Something came while it ran: it looks again when it is done. */
  isWanted: boolean;
}

export function startWorks(parts: WorksParts): Works {
  const { engine, clock, data } = parts;
  const [backups, restores]: [Lane, Lane] = [
    { name: 'backups', running: undefined, isWanted: false },
    { name: 'restores', running: undefined, isWanted: false },
  ];
  const stopping = new AbortController();
  const offsite = createOffsiteWork({ ...parts, by: BY, now: () => clock.now() });
  const owed = createOwedCopies({ ...parts, by: BY });
  const expiries = createExpiryNotes({ ...parts, by: BY });
  const shown = showProgress(data, clock);
  let cancel: () => void = () => undefined;
  let again: NodeJS.Timeout | undefined;

  function level(): void {
    if (stopping.signal.aborted) return;
    const state = engine.state();
    const { nextLook } = readSchedule(state, clock.now());
    cancel();
    const nextTry = owed.nextTry() ?? Infinity;
    cancel = clock.atTime(Math.min(nextLook, nextTry, clock.now() + LOOK_EVERY_MS_MAX), level);
    const [restore] = openRestores(state);
    if (restore !== undefined)
      run(restores, () => tracked(restore.id, 'restore', (how) => doRestore(parts, restore, how)));
    run(backups, () => nextOfBackups(state));
  }

  function run(lane: Lane, work: () => Promise<boolean>): void {
    if (lane.running !== undefined) {
      lane.isWanted = true;
      return;
    }
    lane.isWanted = false;
    lane.running = work()
      .catch((cause: unknown) => {
        if (!stopping.signal.aborted) parts.onTrouble(`the ${lane.name} will be looked at again`, cause);
        return false;
      })
      .then((didSomething) => {
        lane.running = undefined;
        if (stopping.signal.aborted) return;
        if (didSomething || lane.isWanted) level();
        else if (lane.name === 'restores' || hasWork(engine.state())) again = setTimeout(level, AGAIN_MS);
      });
  }

  /** One thing; false when there was none or it could not be done. */
  async function nextOfBackups(state: State): Promise<boolean> {
    const [over] = destructionsDue(state, clock.now());
    if (over !== undefined) {
      await record(parts, destroyKeys({ data, state, at: clock.now() }, over));
      return true;
    }
    if (await begin(parts, state)) return true;
    const [backup] = openBackups(state);
    if (backup !== undefined) return tracked(backup.id, 'backup', (how) => doBackup(parts, backup, how));
    if (await expiries.next()) return true;
    if (await owed.next({ signal: stopping.signal, data })) return true;
    if (await offsite.next({ signal: stopping.signal, data })) return true;
    const [drill] = openDrills(state);
    if (drill !== undefined) return tracked(drill.id, 'drill', (how) => doDrill(parts, drill, how));
    return proveFacility(state);
  }

  async function proveFacility(state: State): Promise<boolean> {
    const due = facilityDrillDue(data, state, clock.now());
    if (due === undefined) return false;
    await drillFacility(parts, BY, due, { signal: stopping.signal, data });
    return true;
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
      while (backups.running !== undefined || restores.running !== undefined)
        await Promise.all([backups.running, restores.running]);
    },
    async close() {
      stopping.abort();
      stopFollowing();
      cancel();
      clearTimeout(again);
      await Promise.all([backups.running, restores.running]);
    },
  };
}

function openBackups({ backups }: State): readonly Backup[] {
  return [...backups.taken.values()].filter(({ standing }) => standing === 'running');
}

function openDrills({ backups }: State): readonly Drill[] {
  return [...backups.drills.values()].filter(({ result }) => result === undefined);
}

function openRestores({ backups }: State): readonly Restore[] {
  return [...backups.restores.values()].filter(({ finished }) => finished === undefined);
}

function hasWork(state: State): boolean {
  return openBackups(state).length > 0 || openDrills(state).length > 0;
}

/** What it will be about, by the snapshot before; for the time left. */
function expectedBytes({ backups }: State, id: string): number | undefined {
  const backup = [...backups.taken.values()].find((one) => one.id === id);
  const last = backup === undefined ? undefined : backups.policies.get(backup.policy)?.lastBackup;
  return last === undefined ? undefined : backups.taken.get(last)?.taken?.bytes;
}

/** Begins what is due; whether anything was begun. What is late is noted by the engine. */
async function begin({ engine, clock, random }: WorksParts, state: State): Promise<boolean> {
  const { backups, drills } = readSchedule(state, clock.now());
  let begun = false;
  const because = 'schedule' as const;
  for (const { policy, vault } of backups) {
    const backup = makeId('backup', random.bytes(ID_RANDOM_BYTES));
    begun =
      !isRefused(await engine.command({ kind: 'begin-backup', backup, policy: policy.id, vault, because }, BY)) ||
      begun;
  }
  for (const { policy, vault } of drills) {
    const drill = makeId('drill', random.bytes(ID_RANDOM_BYTES));
    begun =
      !isRefused(await engine.command({ kind: 'begin-drill', drill, policy: policy.id, vault, because }, BY)) || begun;
  }
  return begun;
}

async function record({ engine }: Pick<WorksParts, 'engine'>, command: Command): Promise<void> {
  const answer = await engine.command(command, BY);
  if (isRefused(answer)) throw new Fault(answer.code, answer.message);
}

async function doBackup(parts: WorksParts, backup: Backup, options: JobOptions): Promise<boolean> {
  const { data, engine, clock } = parts;
  const now = (): number => clock.now();
  try {
    const alarmId = (): AlarmId => makeId('alarm', parts.random.bytes(ID_RANDOM_BYTES));
    const done = await performBackup({ data, backup, now, state: engine.state() }, alarmId, options);
    if (done.alarm !== undefined) await record(parts, done.alarm);
    await record(parts, done.record);
    await record(parts, done.copy);
  } catch (cause) {
    options.signal?.throwIfAborted();
    const { code, message } = cause instanceof Fault ? cause : { code: 'fault', message: String(cause) };
    const says = message.slice(0, 500);
    await record(parts, { kind: 'record-backup-failure', backup: backup.id, code: code.slice(0, 60), says });
  }
  return true;
}

async function doDrill(parts: WorksParts, drill: Drill, options: JobOptions): Promise<boolean> {
  const { data, engine, clock } = parts;
  const now = (): number => clock.now();
  const asked = { data, drill, now, state: engine.state() };
  const { record: found } = await drillByPromise(parts, asked, options);
  await record(parts, { kind: 'record-drill', drill: drill.id, ...found });
  forgetSeed(data, drill.id);
  return true;
}

/** Nothing is restored before the ledger has the promise of the seed. */
async function drillByPromise(
  parts: WorksParts,
  asked: Omit<DrillParts, 'seed'>,
  options: JobOptions,
): Promise<DrillOutcome> {
  const { data, drill } = asked;
  try {
    const seed = seedOf(data, drill);
    if (drill.seedSha256 === undefined)
      await record(parts, { kind: 'seed-drill', drill: drill.id, seedSha256: seedSha256(seed) });
    return await performDrill({ ...asked, seed }, options);
  } catch (cause) {
    if (cause instanceof Fault && cause.code === 'seed-lost') return failDrill(asked, cause.message);
    throw cause;
  }
}

async function doRestore(parts: WorksParts, restore: Restore, options: JobOptions): Promise<boolean> {
  const { data, engine } = parts;
  try {
    const done = await performRestore({ data, restore, engine }, options);
    await record(parts, { kind: 'record-restore', restore: restore.id, ...done });
  } catch (cause) {
    options.signal?.throwIfAborted();
    parts.onTrouble('a restore failed', cause);
    const to = cause instanceof Fault ? `failed: ${cause.message}` : 'failed';
    await record(parts, { kind: 'record-restore', restore: restore.id, files: 0, bytes: 0, failed: 1, ms: 0, to });
  }
  return true;
}
