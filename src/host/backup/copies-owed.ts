/**
 * Copies that are owed: of each policy's newest snapshot to every vault of the policy that is written from here, and of the facility itself to every such
 * vault there is. What is owed follows from the state, so it is done after a restart, too. Each is on its own: one vault that fails keeps no other one
 * waiting, is on record, and is tried again after a time that doubles up to an hour.
 */
import { copyFacility } from './facility-copy.ts';
import type { FacilityCopied } from './facility-copy.ts';
import { readFacilityCopies } from './notes.ts';
import { isWritten, vaultsWith } from '#model/backup-facts.ts';
import { failureWords, record } from './recording.ts';
import { performCopy } from './run-backup.ts';
import type { JobOptions } from './run-job.ts';
import type { BackupDeskParts } from './runbook-now.ts';
import type { CommandOf } from '#model/commands.ts';
import type { By } from '#model/events.ts';
import { HOUR_MS, MINUTE_MS } from '#model/limits.ts';
import type { Backup, Vault } from '#model/backup-state.ts';
import type { State } from '#model/state.ts';
import { backOff } from '#std/back-off.ts';

const AGAIN_MS = MINUTE_MS;
const AGAIN_MS_MAX = HOUR_MS;
/** The ledger is backed up after a backup, at most so often to each vault. */
const FACILITY_EVERY_MS = HOUR_MS;
/** Failures that are remembered; the ones of snapshots that are not the newest any more go first. */
const REMEMBERED_MAX = 1000;

export interface OwedParts extends BackupDeskParts {
  readonly by: By;
  onTrouble(what: string, cause: unknown): void;
}

export interface OwedCopies {
  /** Makes one of the copies of snapshots that are owed and not put off; whether anything was done. */
  next(options: JobOptions): Promise<boolean>;
  /** The same of the facility itself, to every vault at once. */
  nextFacility(options: JobOptions): Promise<boolean>;
  /** When something that failed is tried again; undefined when nothing waits. */
  nextTry(): number | undefined;
}

export interface Owed {
  readonly vault: Vault;
  /** The snapshot; undefined for the facility itself. */
  readonly backup: Backup | undefined;
}

export function copiesOwed(data: string, state: State, at: number): readonly Owed[] {
  return [...snapshotsOwed(state), ...facilityOwed(data, state, at)];
}

/** The place that got no copy of its policy for the longest time first: where snapshots come faster than copies are made, each has its turn. */
function snapshotsOwed(state: State): readonly Owed[] {
  const owed = allSnapshotsOwed(state);
  if (owed.length < 2) return owed;
  const lastAt = new Map<string, number>();
  for (const { policy, copies } of state.backups.taken.values())
    for (const { vault, at } of copies)
      lastAt.set(`${policy} ${vault}`, Math.max(at, lastAt.get(`${policy} ${vault}`) ?? 0));
  const copiedAt = ({ backup, vault }: Owed): number => lastAt.get(`${backup?.policy} ${vault.id}`) ?? 0;
  return owed.toSorted((a, b) => copiedAt(a) - copiedAt(b));
}

function allSnapshotsOwed({ backups }: State): readonly Owed[] {
  const owed: Owed[] = [];
  for (const { lastBackup, vaults, endedAt, project } of backups.policies.values()) {
    const backup = lastBackup === undefined ? undefined : backups.taken.get(lastBackup);
    if (
      backup?.taken === undefined ||
      backup.standing !== 'taken' ||
      endedAt !== undefined ||
      backups.keysDestroyed.has(project)
    )
      continue;
    for (const id of vaults) {
      const vault = backups.vaults.get(id);
      // What people let go from there is not brought back.
      const isThere = vaultsWith(backup).includes(id) || backup.goneFrom?.includes(id) === true;
      if (vault !== undefined && isInUse(vault) && !isThere) owed.push({ vault, backup });
    }
  }
  return owed;
}

