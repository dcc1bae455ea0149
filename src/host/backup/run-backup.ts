/** One backup from beginning to record: the snapshot in its first vault, what that vault lists, then each copy that is written from here. */
import { mkdirSync, rmSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import type { TakenAnswer } from './job.ts';
import { ensurePassword } from './repository-keys.ts';
import { isWritten, placeIn } from './repository-place.ts';
import type { JobOptions } from './run-job.ts';
import { runJob } from './run-job.ts';
import type { CommandOf } from '#model/commands.ts';
import { DAY_MS } from '#model/limits.ts';
import type { Backup, BackupPolicy, State, Vault } from '#model/state.ts';
import { Fault } from '#std/refused.ts';

export interface BackupParts {
  readonly data: string;
  readonly state: State;
  readonly backup: Backup;
  now(): number;
}

export type BackupRecord = CommandOf<'record-backup'>;
export type CopyRecord = CommandOf<'record-copy'>;

interface Planned extends BackupParts {
  readonly policy: BackupPolicy;
  readonly vault: Vault;
}

export async function performBackup(
  parts: BackupParts,
  options: JobOptions,
): Promise<readonly [BackupRecord, CopyRecord]> {
  const { data, backup, now } = parts;
  const planned = plan(parts);
  const scratch = join(data, 'run', 'backups', backup.id);
  const startedAt = now();
  try {
    const taken = await take(planned, scratch, startedAt, options);
    const { snapshot, tree, manifestSha256, files, bytes, addedBytes, unsteady } = taken;
    const parent = parentOf(parts.state, backup)?.taken?.snapshot;
    const record: BackupRecord = {
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
      consistency: 'watched',
      unsteady,
      ...(parent === undefined ? {} : { parent }),
    };
    const { objects, objectBytes, objectsSha256 } = taken;
    return [record, copyRecord(planned, snapshot, { objects, bytes: objectBytes, objectsSha256 })];
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
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

function take(
  { data, state, backup, policy, vault }: Planned,
  scratch: string,
  at: number,
  options: JobOptions,
): Promise<TakenAnswer> {
  const source = join(data, 'workspaces', backup.project);
  mkdirSync(source, { recursive: true, mode: 0o700 });
  const parent = parentOf(state, backup)?.taken?.snapshot;
  return runJob(
    {
      kind: 'take',
      place: placeIn(data, vault, backup.project),
      passwordFile: ensurePassword(data, backup.project),
      source,
      at,
      host: hostname(),
      tags: [policy.id, backup.id],
      scratch,
      ...(parent === undefined ? {} : { parent }),
      ...(policy.folders === undefined ? {} : { folders: policy.folders }),
    },
    options,
  );
}

function parentOf({ backups }: State, { policy, vault }: Backup): Backup | undefined {
  const last = backups.policies.get(policy)?.lastBackup;
  const before = last === undefined ? undefined : backups.taken.get(last);
  return before?.vault === vault ? before : undefined;
}

/** The other vaults of the policy that are written from here. */
export async function performCopies(parts: BackupParts, options: JobOptions): Promise<readonly CopyRecord[]> {
  const { data, state, backup } = parts;
  const planned = plan(parts);
  const snapshot = state.backups.taken.get(backup.id)?.taken?.snapshot;
  const records: CopyRecord[] = [];
  for (const id of planned.policy.vaults) {
    const vault = state.backups.vaults.get(id);
    if (snapshot === undefined || vault?.standing !== 'in-use' || id === backup.vault || !isWritten(vault)) continue;
    const [from, to] = [placeIn(data, planned.vault, backup.project), placeIn(data, vault, backup.project)];
    const { objects, bytes, objectsSha256 } = await runJob({ kind: 'copy', from, to }, options);
    records.push(copyRecord({ ...planned, vault }, snapshot, { objects, bytes, objectsSha256 }));
  }
  return records;
}

function copyRecord(
  { backup, vault, now }: Planned,
  snapshot: string,
  what: Pick<CopyRecord, 'objects' | 'bytes' | 'objectsSha256'>,
): CopyRecord {
  const lockedUntil = now() + vault.lockDays * DAY_MS;
  return {
    kind: 'record-copy',
    backup: backup.id,
    vault: vault.id,
    snapshot,
    ...what,
    lockedUntil,
    verified: 'listed',
  };
}
