/** What the drills' lane does: begins what is due, performs what was begun, proves the facility's own copies. */
import { forgetSeed, seedOf, seedSha256 } from './drill-seed.ts';
import type { DrillOutcome } from './drill-report.ts';
import type { DrillTurns } from './drill-turns.ts';
import { drillFacility, facilityDrillDue } from './facility-drill.ts';
import { failureWords, record, recordOrPlain } from './recording.ts';
import type { RecordingParts } from './recording.ts';
import { failDrill, performDrill } from './run-drill.ts';
import type { DrillParts } from './run-drill.ts';
import type { JobOptions } from './run-job.ts';
import type { BackupDeskParts } from './runbook-now.ts';
import type { Drill } from '#model/backup-state.ts';
import type { State } from '#model/state.ts';
import { readSchedule } from '#plan/backup/schedule.ts';
import type { Random } from '#ports/random.ts';
import { ID_RANDOM_BYTES, makeId } from '#std/ids.ts';
import { Fault, isRefused } from '#std/refused.ts';

export interface DrillWorkParts extends BackupDeskParts, Pick<RecordingParts, 'by' | 'onTrouble'> {
  readonly random: Random;
  /** Drills restore beneath this folder. */
  readonly scratch: string;
}

export function openDrills({ backups }: State): readonly Drill[] {
  return [...backups.drills.values()].filter(({ result }) => result === undefined);
}

/** Whether any was begun. */
export async function beginDrills({ engine, clock, random, by }: DrillWorkParts, state: State): Promise<boolean> {
  let begun = false;
  for (const { policy, vault } of readSchedule(state, clock.now()).drills) {
    const drill = makeId('drill', random.bytes(ID_RANDOM_BYTES));
    const asked = { kind: 'begin-drill', drill, policy: policy.id, vault, because: 'schedule' } as const;
    begun = !isRefused(await engine.command(asked, by)) || begun;
  }
  return begun;
}

/** One that cannot be done, or recorded, is put off for the next one's sake, and on record as failed when it has had its tries. */
export async function doDrill(
  parts: DrillWorkParts,
  turns: Pick<DrillTurns, 'putOff'>,
  drill: Drill,
  options: JobOptions,
): Promise<boolean> {
  const { data, engine, clock, scratch } = parts;
  const now = (): number => clock.now();
  const asked = { data, scratch, drill, now, state: engine.state() };
  try {
    await recordFound(parts, drill, await drillByPromise(parts, asked, options));
  } catch (cause) {
    options.signal?.throwIfAborted();
    parts.onTrouble('a drill could not be done', cause);
    if (!turns.putOff(drill, now())) return true;
    const state = engine.state();
    await recordFound(
      parts,
      drill,
      failDrill({ ...asked, state }, `it could not be done: ${failureWords(cause).says}`),
    );
  }
  return true;
}

async function recordFound(parts: DrillWorkParts, { id }: Drill, { record: found }: DrillOutcome): Promise<void> {
  const which = { kind: 'record-drill', drill: id } as const;
  await recordOrPlain(parts, { ...which, ...found }, { ...which, ...found, failures: [] });
  forgetSeed(parts.data, id);
}

/** Nothing is restored before the ledger has the promise of the seed. */
async function drillByPromise(
  parts: DrillWorkParts,
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

/** False when none of the facility's own copies has a drill due. */
export async function proveFacility(parts: DrillWorkParts, state: State, options: JobOptions): Promise<boolean> {
  const due = facilityDrillDue(parts.data, state, parts.clock.now());
  if (due === undefined) return false;
  await drillFacility(parts, parts.by, due, options);
  return true;
}
