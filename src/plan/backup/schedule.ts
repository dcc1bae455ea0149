/**
 * When each policy is due. Pure: whoever runs backups asks with the time and looks again at `nextLook`.
 *
 * - A backup is due `everyMs` after the beginning of the newest one; at once when there is none.
 * - After a failure the next try waits, longer after each one, so that a vault that is away is not hammered.
 * - A drill is due `drillEveryMs` after the newest one that held. Which copy it reads goes round: each vault has its turn.
 */
import { dueAtOf } from '#model/backup-due.ts';
import { livePolicy, vaultsWith } from '#model/backup-facts.ts';
import { DAY_MS, HOUR_MS, MINUTE_MS, TIME_MAX } from '#model/limits.ts';
import type { Backup, BackupPolicy, Drill } from '#model/backup-state.ts';
import type { State } from '#model/state.ts';
import type { VaultId } from '#std/ids.ts';

export const DRILL_EVERY_MS = 30 * DAY_MS;
const RETRY_MS_MIN = MINUTE_MS;
const RETRY_MS_MAX = HOUR_MS;
const DOUBLINGS_MAX = 8;

export interface DueBackup {
  readonly policy: BackupPolicy;
  readonly dueAt: number;
  readonly vault: VaultId;
}

export interface DueDrill {
  readonly policy: BackupPolicy;
  readonly vault: VaultId;
}

export interface Schedule {
  readonly backups: readonly DueBackup[];
  readonly drills: readonly DueDrill[];
  /** The earliest time at which this could read differently with no further entry. */
  readonly nextLook: number;
}

export function readSchedule(state: State, at: number): Schedule {
  const [backups, drills]: [DueBackup[], DueDrill[]] = [[], []];
  let nextLook = TIME_MAX;
  const ahead = (time: number): boolean => {
    if (time > at) nextLook = Math.min(nextLook, time);
    return time > at;
  };
  for (const policy of livePolicies(state)) {
    const dueAt = dueAtOf(policy);
    const isRunning = state.backups.taken.some((one) => one.policy === policy.id && one.standing === 'running');
    const [vault] = policy.vaults;
    if (!isRunning && vault !== undefined && !ahead(Math.max(dueAt, retryAt(state, policy))))
      backups.push({ policy, dueAt, vault });
    const drill = drillOf(state, policy, ahead);
    if (drill !== undefined) drills.push(drill);
  }
  return { backups, drills, nextLook };
}

function livePolicies(state: State): readonly BackupPolicy[] {
  return [...state.backups.policies.values()].filter(
    ({ id, project }) =>
      livePolicy(state, id) !== undefined && state.projects.has(project) && !state.backups.keysDestroyed.has(project),
  );
}

/** After the newest failures in a row: a minute, two, four ... an hour. */
function retryAt({ backups }: State, { id }: BackupPolicy): number {
  const ended = [...backups.taken.values()]
    .filter(({ policy, standing }) => policy === id && standing !== 'running')
    .sort((a, b) => b.begunAt - a.begunAt);
  const good = ended.findIndex(({ standing }) => standing !== 'failed');
  const failures = good === -1 ? ended.length : good;
  return failures === 0 ? 0 : (ended[0]?.begunAt ?? 0) + waitAfter(failures);
}

function waitAfter(failures: number): number {
  return Math.min(RETRY_MS_MIN * 2 ** Math.min(failures - 1, DOUBLINGS_MAX), RETRY_MS_MAX);
}

function drillOf(state: State, policy: BackupPolicy, ahead: (time: number) => boolean): DueDrill | undefined {
  const { id, lastBackup, lastDrillAt, drillEveryMs = DRILL_EVERY_MS } = policy;
  const backup = lastBackup === undefined ? undefined : state.backups.taken.get(lastBackup);
  if (backup?.taken === undefined) return undefined;
  const drills = [...state.backups.drills.values()].filter((drill) => drill.policy === id);
  if (drills.some(({ result }) => result === undefined)) return undefined;
  const failed = drills.filter(({ begunAt, result }) => result?.held === false && begunAt > (lastDrillAt ?? 0)).length;
  const newest = Math.max(0, ...drills.map(({ begunAt }) => begunAt));
  const first = lastDrillAt === undefined ? backup.begunAt : lastDrillAt + drillEveryMs;
  if (ahead(failed === 0 ? first : newest + waitAfter(failed))) return undefined;
  return { policy, vault: nextVault(policy, backup, drills) };
}

/** The copy whose last drill is longest ago, of those that hold the snapshot. */
function nextVault({ vaults }: BackupPolicy, backup: Backup, drills: readonly Drill[]): VaultId {
  const there = vaultsWith(backup);
  const holding = vaults.filter((vault) => there.includes(vault));
  const lastAt = (vault: VaultId): number =>
    Math.max(0, ...drills.filter((drill) => drill.vault === vault).map(({ begunAt }) => begunAt));
  return holding.toSorted((a, b) => lastAt(a) - lastAt(b))[0] ?? backup.vault;
}
