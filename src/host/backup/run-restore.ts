/**
 * A restore of project files, to the side or in place. Either way everything is first written to a hidden room of the same workspace, and only what is
 * whole is moved to where people see it; in place, what was there keeps its bytes under a name that says so.
 */
import { existsSync, mkdirSync, realpathSync } from 'node:fs';
import { join } from 'node:path';
import { chooseMixed } from './choose-mixed.ts';
import { fillHoles } from './fill-holes.ts';
import type { MixedAnswer, RestoredAnswer } from './job.ts';
import { withFailures } from './named-failures.ts';
import { clearStaging, putAside, putEachInPlace, putInPlace, settleExchange } from './put-restored.ts';
import { passwordFile } from './repository-keys.ts';
import { placeIn } from './repository-place.ts';
import type { JobOptions } from './run-job.ts';
import { runJob } from './run-job.ts';
import { HIDDEN } from '#gates/files/portable-name.ts';
import { fitText } from '#ledger/entry-text.ts';
import { vaultsWith } from '#model/backup-facts.ts';
import { RESTORE_FAILURES_MAX } from '#model/backup-shapes.ts';
import type { DataOf } from '#model/events.ts';
import type { Backup, Restore, Vault } from '#model/backup-state.ts';
import type { State } from '#model/state.ts';
import type { EngineClient } from '#ports/engine.ts';
import type { RestoreId } from '#std/ids.ts';
import { Fault } from '#std/refused.ts';

export interface RestoreParts {
  readonly data: string;
  readonly engine: Pick<EngineClient, 'state' | 'search'>;
  readonly restore: Restore;
}

/** `to` is beneath the workspace. */
export type RestoreOutcome = DataOf<'restore.finished'>;

/** What came of a restore that mixed snapshots: lines of JSON, told by the hash that the ledger keeps. */
export function restoreReportFile(data: string, restore: RestoreId): string {
  return join(data, 'restores', `${restore}.jsonl`);
}

export async function performRestore(parts: RestoreParts, options: JobOptions): Promise<RestoreOutcome> {
  const { data, engine, restore } = parts;
  const state = engine.state();
  const workspace = join(data, 'workspaces', restore.project);
  settleExchange(workspace, restore.id);
  const backup = state.backups.taken.get(restore.backup);
  if (backup === undefined) throw new Fault('no-backup', 'this snapshot is not known any more');
  refuseEscape(workspace, restore.path);
  const staging = join(workspace, HIDDEN, 'restoring', restore.id);
  clearStaging(staging);
  mkdirSync(staging, { recursive: true, mode: 0o700 });
  try {
    const done = await fromCopies(parts, state, backup, staging, options);
    const { files, bytes, failed, failedMore, ms } = done;
    // Where nothing whole came back, nothing is touched.
    const to = existsSync(done.root)
      ? put(workspace, restore, done.root)
      : 'nothing was restored: no copy has it whole';
    const counted = {
      files,
      bytes,
      failed: failed.length + failedMore,
      ms,
      to: fitText(to, TO_CHARS_MAX, TO_BYTES_MAX),
    };
    const outcome = done.kind === 'restored' ? counted : { ...counted, ...mixedFrom(done) };
    return failed.length === 0 ? outcome : withFailures(outcome, failed, RESTORE_FAILURES_MAX);
  } finally {
    clearStaging(staging);
  }
}

function put(workspace: string, restore: Restore, root: string): string {
  if (restore.mode === 'aside') return putAside(workspace, restore, root);
  return restore.touched === undefined
    ? putInPlace(workspace, restore, root)
    : putEachInPlace(workspace, restore, root);
}

/** A path beneath the workspace, and no link on the way that leads out of it. */
function refuseEscape(workspace: string, path: string): void {
  const names = path === '' ? [] : path.split('/');
  if (names.some((name) => name === '' || name === '.' || name === '..' || name === HIDDEN || name.includes('\0')))
    throw new Fault('bad-path', 'a path beneath the workspace, such as media/reel 1, is restored');
  mkdirSync(workspace, { recursive: true, mode: 0o700 });
  const root = realpathSync(workspace);
  for (let depth = 1; depth <= names.length; depth += 1) {
    const step = join(workspace, ...names.slice(0, depth));
    if (existsSync(step) && realpathSync(step) !== join(root, ...names.slice(0, depth)))
      throw new Fault('bad-path', 'a link is in the way of this path');
  }
}

/** Of where it is, as an entry has room for it beside the files that failed. */
const TO_CHARS_MAX = 4096;
const TO_BYTES_MAX = 16_384;

/** No other copy would say anything else. */
const FINAL = new Set(['not-in-snapshot', 'nothing-to-restore', 'mixed-kinds']);

function mixedFrom({ sources, leftOut, reportSha256 }: MixedAnswer) {
  return { sources: [...sources], leftOut, reportSha256 };
}

async function fromCopies(
  parts: RestoreParts,
  state: State,
  backup: Backup,
  staging: string,
  options: JobOptions,
): Promise<RestoredAnswer | MixedAnswer> {
  const { vault, answer } = await fromFirstThatAnswers(parts, state, backup, staging, options);
  const { data, restore } = parts;
  return fillHoles({ data, restore, state, staging, asked: vault.id }, answer, options);
}

function fromVault({ data, restore }: RestoreParts, vault: Vault, target: string) {
  const { project, path } = restore;
  return { place: placeIn(data, vault, project), passwordFile: passwordFile(data, project), path, target };
}

/** The vault it was taken to, then each copy in turn. */
async function fromFirstThatAnswers(
  parts: RestoreParts,
  state: State,
  backup: Backup,
  staging: string,
  options: JobOptions,
): Promise<{ readonly vault: Vault; readonly answer: RestoredAnswer | MixedAnswer }> {
  const { data, engine, restore } = parts;
  const choice = await chooseMixed(engine, restore, backup);
  let last: unknown;
  for (const vault of vaultsOf(state, backup)) {
    try {
      const from = fromVault(parts, vault, join(staging, vault.id));
      if (choice === undefined)
        return { vault, answer: await runJob({ kind: 'restore', ...from, snapshot: restore.snapshot }, options) };
      const report = restoreReportFile(data, restore.id);
      return { vault, answer: await runJob({ kind: 'restore-mixed', ...from, report, choice }, options) };
    } catch (cause) {
      options.signal?.throwIfAborted();
      if (!(cause instanceof Fault) || FINAL.has(cause.code)) throw cause;
      last = cause;
    }
  }
  throw last ?? new Fault('no-copy', 'no vault that holds this snapshot is in use');
}

export function vaultsOf({ backups }: State, backup: Backup): readonly Vault[] {
  return vaultsWith(backup)
    .map((id) => backups.vaults.get(id))
    .filter((one) => one !== undefined);
}
