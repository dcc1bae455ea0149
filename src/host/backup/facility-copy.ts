/**
 * The facility itself as a snapshot: signed checkpoints, keys, the ledger, reports of drills, the runbook. The checkpoint is copied first and the log is read
 * after it, so that the copy's log always reaches the root that the copy's checkpoint promises; what the engine writes meanwhile is a torn tail, which
 * recovery cuts off. Nothing here is what people make: workspaces, the index and what other processes can rebuild stay out.
 */
import { copyFileSync, existsSync, linkSync, mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { facilityTurn } from './facility-turn.ts';
import type { TakenAnswer } from './job.ts';
import { noteFacilityCopy } from './notes.ts';
import { record } from './recording.ts';
import { ensurePassword } from './repository-keys.ts';
import { placeIn } from './repository-place.ts';
import { isWritten } from '#model/backup-facts.ts';
import type { JobOptions } from './run-job.ts';
import { runJob } from './run-job.ts';
import { currentRunbook } from './runbook-now.ts';
import type { BackupDeskParts } from './runbook-now.ts';
import type { By } from '#model/events.ts';
import type { Vault } from '#model/backup-state.ts';
import type { State } from '#model/state.ts';
import type { WrittenRunbook } from '#ports/backups.ts';

/** What the snapshot's tag says, and the name of its top folder. */
export const FACILITY = 'facility';
const LEFT_OUT = /^lock\.sqlite/;

/** What became of the copy to one vault. */
export type FacilityCopied =
  | { readonly vault: Vault; readonly taken: TakenAnswer }
  | { readonly vault: Vault; readonly cause: unknown };

export function writtenVaults({ backups }: State): readonly Vault[] {
  return [...backups.vaults.values()].filter((vault) => vault.standing === 'in-use' && isWritten(vault));
}

/**
 * To each of these vaults; each is recorded, and one that fails stops no other. The runbook is written once, its hash goes into the ledger first, and the
 * same bytes lie in every copy: the page out of a vault is told by an entry, also by the ledger that lies beside it.
 */
export async function copyFacility(
  parts: BackupDeskParts,
  by: By,
  vaults: readonly Vault[],
  options: JobOptions,
): Promise<readonly FacilityCopied[]> {
  if (vaults.length === 0) return [];
  const turn = await facilityTurn(parts.data, options.signal);
  try {
    return await copyToAll(parts, by, vaults, options);
  } finally {
    turn.release();
  }
}

async function copyToAll(
  parts: BackupDeskParts,
  by: By,
  vaults: readonly Vault[],
  options: JobOptions,
): Promise<readonly FacilityCopied[]> {
  const done: FacilityCopied[] = [];
  const runbook = await currentRunbook(parts);
  const { sha256, steps, neverProven } = runbook;
  await record({ engine: parts.engine, by }, { kind: 'record-runbook', sha256, steps, neverProven });
  for (const vault of vaults) {
    try {
      done.push({ vault, taken: await copyTo(parts, by, vault, runbook, options) });
    } catch (cause) {
      options.signal?.throwIfAborted();
      done.push({ vault, cause });
    }
  }
  return done;
}

async function copyTo(
  parts: BackupDeskParts,
  by: By,
  vault: Vault,
  runbook: WrittenRunbook,
  options: JobOptions,
): Promise<TakenAnswer> {
  const { data, clock } = parts;
  const scratch = join(data, 'run', 'facility-copy');
  rmSync(scratch, { recursive: true, force: true });
  try {
    const [at, source] = [clock.now(), join(scratch, FACILITY)];
    stage(data, source, runbook);
    const place = placeIn(data, vault, FACILITY);
    const passwordFile = ensurePassword(data, FACILITY);
    const job = { kind: 'take', place, passwordFile, source, at, host: hostname(), tags: [FACILITY] } as const;
    const taken = await runJob({ ...job, scratch: join(scratch, 'job') }, options);
    await note(parts, by, vault, taken, at);
    return taken;
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}

async function note({ data, engine }: BackupDeskParts, by: By, { id }: Vault, taken: TakenAnswer, at: number) {
  const { snapshot, manifestSha256, bytes, files } = taken;
  const what = { snapshot, manifestSha256, files, bytes, startedAt: at };
  await record({ engine, by }, { kind: 'record-facility-copy', vault: id, ...what });
  // What could not be recorded is made again, and is no copy until then.
  noteFacilityCopy(data, { vault: id, at, snapshot, manifestSha256, bytes, files });
}

function stage(data: string, target: string, { text, html }: WrittenRunbook): void {
  mkdirSync(target, { recursive: true, mode: 0o700 });
  for (const folder of ['checkpoints', 'keys']) carry(join(data, folder), join(target, folder), copyFileSync);
  // Links, not copies: segments are only appended to, tiles are written once.
  for (const folder of ['ledger', 'drills', 'restores', 'certificates', 'backup'])
    carry(join(data, folder), join(target, folder), linkSync);
  writeFileSync(join(target, 'RUNBOOK.txt'), text, { mode: 0o600 });
  writeFileSync(join(target, 'RUNBOOK.html'), html, { mode: 0o600 });
}

function carry(from: string, to: string, one: (from: string, to: string) => void): void {
  if (!existsSync(from)) return;
  mkdirSync(to, { recursive: true, mode: 0o700 });
  for (const entry of readdirSync(from, { withFileTypes: true })) {
    if (LEFT_OUT.test(entry.name) || entry.name.endsWith('.tmp')) continue;
    const [source, target] = [join(from, entry.name), join(to, entry.name)];
    if (entry.isDirectory()) carry(source, target, one);
    else if (entry.isFile() && existsSync(source)) one(source, target);
  }
}