function facilityOwed(data: string, { backups }: State, at: number): readonly Owed[] {
  const newest = Math.max(0, ...[...backups.taken.values()].map(({ taken }) => taken?.finishedAt ?? 0));
  const copied = new Map(readFacilityCopies(data).map((copy) => [copy.vault, copy.at]));
  return [...backups.vaults.values()].flatMap((vault) => {
    const copiedAt = copied.get(vault.id);
    const isNew = newest > (copiedAt ?? 0) && (copiedAt === undefined || at - copiedAt >= FACILITY_EVERY_MS);
    return isInUse(vault) && isNew ? [{ vault, backup: undefined }] : [];
  });
}

function isInUse(vault: Vault): boolean {
  return vault.standing === 'in-use' && isWritten(vault);
}

interface Failure {
  readonly tries: number;
  readonly againAt: number;
}

export function createOwedCopies(parts: OwedParts): OwedCopies {
  const { data, engine, clock } = parts;
  const failures = new Map<string, Failure>();

  function ready(owed: readonly Owed[]): readonly Owed[] {
    const now = clock.now();
    return owed.filter((one) => (failures.get(keyOf(one))?.againAt ?? 0) <= now);
  }

  async function failed(owed: Owed, cause: unknown): Promise<void> {
    const key = keyOf(owed);
    const tries = (failures.get(key)?.tries ?? 0) + 1;
    failures.delete(key);
    failures.set(key, { tries, againAt: clock.now() + backOff(tries, AGAIN_MS, AGAIN_MS_MAX) });
    const [oldest] = failures.keys();
    if (failures.size > REMEMBERED_MAX && oldest !== undefined) failures.delete(oldest);
    parts.onTrouble(`a copy to ${owed.vault.name} was not made, and is tried again`, cause);
    await engine.command(failureOf(owed, cause, tries), parts.by);
  }

  return {
    async next(options) {
      const [first] = ready(snapshotsOwed(engine.state()));
      if (first?.backup === undefined) return false;
      await settle(first, copySnapshot(parts, first.backup, first.vault, options));
      return true;
    },
    async nextFacility(options) {
      const all = ready(facilityOwed(data, engine.state(), clock.now()));
      if (all.length === 0) return false;
      const vaults = all.map(({ vault }) => vault);
      const outcomes = await copyFacility(parts, parts.by, vaults, options).catch((cause: unknown) => {
        options.signal?.throwIfAborted();
        return vaults.map((vault) => ({ vault, cause })); // before any of them: what failed holds for each
      });
      for (const one of outcomes) await settle({ vault: one.vault, backup: undefined }, settled(one));
      return true;
    },
    nextTry() {
      const now = clock.now();
      const owed = copiesOwed(data, engine.state(), now);
      const times = owed.map((one) => failures.get(keyOf(one))?.againAt ?? 0).filter((at) => at > now);
      return times.length === 0 ? undefined : Math.min(...times);
    },
  };

  async function settle(owed: Owed, work: Promise<void>): Promise<void> {
    try {
      await work;
      failures.delete(keyOf(owed));
    } catch (cause) {
      if (cause instanceof DOMException) throw cause; // the service ends: that is nobody's failure
      await failed(owed, cause);
    }
  }
}

function settled(one: FacilityCopied): Promise<void> {
  return 'taken' in one ? Promise.resolve() : Promise.reject(one.cause);
}

async function copySnapshot(parts: OwedParts, backup: Backup, vault: Vault, options: JobOptions): Promise<void> {
  const { data, engine, clock, by } = parts;
  try {
    const found = await performCopy({ data, backup, state: engine.state(), now: () => clock.now() }, vault, options);
    await record({ engine, by }, found);
  } catch (cause) {
    options.signal?.throwIfAborted();
    throw cause;
  }
}

function keyOf({ vault, backup }: Owed): string {
  return `${backup?.id ?? 'facility'} ${vault.id}`;
}

function failureOf({ vault, backup }: Owed, cause: unknown, tries: number): CommandOf<'record-copy-failure'> {
  const what = { ...failureWords(cause), tries };
  return {
    kind: 'record-copy-failure',
    vault: vault.id,
    ...(backup === undefined ? {} : { backup: backup.id }),
    ...what,
  };
}
