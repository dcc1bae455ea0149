/** Drills that held and measured more than a policy wants: restoring takes longer, or loses more, from the copy that was drilled. */
import type { Trouble } from './troubles.ts';
import type { BackupPolicy, Drill, Vault } from '#model/backup-state.ts';

const UNITS = [
  ['d', 86_400_000],
  ['h', 3_600_000],
  ['min', 60_000],
] as const;

/** `newest`: the newest drill of the policy that ended, from this vault. */
export function measuredTroubles(
  { project, rtoMs, rpoMs }: BackupPolicy,
  alias: string,
  vault: Vault,
  newest: Drill | undefined,
): readonly Trouble[] {
  const result = newest?.result;
  if (result?.held !== true || vault.standing !== 'in-use') return [];
  const about = { weight: 'look', project, vault: vault.id } as const;
  const slow: readonly Trouble[] =
    result.rtoMs > rtoMs
      ? [
          {
            ...about,
            code: 'rto-missed',
            says: `restoring ${alias} from ${vault.name} takes ${spanOf(result.rtoMs)} by its newest drill; ${spanOf(rtoMs)} is wanted`,
            next: 'a faster way to that vault, or a policy that accepts the time: see Backups, Drills',
          },
        ]
      : [];
  const old: readonly Trouble[] =
    result.rpoMs > rpoMs
      ? [
          {
            ...about,
            code: 'rpo-missed',
            says: `the newest drill of ${alias} from ${vault.name} would have lost ${spanOf(result.rpoMs)} of work; ${spanOf(rpoMs)} is wanted`,
            next: 'see why that copy was behind: picturelock backup offsite',
          },
        ]
      : [];
  return [...slow, ...old];
}

/** Never less than it is. */
function spanOf(ms: number): string {
  const [name, unit] = UNITS.find(([, size]) => ms >= 2 * size) ?? ['s', 1000];
  return `${Math.ceil(ms / unit)} ${name}`;
}
