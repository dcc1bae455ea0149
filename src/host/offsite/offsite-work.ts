/**
 * What off-site copies need besides being written: locks of buckets made longer before they run out, and a look whether a vault that fills itself has what
 * the first one has. Asked often, it does one thing at a time and each at most once in ten minutes.
 */
import { keepBucketLocks } from './bucket-locks.ts';
import { lookAtFacility, unseenFacility } from './facility-seen.ts';
import { record } from '#host/backup/recording.ts';
import { placeIn } from '#host/backup/repository-place.ts';
import { isPulled } from '#model/backup-facts.ts';
import { runJob } from '#host/backup/run-job.ts';
import type { JobOptions } from '#host/backup/run-job.ts';
import type { Command } from '#model/commands.ts';
import { DAY_MS, MINUTE_MS } from '#model/limits.ts';
import type { Backup, Vault } from '#model/backup-state.ts';
import type { State } from '#model/state.ts';
import type { EngineClient } from '#ports/engine.ts';

const AGAIN_MS = 10 * MINUTE_MS;

export interface OffsiteParts {
  readonly data: string;
  readonly engine: Pick<EngineClient, 'state' | 'command' | 'record'>;
  readonly by: { readonly service: string };
  now(): number;
  onTrouble(what: string, cause: unknown): void;
}

export interface OffsiteWork {
  /** Locks of buckets: one thing, if one is due; whether anything was recorded. */
  keepLocked(options: JobOptions): Promise<boolean>;
  /** Asks vaults that fill themselves for the newest snapshots; whether one was found there. */
  look(options: JobOptions): Promise<boolean>;
}

export function createOffsiteWork(parts: OffsiteParts): OffsiteWork {
  const locks = keepBucketLocks(parts);
  const lookedAt = new Map<string, number>();

  /** Not what was asked a moment ago. */
  function isTimely(key: string): boolean {
    const now = parts.now();
    for (const [other, at] of lookedAt) if (now - at >= AGAIN_MS) lookedAt.delete(other);
    if (lookedAt.has(key)) return false;
    lookedAt.set(key, now);
    return true;
  }

  return {
    keepLocked: (options) => locks.next(options),
    async look(options) {
      const state = parts.engine.state();
      for (const { backup, vault } of unseenCopies(state))
        if (isTimely(`${vault.id} ${backup.id}`) && (await lookAt(parts, backup, vault, options))) return true;
      for (const one of unseenFacility(parts.data, state, parts.now()))
        if (isTimely(`${one.vault.id} facility ${one.first.id}`) && (await lookAtFacility(parts, one, options)))
          return true;
      return false;
    },
  };
}

interface Unseen {
  readonly backup: Backup;
  readonly vault: Vault;
}

/** The newest snapshot of each policy that a vault which fills itself is not known to have yet. */
export function unseenCopies({ backups }: State): readonly Unseen[] {
  const unseen: Unseen[] = [];
  for (const { lastBackup, vaults, endedAt } of backups.policies.values()) {
    const backup = lastBackup === undefined ? undefined : backups.taken.get(lastBackup);
    if (backup?.taken === undefined || endedAt !== undefined) continue;
    for (const id of vaults) {
      const vault = backups.vaults.get(id);
      if (vault?.standing !== 'in-use' || !isPulled(vault)) continue;
      if (!backup.copies.some((copy) => copy.vault === id)) unseen.push({ backup, vault });
    }
  }
  return unseen;
}

async function lookAt(parts: OffsiteParts, backup: Backup, vault: Vault, options: JobOptions): Promise<boolean> {
  const { data, engine, by, onTrouble, now } = parts;
  const first = engine.state().backups.vaults.get(backup.vault);
  const snapshot = backup.taken?.snapshot;
  if (first === undefined || snapshot === undefined) return false;
  try {
    const [from, to] = [placeIn(data, first, backup.project), placeIn(data, vault, backup.project)];
    const { missing, snapshots, ...found } = await runJob({ kind: 'compare', from, to }, options);
    if (missing > 0 || !snapshots.includes(snapshot)) return false;
    const { objects, objectBytes: bytes, objectsSha256, lockedUntil = now() + vault.lockDays * DAY_MS } = found;
    const what = { snapshot, objects, bytes, objectsSha256, lockedUntil, verified: 'listed' } as const;
    const command: Command = { kind: 'record-copy', backup: backup.id, vault: vault.id, ...what };
    await record({ engine, by }, command);
    return true;
  } catch (cause) {
    options.signal?.throwIfAborted();
    onTrouble(`${vault.name} could not be asked for its copies`, cause);
    return false;
  }
}
