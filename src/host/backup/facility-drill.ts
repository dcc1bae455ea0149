/**
 * A drill of the facility's own copy: all of it is restored apart, compared with the manifest that was sealed with it, and the ledger that came back is
 * recomputed by the verifier that assessors use. A second tool restores a share. The runbook's first steps have their date from here.
 */
import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { opinionOf } from './drill-report.ts';
import { openScratch, removeScratch } from './drill-scratch.ts';
import type { DrilledAnswer } from './job.ts';
import { noteFacilityDrill, readFacilityCopies, readFacilityDrills } from './notes.ts';
import type { FacilityCopies, FacilityDrills } from './notes.ts';
import { passwordFile } from './repository-keys.ts';
import { failureWords, record } from './recording.ts';
import { placeIn } from './repository-place.ts';
import type { JobOptions } from './run-job.ts';
import { runJob } from './run-job.ts';
import type { BackupDeskParts } from './runbook-now.ts';
import { FACILITY } from './facility-copy.ts';
import { askSecondTool, wallsFor } from './second-tool.ts';
import type { SecondOpinion } from './second-tool.ts';
import { verifyAt } from '#host/evidence/verify-at.ts';
import { ledgerFolders } from '#host/ledger/ledger-folders.ts';
import { fitText } from '#ledger/entry-text.ts';
import { DAY_MS } from '#model/limits.ts';
import type { By, DataOf } from '#model/events.ts';
import type { Vault } from '#model/backup-state.ts';
import type { State } from '#model/state.ts';
import { DRILL_EVERY_MS } from '#plan/backup/schedule.ts';
import { extrapolate } from '#vault/drill/extrapolate.ts';

const SEED_BYTES = 16;
const WHY_CHARS_MAX = 300;
/** One that failed is tried again after this. */
const AGAIN_MS = DAY_MS;

export interface DueFacilityDrill {
  readonly vault: Vault;
  readonly copy: FacilityCopies[number];
  readonly before: FacilityDrills[number] | undefined;
}

/**
 * The copy whose drill is due, if any, of those that were made from here or seen in a vault that fills itself: never tried, or not for a month, or failed
 * a day ago.
 */
export function facilityDrillDue(data: string, { backups }: State, at: number): DueFacilityDrill | undefined {
  const drills = readFacilityDrills(data);
  for (const copy of readFacilityCopies(data)) {
    const vault = backups.vaults.get(copy.vault);
    const before = drills.find((one) => one.vault === copy.vault);
    const every = before?.heldAt === before?.at ? DRILL_EVERY_MS : AGAIN_MS;
    const isDue = before === undefined || before.at + every <= at;
    if (vault?.standing === 'in-use' && isDue) return { vault, copy, before };
  }
  return undefined;
}

export async function drillFacility(
  parts: BackupDeskParts & { readonly scratch: string },
  by: By,
  { vault, copy, before }: DueFacilityDrill,
  options: JobOptions,
): Promise<void> {
  const { data, engine, clock, scratch } = parts;
  const at = clock.now();
  try {
    const found = await attempt(data, vault, copy, scratch, options);
    const drilled = { snapshot: copy.snapshot, ...found, ms: clock.now() - at };
    const note = { ...before, vault: vault.id, at };
    await record({ engine, by }, { kind: 'record-facility-drill', vault: vault.id, ...drilled }).catch((cause) => {
      noteFacilityDrill(data, note); // what is not on record proves nothing: it is drilled again like one that failed
      throw cause;
    });
    noteFacilityDrill(data, { ...note, ...provenBy(drilled, at) });
  } finally {
    removeScratch(scratch, FACILITY);
  }
}

type Found = Omit<DataOf<'facility.drilled'>, 'snapshot' | 'ms'>;

/** When, and how long it took. */
function provenBy({ held, second, bytes, rtoMs }: Found, at: number): Partial<FacilityDrills[number]> {
  if (!held) return {};
  return {
    heldAt: at,
    ...(rtoMs === undefined ? {} : { took: { bytes, ms: rtoMs } }),
    ...(second?.failed === 0 ? { secondAt: at } : {}),
    ...(second?.bytes === undefined || second.ms === undefined
      ? {}
      : { secondTook: { bytes: second.bytes, ms: second.ms } }),
  };
}

async function attempt(
  data: string,
  vault: Vault,
  { snapshot, manifestSha256 }: FacilityCopies[number],
  root: string,
  options: JobOptions,
): Promise<Found> {
  try {
    const { folder: scratch, roomBytes } = openScratch(data, root, FACILITY);
    const access = { place: placeIn(data, vault, FACILITY), passwordFile: passwordFile(data, FACILITY) };
    const seed = randomBytes(SEED_BYTES).toString('hex');
    const production = join(data, 'workspaces');
    const what = { snapshot, manifestSha256, seed, scratch, roomBytes, production } as const;
    const job = { kind: 'drill', ...access, ...what, allOrNothing: true } as const;
    const drilled = await runJob(job, options);
    const { files, bytes, restored: rows, source } = drilled;
    const walls = await wallsFor(access.place, scratch, options.signal);
    const second = await askSecondTool({ ...access, snapshot, source, rows, seed, scratch, walls });
    const why = (await troubleIn(drilled)) ?? secondTrouble(second);
    const rtoMs = extrapolate(drilled.parts, drilled.startMs, drilled.bytesOf).ms;
    const counts = { files, bytes, rtoMs, ...(second === undefined ? {} : { second: opinionOf(second) }) };
    return why === undefined ? { ...counts, held: true } : { ...counts, held: false, why: fitText(why, WHY_CHARS_MAX) };
  } catch (cause) {
    options.signal?.throwIfAborted();
    return { files: 0, bytes: 0, held: false, why: fitText(failureWords(cause).says, WHY_CHARS_MAX) };
  }
}

/** What is wrong with what our own tool brought back. */
async function troubleIn({ mismatches, isolated, restored }: DrilledAnswer): Promise<string | undefined> {
  const [first] = mismatches;
  if (first !== undefined) return `${first.path}: ${first.why}`;
  return isolated ? ledgerTrouble(restored[0]?.root) : 'production was in reach of the drill';
}

/** Whoever has lost this program brings the facility back with that one: what it cannot restore is no copy. */
function secondTrouble(second: SecondOpinion | undefined): string | undefined {
  const [first] = second?.mismatches ?? [];
  return first === undefined ? undefined : `${second?.tool ?? ''}: ${first.path}: ${first.why}`;
}

/** The whole ledger that came back is recomputed against the checkpoint that came with it. */
async function ledgerTrouble(root: string | undefined): Promise<string | undefined> {
  if (root === undefined) return 'nothing came back';
  if (!existsSync(ledgerFolders(root).log)) return undefined; // a facility whose ledger lies elsewhere
  const { holds, lines } = await verifyAt(root, undefined);
  return holds ? undefined : `the ledger does not verify: ${JSON.stringify(lines.at(-1) ?? '')}`;
}
