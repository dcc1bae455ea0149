/** One drill from beginning to record: which snapshot, what sample, our restore in its walls, a second tool, the media, the chain. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { openScratch, removeScratch } from './drill-scratch.ts';
import { previousOf, reportDrill, reportNothing } from './drill-report.ts';
import type { DrillFacts, DrillOutcome } from './drill-report.ts';
import { checkMedia } from './media-check.ts';
import { passwordFile } from './repository-keys.ts';
import { placeIn } from './repository-place.ts';
import type { JobOptions } from './run-job.ts';
import { runJob } from './run-job.ts';
import { askSecondTool, wallsFor } from './second-tool.ts';
import type { Drill } from '#model/backup-state.ts';
import type { State } from '#model/state.ts';
import { drillChoice, holdsIt, newestCleanAt } from '#plan/backup/drill-choice.ts';
import { Fault } from '#std/refused.ts';
import { sampleSize } from '#vault/drill/sample.ts';

export interface DrillParts {
  readonly data: string;
  /** Drills restore beneath this folder. */
  readonly scratch: string;
  readonly state: State;
  readonly drill: Drill;
  /** Drawn when the drill begins: hex. */
  readonly seed: string;
  now(): number;
}

export async function performDrill(parts: DrillParts, options: JobOptions): Promise<DrillOutcome> {
  const { data, drill } = parts;
  const begun = begin(parts);
  try {
    const outcome = await attempt(parts, begun, options);
    keepReport(data, drill, outcome.report);
    return outcome;
  } finally {
    removeScratch(parts.scratch, drill.id);
  }
}

/** A drill that could not be done as it was promised: it is on record like any other. */
export function failDrill(parts: Omit<DrillParts, 'seed' | 'scratch'>, why: string): DrillOutcome {
  const begun = begin({ ...parts, seed: '', scratch: '' });
  const outcome = reportNothing({ ...begun, finishedAt: parts.now() }, why);
  try {
    keepReport(parts.data, parts.drill, outcome.report);
  } catch {
    return outcome; // its record says all that the report would
  }
  return outcome;
}

/** Where nothing is left to choose from, that is found out, too. */
const NO_CHOICE = { backup: undefined, why: 'newest', plan: 'sample' } as const;

function begin({ state, drill, seed, now }: DrillParts): Omit<DrillFacts, 'finishedAt'> {
  const choice = drillChoice(state, drill, seed) ?? NO_CHOICE;
  const previous = previousOf(state, drill.policy);
  const newestAt = newestCleanAt(state, drill) ?? choice.backup?.taken?.startedAt;
  return { ...choice, seed, startedAt: now(), previous, newestAt };
}

async function attempt(
  { data, state, drill, now, scratch: root }: DrillParts,
  begun: Omit<DrillFacts, 'finishedAt'>,
  options: JobOptions,
): Promise<DrillOutcome> {
  const { backup, seed, plan } = begun;
  const vault = state.backups.vaults.get(drill.vault);
  const failed = (why: string): DrillOutcome => reportNothing({ ...begun, finishedAt: now() }, why);
  if (vault === undefined || backup?.taken === undefined) return failed('there is no snapshot under this policy');
  if (!holdsIt(vault.id, backup)) return failed(`${vault.name} does not hold it`);
  try {
    const { folder: scratch, roomBytes } = openScratch(data, root, drill.id);
    const access = { place: placeIn(data, vault, drill.project), passwordFile: passwordFile(data, drill.project) };
    const { snapshot, manifestSha256, looksSha256 } = backup.taken;
    const drilled = await runJob(
      {
        kind: 'drill',
        ...access,
        snapshot,
        manifestSha256,
        ...(looksSha256 === undefined ? {} : { looksSha256 }),
        seed,
        scratch,
        roomBytes,
        production: join(data, 'workspaces'),
        ...(plan === 'sample' ? { sample: sampleSize() } : {}),
      },
      options,
    );
    const rows = drilled.restored;
    const walls = await wallsFor(access.place, scratch, options.signal);
    const second = await askSecondTool({ ...access, snapshot, source: drilled.source, rows, seed, scratch, walls });
    const media = await checkMedia(rows, seed, walls);
    return reportDrill({ ...begun, finishedAt: now() }, drilled, second, media);
  } catch (cause) {
    options.signal?.throwIfAborted();
    if (!(cause instanceof Fault)) throw cause;
    return failed(cause.message);
  }
}

function keepReport(data: string, { id }: Drill, report: string): void {
  const folder = join(data, 'drills');
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  writeFileSync(join(folder, `${id}.json`), report, { mode: 0o600, flush: true });
}
