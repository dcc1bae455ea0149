/**
 * When a policy's next backup is due, and from when on it is late. Lateness is noted by the engine's own clock: a backup service that is dead
 * does not say so itself.
 *
 * - A backup is due `everyMs` after the beginning of the newest one; at once when there is none.
 * - It is late a quarter of that later, an hour at most, and in any case when the newest snapshot is older than the loss that was accepted.
 */
import type { Command } from '#model/commands.ts';
import { HOUR_MS } from '#model/limits.ts';
import type { BackupPolicy } from '#model/backup-state.ts';
import type { State } from '#model/state.ts';

const LATE_GRACE_MS_MAX = HOUR_MS;

export function dueAtOf({ lastTakenAt, everyMs, setAt }: BackupPolicy): number {
  return lastTakenAt === undefined ? setAt : lastTakenAt + everyMs;
}

export function lateAtOf(policy: BackupPolicy): number {
  const { everyMs, rpoMs, lastTakenAt, setAt } = policy;
  const grace = Math.min(everyMs / 4, LATE_GRACE_MS_MAX);
  return Math.round(Math.min(dueAtOf(policy) + grace, (lastTakenAt ?? setAt) + rpoMs));
}

/** Each lateness once: a policy remembers which due time was noted. */
export function* backupsDue({ backups }: State): Iterable<{ readonly at: number; readonly command: () => Command }> {
  for (const policy of backups.policies.values()) {
    const dueAt = dueAtOf(policy);
    if (policy.endedAt !== undefined || policy.lateFor === dueAt) continue;
    yield { at: lateAtOf(policy), command: () => ({ kind: 'note-late-backup', policy: policy.id, dueAt }) };
  }
}
