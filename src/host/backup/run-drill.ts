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
import { askSecondTool } from './second-tool.ts';
import { openWalls } from '#host/walls/walls.ts';
import { vaultsWith } from '#model/backup.ts';
import type { Backup, Drill, State, Vault } from '#model/state.ts';
import { snapshotsOf } from '#plan/backup/choose-snapshot.ts';
import type { VaultId } from '#std/ids.ts';
import { Fault } from '#std/refused.ts';
import { sampleSize } from '#vault/drill/sample.ts';

/** Every so many drills of a policy the whole project is restored, and every so many an older snapshot at random. */
const WHOLE_ONE_IN = 5;
const RANDOM_ONE_IN = 4;

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
  const choice = choose(state, drill, seed);
  if (vault === undefined || choice === undefined)
    throw new Fault('nothing-to-drill', 'there is no snapshot under this policy yet');
  const previous = previousOf(state, drill.policy);
  const newestAt = newestIn(state, drill) ?? choice.backup.taken?.startedAt;
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
  if (!isHere(backup, vault.id))
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
    const walls = await openWalls(join(scratch, 'walls'), options.signal);
    const second = await askSecondTool({ ...access, snapshot, source: drilled.source, rows, seed, scratch, walls });
    const media = await checkMedia(rows, seed, walls);
    return reportDrill({ ...begun, finishedAt: now() }, drilled, second, media);
  } catch (cause) {
    options.signal?.throwIfAborted();
    if (!(cause instanceof Fault)) throw cause;
    return reportNothing({ ...begun, finishedAt: now() }, cause.message);
  }
}

/** By turns: the newest clean one, and now and then an older one that nobody foresees. */
function choose(state: State, { policy, project, vault }: Drill, seed: string) {
  const past = state.backups.drills.count((one) => one.policy === policy && one.result !== undefined);
  const plan = past % WHOLE_ONE_IN === WHOLE_ONE_IN - 1 ? ('whole-project' as const) : ('sample' as const);
  const known = snapshotsOf(state, { project }).filter((backup) => backup.policy === policy);
  const here = known.filter((backup) => isHere(backup, vault));
  // A vault that lacks them all is tried with the newest one, so that the record says so.
  const all = here.length === 0 ? known : here;
  const clean = all.filter(({ suspect }) => !suspect);
  const older = clean.slice(1);
  if (past % RANDOM_ONE_IN === RANDOM_ONE_IN - 1 && older.length > 0) {
    const backup = older[Number.parseInt(seed.slice(0, 8) || '0', 16) % older.length];
    if (backup !== undefined) return { backup, why: 'random' as const, plan };
  }
  // Where an alarm is about every one of them, the way back is still to be proved.
  const [backup = all[0]] = clean;
  return backup === undefined ? undefined : { backup, why: newestOr(all, backup), plan };
}

/** Of an older snapshot's age nothing follows about what would be lost today. */
function newestIn(state: State, { policy, project, vault }: Drill): number | undefined {
  const here = snapshotsOf(state, { project, clean: true }).filter(
    (one) => one.policy === policy && isHere(one, vault),
  );
  return here[0]?.taken?.startedAt;
}

function isHere(backup: Backup, vault: VaultId): boolean {
  return vaultsWith(backup).includes(vault);
}

function newestOr(all: readonly Backup[], backup: Backup): 'newest' | 'newest-clean' {
  return all[0]?.id === backup.id ? 'newest' : 'newest-clean';
}

function keepReport(data: string, { id }: Drill, report: string): void {
  const folder = join(data, 'drills');
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  writeFileSync(join(folder, `${id}.json`), report, { mode: 0o600, flush: true });
}
