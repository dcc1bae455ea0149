/**
 * What off-site copies need besides being written: locks of buckets made longer before they run out, and a look whether a vault that fills itself has what
 * the first one has. Asked often, it does one thing at a time and each at most once in ten minutes.
 */
import { readFacilityCopies } from '#host/backup/notes.ts';
import type { RepositoryName } from '#host/backup/repository-keys.ts';
import { placeIn } from '#host/backup/repository-place.ts';
import { isWritten } from '#model/backup-facts.ts';
import { runJob } from '#host/backup/run-job.ts';
import type { JobOptions } from '#host/backup/run-job.ts';
import type { Command } from '#model/commands.ts';
import type { Draft } from '#model/events.ts';
import { DAY_MS, MINUTE_MS } from '#model/limits.ts';
import type { Backup, Vault } from '#model/backup-state.ts';
import type { State } from '#model/state.ts';
import type { EngineClient } from '#ports/engine.ts';
import type { VaultId } from '#std/ids.ts';
import { Fault, isRefused } from '#std/refused.ts';
import { isRoundDue, readLockNote } from '#vault/offsite/lock-note.ts';
import type { S3Place } from '#vault/store/s3-place.ts';

const AGAIN_MS = 10 * MINUTE_MS;

export interface OffsiteParts {
  readonly data: string;
  readonly engine: Pick<EngineClient, 'state' | 'command' | 'record'>;
  readonly by: { readonly service: string };
  now(): number;
  onTrouble(what: string, cause: unknown): void;
}

export interface OffsiteWork {
  /** One thing, if one is due; whether anything was recorded. */
  next(options: JobOptions): Promise<boolean>;
}

export interface BucketRepository {
  readonly vault: Vault;
  readonly repository: RepositoryName;
  readonly place: S3Place;
}

export function createOffsiteWork(parts: OffsiteParts): OffsiteWork {
  const triedAt = new Map<string, number>();

  /** Not what was tried a moment ago. */
  function isTimely(key: string): boolean {
    const now = parts.now();
    if (now - (triedAt.get(key) ?? -Infinity) < AGAIN_MS) return false;
    triedAt.set(key, now);
    return true;
  }

  return {
    async next(options) {
      const state = parts.engine.state();
      for (const one of bucketRepositories(parts.data, state)) {
        if (!isRoundDue(readLockNote(one.place), one.place, parts.now())) continue;
        if (isTimely(`${one.vault.id} ${one.repository}`)) return extend(parts, one, options);
      }
      for (const { backup, vault } of unseenCopies(state))
        if (isTimely(`${vault.id} ${backup.id}`) && (await lookAt(parts, backup, vault, options))) return true;
      return false;
    },
  };
}

/** Repositories that have a copy in a bucket, as long as anybody can read them. */
export function bucketRepositories(data: string, state: State): readonly BucketRepository[] {
  const facility = new Set(readFacilityCopies(data).map(({ vault }) => vault));
  const buckets = [...state.backups.vaults.values()].filter(
    ({ address, standing }) => address.startsWith('s3:') && standing === 'in-use',
  );
  return buckets.flatMap((vault) =>
    repositoriesIn(state, vault.id, facility.has(vault.id)).flatMap((repository) => {
      const place = placeIn(data, vault, repository);
      return place.kind === 's3' ? [{ vault, repository, place }] : [];
    }),
  );
}

function repositoriesIn({ backups }: State, vault: VaultId, hasFacility: boolean): readonly RepositoryName[] {
  const names = new Set<RepositoryName>(hasFacility ? ['facility'] : []);
  for (const { project, copies } of backups.taken.values())
    if (!backups.keysDestroyed.has(project) && copies.some((copy) => copy.vault === vault)) names.add(project);
  return [...names];
}

async function extend(
  { engine, by, onTrouble }: OffsiteParts,
  one: BucketRepository,
  options: JobOptions,
): Promise<boolean> {
  const { vault, repository, place } = one;
  try {
    const answer = await runJob({ kind: 'keep-locked', place: { kind: 's3', ...place } }, options);
    const { objects, objectsSha256, lockedUntil } = answer;
    if (lockedUntil === undefined) return false;
    const data = { objects, lockedUntil, objectsSha256 };
    const entry = { kind: 'vault.locks-extended', stream: 'facility', by, about: { vault: vault.id }, data };
    await engine.record([entry as Draft]); // the fields belong together by the schema of its kind
    return true;
  } catch (cause) {
    options.signal?.throwIfAborted();
    onTrouble(`the locks of ${repository} in ${vault.name} were not looked after`, cause);
    return false;
  }
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
      if (vault?.standing !== 'in-use' || isWritten(vault) || !vault.address.startsWith('https:')) continue;
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
    const answer = await engine.command(command, by);
    if (isRefused(answer)) throw new Fault(answer.code, answer.message);
    return true;
  } catch (cause) {
    options.signal?.throwIfAborted();
    onTrouble(`${vault.name} could not be asked for its copies`, cause);
    return false;
  }
}
