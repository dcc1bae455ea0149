/** Recoveries that an approval could still complete. */
import { DAY_MS, RECOVERY_APPROVALS, RECOVERY_DAYS_MAX } from '#model/limits.ts';
import type { Recovery } from '#model/state.ts';

export function isOpenRecovery({ approvals, askedAt, withdrawnAt }: Recovery, at: number): boolean {
  return (
    withdrawnAt === undefined && approvals.length < RECOVERY_APPROVALS && at < askedAt + RECOVERY_DAYS_MAX * DAY_MS
  );
}
