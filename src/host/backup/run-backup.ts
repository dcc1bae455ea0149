/** One backup from beginning to record: the snapshot in its first vault, what that vault lists, then each copy that is written from here, one at a time. */
import { mkdirSync, rmSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import type { TakeJob, TakenAnswer, WatchAsked } from './job.ts';
import { ensurePassword } from './repository-keys.ts';
import { placeIn } from './repository-place.ts';
import { isWritten } from '#model/backup-facts.ts';
import type { JobOptions } from './run-job.ts';
import { runJob } from './run-job.ts';
import { vaultsOf } from './run-restore.ts';
import type { CommandOf } from '#model/commands.ts';
import { DAY_MS } from '#model/limits.ts';
import type { Backup, BackupPolicy, Vault } from '#model/backup-state.ts';
import type { State } from '#model/state.ts';
import { baselineOf } from '#plan/backup/baseline.ts';
import type { Baseline } from '#plan/backup/baseline.ts';
import type { AlarmId } from '#std/ids.ts';
import { Fault } from '#std/refused.ts';
import { alarmCommand } from '#vault/detect/alarm.ts';
import type { Suspicion } from '#vault/detect/suspicion.ts';

export interface BackupParts {
  readonly data: string;
  readonly state: State;
  readonly backup: Backup;
  now(): number;
}

export type BackupRecord = CommandOf<'record-backup'>;
export type CopyRecord = CommandOf<'record-copy'>;

/** To be recorded in this order: an alarm stands before the snapshot that it is about counts as taken. */
export interface Performed {
  readonly alarm?: CommandOf<'raise-alarm'>;
  readonly record: BackupRecord;
  readonly copy: CopyRecord;
}

interface Planned extends BackupParts {
  readonly policy: BackupPolicy;
  readonly vault: Vault;
}

/** `alarmId` is used when the snapshot looks like an attack that no open alarm is about. */
export async function performBackup(
  parts: BackupParts,
  alarmId: () => AlarmId,
  options: JobOptions,
): Promise<Performed> {
  const { data, state, backup, now } = parts;
  const planned = plan(parts);
  const scratch = join(data, 'run', 'backups', backup.id);
  const startedAt = now();
  const baseline = baselineOf(state, backup, startedAt);
  try {
    const taken = await runJob(takeJob(planned, baseline, scratch, startedAt), options);
    const alarm = alarmFor(parts, baseline, taken.suspicion, alarmId);
    return {
      ...(alarm.raise === undefined ? {} : { alarm: alarm.raise }),
      record: recordOf(parts, baseline, taken, startedAt, alarm.about),
      copy: copyRecord(planned, taken.snapshot, { ...taken, bytes: taken.objectBytes }),
    };
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}

function recordOf(
  { backup, now }: BackupParts,
  { parent }: Baseline,
  taken: TakenAnswer,
  startedAt: number,
  alarm: AlarmId | undefined,
): BackupRecord {
  const { snapshot, tree, manifestSha256, files, bytes, addedBytes, unsteady, attributesLack, looksSha256 } = taken;
  return {
    kind: 'record-backup',
    backup: backup.id,
    snapshot,
    tree,
    manifestSha256,
    startedAt,
    finishedAt: now(),
    files,
    bytes,
    addedBytes,
    consistency: taken.isHeld ? 'reflink' : 'watched',
    unsteady,
    ...(attributesLack === undefined ? {} : { attributesLack }),
    ...(parent?.taken === undefined ? {} : { parent: parent.taken.snapshot }),
    ...(looksSha256 === undefined ? {} : { looksSha256 }),
    ...(alarm === undefined ? {} : { alarm }),
  };
}

/** One alarm for one attack: a later snapshot that still shows it is about the same one. */
function alarmFor(
  { state, backup }: BackupParts,
  { openAlarm, inheritsAlarm }: Baseline,
  suspicion: Suspicion | undefined,
  alarmId: () => AlarmId,
): { readonly raise?: CommandOf<'raise-alarm'>; readonly about?: AlarmId } {
  const isSuspect = suspicion?.isAlarm === true || inheritsAlarm;
  if (openAlarm !== undefined) return isSuspect ? { about: openAlarm.id } : {};
  if (suspicion === undefined) return {};
  const raise = alarmCommand(state, { alarm: alarmId(), project: backup.project, backup: backup.id }, suspicion);
  return raise === undefined ? {} : { raise, about: raise.alarm };
}

function plan(parts: BackupParts): Planned {
  const { state, backup } = parts;
  const policy = state.backups.policies.get(backup.policy);
  const vault = state.backups.vaults.get(backup.vault);
  if (policy === undefined || vault?.standing !== 'in-use')
    throw new Fault('vault-retired', 'the vault of this policy is not in use: choose another one');
  if (state.backups.keysDestroyed.has(backup.project))
    throw new Fault('keys-destroyed', 'the keys of this project’s backups were destroyed: nothing more is taken');
  return { ...parts, policy, vault };
}

function takeJob(planned: Planned, baseline: Baseline, scratch: string, at: number): TakeJob {
  const { data, backup, policy, vault } = planned;
  const source = join(data, 'workspaces', backup.project);
  const journals = join(data, 'run', 'journals');
  for (const folder of [source, journals]) mkdirSync(folder, { recursive: true, mode: 0o700 });
  const parent = baseline.parent?.taken?.snapshot;
  return {
    kind: 'take',
    place: placeIn(data, vault, backup.project),
    passwordFile: ensurePassword(data, backup.project),
    source,
    at,
    host: hostname(),
    tags: [policy.id, backup.id],
    scratch,
    journal: join(journals, `${policy.id}-${vault.id}.jsonl`),
    watch: watchAsked(planned, baseline),
    ...(parent === undefined ? {} : { parent }),
    ...(policy.folders === undefined ? {} : { folders: policy.folders }),
  };
}

function watchAsked({ data, state, policy }: Planned, baseline: Baseline): WatchAsked {
  const { past, windows, usualBytes, isSettledSince } = baseline;
  const vault = past === undefined ? undefined : state.backups.vaults.get(past.vault);
  const { snapshot, looksSha256, startedAt } = past?.taken ?? {};
  const isKnown = vault !== undefined && snapshot !== undefined && looksSha256 !== undefined;
  return {
    ...(isKnown ? { past: { place: placeIn(data, vault, policy.project), snapshot, looksSha256 } } : {}),
    ...(startedAt === undefined ? {} : { after: startedAt }),
    windows: windows.map(({ from, until, folders }) => ({ from, until, folders })),
    usualBytes,
    decoys: policy.decoys === true,
    replant: isSettledSince,
  };
}

/** To another vault, from the first that has the snapshot and is written from here. */
export async function performCopy(parts: BackupParts, vault: Vault, options: JobOptions): Promise<CopyRecord> {
  const { data, state, backup } = parts;
  const snapshot = backup.taken?.snapshot;
  const first = vaultsOf(state, backup).find(
    (one) => one.standing === 'in-use' && isWritten(one) && one.id !== vault.id,
  );
  if (snapshot === undefined || first === undefined)
    throw new Fault('no-copy', 'no vault that is in use has this snapshot, so it cannot be copied');
  const [from, to] = [placeIn(data, first, backup.project), placeIn(data, vault, backup.project)];
  const copied = await runJob({ kind: 'copy', from, to }, options);
  return copyRecord({ ...parts, vault }, snapshot, copied);
}

interface Listed {
  readonly objects: number;
  readonly bytes: number;
  readonly objectsSha256: string;
  readonly lockedUntil?: number;
}

/** Until when it is locked is the vault's own word where the vault gives one; else what was promised when it was enrolled. */
function copyRecord(
  { backup, vault, now }: BackupParts & { readonly vault: Vault },
  snapshot: string,
  listed: Listed,
): CopyRecord {
  const { objects, bytes, objectsSha256, lockedUntil = now() + vault.lockDays * DAY_MS } = listed;
  return {
    kind: 'record-copy',
    backup: backup.id,
    vault: vault.id,
    snapshot,
    objects,
    bytes,
    objectsSha256,
    lockedUntil,
    verified: 'listed',
  };
}
