/** What a drill is of: by turns the newest clean snapshot, an older one that nobody foresees, a drawn sample, the whole project. Pure. */
import { vaultsWith } from '#model/backup-facts.ts';
import type { Backup, Drill } from '#model/backup-state.ts';
import type { State } from '#model/state.ts';
import { snapshotsOf } from '#plan/backup/choose-snapshot.ts';
import type { VaultId } from '#std/ids.ts';

/** Every so many drills of a policy's copy in a vault the whole project is restored, and every so many an older snapshot at random. */
export const WHOLE_ONE_IN = 5;
export const RANDOM_ONE_IN = 4;

export interface DrillChoice {
  readonly backup: Backup;
  readonly why: 'newest' | 'newest-clean' | 'random';
  readonly plan: 'sample' | 'whole-project';
}

/** `seed` is hex, and not known before the drill begins. Undefined when the policy has no snapshot yet. */
export function drillChoice(state: State, { policy, project, vault }: Drill, seed: string): DrillChoice | undefined {
  const { drilled = [] } = state.backups.policies.get(policy) ?? {};
  const past = drilled.find((one) => one.vault === vault)?.count ?? 0;
  const plan = past % WHOLE_ONE_IN === WHOLE_ONE_IN - 1 ? ('whole-project' as const) : ('sample' as const);
  const known = snapshotsOf(state, { project }).filter((backup) => backup.policy === policy);
  const here = known.filter((backup) => holdsIt(vault, backup));
  // A vault that lacks them all is tried with the newest one, so that the record says so.
  const all = here.length === 0 ? known : here;
  const clean = all.filter(({ suspect }) => !suspect);
  const older = clean.slice(1);
  if (past % RANDOM_ONE_IN === RANDOM_ONE_IN - 1 && older.length > 0) {
    const backup = older[Number.parseInt(seed.slice(0, 8) || '0', 16) % older.length];
    if (backup !== undefined) return { backup, why: 'random' as const, plan };
  }
  // Where an alarm is about every one of them, the way back is still to be proved.
  const [backup = all[0]] = clean;
  return backup === undefined ? undefined : { backup, why: newestOr(all, backup), plan };
}

/** Of an older snapshot's age nothing follows about what would be lost today. */
export function newestCleanAt(state: State, { policy, project, vault }: Drill): number | undefined {
  const here = snapshotsOf(state, { project, clean: true }).filter(
    (one) => one.policy === policy && holdsIt(vault, one),
  );
  return here[0]?.taken?.startedAt;
}

export function holdsIt(vault: VaultId, backup: Backup): boolean {
  return vaultsWith(backup).includes(vault);
}

function newestOr(all: readonly Backup[], backup: Backup): 'newest' | 'newest-clean' {
  return all[0]?.id === backup.id ? 'newest' : 'newest-clean';
}
