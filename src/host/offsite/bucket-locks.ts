/**
 * Locks of buckets: made longer before they run out, the ones that run out first before the others, and the ledger told how they stand, also when that could
 * not be done. One thing at a time; a repository that was tried is not tried again for ten minutes.
 */
import { readFacilityCopies } from '#host/backup/notes.ts';
import { FACILITY } from '#host/backup/facility-copy.ts';
import { record } from '#host/backup/recording.ts';
import type { RepositoryName } from '#host/backup/repository-keys.ts';
import { placeIn } from '#host/backup/repository-place.ts';
import { runJob } from '#host/backup/run-job.ts';
import type { JobOptions } from '#host/backup/run-job.ts';
import type { OffsiteParts } from './offsite-work.ts';
import type { Draft } from '#model/events.ts';
import { MINUTE_MS } from '#model/limits.ts';
import type { Vault } from '#model/backup-state.ts';
import type { State } from '#model/state.ts';
import { bucketLocksOf } from '#model/vault-reports.ts';
import { locksToReport } from '#plan/backup/lock-report.ts';
import { assert } from '#std/assert.ts';
import type { ProjectId, VaultId } from '#std/ids.ts';
import { Fault } from '#std/refused.ts';
import { isRoundDue, readLockNote } from '#vault/offsite/lock-note.ts';
import type { LockNote } from '#vault/offsite/lock-note.ts';
import type { S3Place } from '#vault/store/s3-place.ts';

const AGAIN_MS = 10 * MINUTE_MS;

interface Named {
  readonly vault: Vault;
  readonly repository: RepositoryName;
}

export interface BucketRepository extends Named {
  readonly place: S3Place;
}

/** Repositories that have a copy in a bucket, as long as anybody can read them. A Fault when one cannot be reached from here at all. */
export function bucketRepositories(data: string, state: State): readonly BucketRepository[] {
  return namedIn(data, state).map((one) => ({ ...one, place: bucketOf(data, one) }));
}

function bucketOf(data: string, { vault, repository }: Named): S3Place {
  const place = placeIn(data, vault, repository);
  assert(place.kind === 's3', 'the address of a bucket leads to a bucket');
  return place;
}

function namedIn(data: string, state: State): readonly Named[] {
  const facility = new Set(readFacilityCopies(data).map(({ vault }) => vault));
  const buckets = [...state.backups.vaults.values()].filter(
    ({ address, standing }) => address.startsWith('s3:') && standing === 'in-use',
  );
  return buckets.flatMap((vault) =>
    repositoriesIn(state, vault.id, facility.has(vault.id)).map((repository) => ({ vault, repository })),
  );
}

function repositoriesIn({ backups }: State, vault: VaultId, hasFacility: boolean): readonly RepositoryName[] {
  const names = new Set<RepositoryName>(hasFacility ? [FACILITY] : []);
  for (const { project, copies } of backups.taken.values())
    if (!backups.keysDestroyed.has(project) && copies.some((copy) => copy.vault === vault)) names.add(project);
  return [...names];
}

interface Tried {
  readonly at: number;
  /** In a row, and why. */
  readonly failure?: { readonly code: string; readonly tries: number };
}

export interface BucketLocks {
  /** One round, or one report, if one is due; whether anything was recorded. */
  next(options: JobOptions): Promise<boolean>;
}

export function keepBucketLocks(parts: OffsiteParts): BucketLocks {
  const tried = new Map<string, Tried>();

  const isTimely = (one: Named): boolean => parts.now() - (tried.get(keyOf(one))?.at ?? -Infinity) >= AGAIN_MS;

  async function failed(one: Named, note: LockNote | undefined, cause: unknown): Promise<boolean> {
    const { tries = 0 } = tried.get(keyOf(one))?.failure ?? known(parts, one)?.failure ?? {};
    const { code } = cause instanceof Fault ? cause : { code: 'fault' };
    const failure = { code: code.slice(0, 60), tries: tries + 1 };
    tried.set(keyOf(one), { at: parts.now(), failure });
    parts.onTrouble(`the locks of ${one.repository} in ${one.vault.name} were not looked after`, cause);
    return tell(parts, one, note, failure);
  }

  async function round(one: BucketRepository, note: LockNote | undefined, options: JobOptions): Promise<boolean> {
    try {
      const isOn = await extend(parts, one, options);
      tried.set(keyOf(one), { at: parts.now() });
      return isOn;
    } catch (cause) {
      options.signal?.throwIfAborted();
      return failed(one, readLockNote(one.place) ?? note, cause);
    }
  }

  /** With what the newest round noted, the locks that run out first before the others. Of one that nobody here can reach that is said. */
  async function placed(all: readonly Named[]): Promise<readonly Placed[]> {
    const found: Placed[] = [];
    for (const one of all) {
      try {
        const place = bucketOf(parts.data, one);
        found.push({ one: { ...one, place }, note: readLockNote(place) });
      } catch (cause) {
        if (isTimely(one)) await failed(one, undefined, cause);
      }
    }
    return found.sort((a, b) => (a.note?.soonest ?? 0) - (b.note?.soonest ?? 0));
  }

  return {
    async next(options) {
      const all = namedIn(parts.data, parts.engine.state());
      forget(tried, new Set(all.map(keyOf)));
      for (const { one, note } of await placed(all)) {
        const isDue = isRoundDue(note, one.place, parts.now());
        if (isDue && isTimely(one) && (await round(one, note, options))) return true;
        if (!isDue && (await tell(parts, one, note))) return true;
      }
      return false;
    },
  };
}

interface Placed {
  readonly one: BucketRepository;
  readonly note: LockNote | undefined;
}

function keyOf({ vault, repository }: Named): string {
  return `${vault.id} ${repository}`;
}

function forget(tried: Map<string, Tried>, there: ReadonlySet<string>): void {
  for (const key of tried.keys()) if (!there.has(key)) tried.delete(key);
}

async function extend({ engine, by }: OffsiteParts, one: BucketRepository, options: JobOptions): Promise<boolean> {
  const { vault, place } = one;
  const answer = await runJob({ kind: 'keep-locked', place: { kind: 's3', ...place } }, options);
  const { objects, objectsSha256, lockedUntil } = answer;
  if (lockedUntil === undefined) return false;
  const data = { objects, lockedUntil, objectsSha256 };
  const entry = { kind: 'vault.locks-extended', stream: 'facility', by, about: { vault: vault.id }, data };
  await engine.record([entry as Draft]); // the fields belong together by the schema of its kind
  return true;
}

function projectOf({ repository }: Named): ProjectId | undefined {
  return repository === FACILITY ? undefined : repository;
}

function known({ engine }: OffsiteParts, one: Named) {
  return bucketLocksOf(engine.state().backups.vaults.get(one.vault.id), projectOf(one));
}

/** How they stand now, if the ledger does not know it. */
async function tell(
  parts: OffsiteParts,
  one: Named,
  measured: LockNote | undefined,
  failure?: { readonly code: string; readonly tries: number },
): Promise<boolean> {
  const { lockDays } = one.vault;
  const now = { measured, lockDays, ...(failure === undefined ? {} : { failure }) };
  const report = locksToReport(known(parts, one), now);
  if (report === undefined) return false;
  const project = projectOf(one);
  const about = { vault: one.vault.id, ...(project === undefined ? {} : { project }) };
  await record(parts, { kind: 'report-locks', ...about, ...report });
  return true;
}
