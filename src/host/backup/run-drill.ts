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
import type { Drill, Vault } from '#model/backup-state.ts';
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
  const { vault, facts } = begin(parts);
  try {
    const outcome = await attempt(parts, vault, facts, options);
    keepReport(data, drill, outcome.report);
    return outcome;
  } finally {
    removeScratch(parts.scratch, drill.id);
  }
}

/** A drill that could not be done as it was promised: it is on record like any other. */
export function failDrill(parts: Omit<DrillParts, 'seed' | 'scratch'>, why: string): DrillOutcome {
  const { facts } = begin({ ...parts, seed: '', scratch: '' });
  const outcome = reportNothing({ ...facts, finishedAt: parts.now() }, why);
  keepReport(parts.data, parts.drill, outcome.report);
  return outcome;
}

function begin({ state, drill, seed, now }: DrillParts) {
  const vault = state.backups.vaults.get(drill.vault);
  const choice = drillChoice(state, drill, seed);
  if (vault === undefined || choice === undefined)
    throw new Fault('nothing-to-drill', 'there is no snapshot under this policy yet');
  const previous = previousOf(state, drill.policy);
  const newestAt = newestCleanAt(state, drill) ?? choice.backup.taken?.startedAt;
  return { vault, facts: { ...choice, seed, startedAt: now(), previous, newestAt } };
}

async function attempt(
  { data, drill, now, scratch: root }: DrillParts,
  vault: Vault,
  begun: Omit<DrillFacts, 'finishedAt'>,
  options: JobOptions,
): Promise<DrillOutcome> {
  const { backup, seed, plan } = begun;
  const taken = backup.taken;
  if (!holdsIt(vault.id, backup))
    return reportNothing({ ...begun, finishedAt: now() }, `${vault.name} does not hold it`);
  if (taken === undefined) throw new Fault('nothing-to-drill', 'this snapshot was not finished');
  try {
    const { folder: scratch, roomBytes } = openScratch(data, root, drill.id);
    const access = { place: placeIn(data, vault, drill.project), passwordFile: passwordFile(data, drill.project) };
    const { snapshot, manifestSha256, looksSha256 } = taken;
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
    return reportNothing({ ...begun, finishedAt: now() }, cause.message);
  }
}

function keepReport(data: string, { id }: Drill, report: string): void {
  const folder = join(data, 'drills');
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  writeFileSync(join(folder, `${id}.json`), report, { mode: 0o600, flush: true });
}
