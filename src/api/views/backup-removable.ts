/** Which snapshots have had their time in a vault: what may be asked to go, oldest first. The rules are asked again when it is done. */
import { isHeld } from '#model/backup-facts.ts';
import { DAY_MS } from '#model/limits.ts';
import type { Backup } from '#model/backup-state.ts';
import type { State } from '#model/state.ts';
import { takenAt } from '#plan/backup/choose-snapshot.ts';
import type { BackupId, ProjectId, VaultId } from '#std/ids.ts';

export interface Removable {
  readonly backup: BackupId;
  readonly snapshot: string;
  readonly project: ProjectId;
  readonly showsAt: number;
  readonly addedBytes: number;
}

export function removable(state: State, vault: VaultId, at: number): readonly Removable[] {
  const asked = new Set(
    [...state.backups.prunes.values()]
      .filter((prune) => prune.vault === vault && (prune.standing === 'asked' || prune.standing === 'approved'))
      .flatMap(({ snapshots }) => snapshots),
  );
  return [...state.backups.taken.values()]
    .filter((backup) => isFree(state, backup, vault, at))
    .flatMap((backup) => {
      const { id, project, taken } = backup;
      if (taken === undefined || asked.has(taken.snapshot)) return [];
      const { snapshot, addedBytes } = taken;
      return [{ backup: id, snapshot, project, showsAt: takenAt(backup), addedBytes }];
    })
    .toSorted((a, b) => a.showsAt - b.showsAt);
}

function isFree(state: State, backup: Backup, vault: VaultId, at: number): boolean {
  const { project, standing, copies } = backup;
  const policy = state.backups.policies.get(backup.policy);
  const copy = copies.find((one) => one.vault === vault);
  if (standing !== 'taken' || policy === undefined || copy === undefined) return false;
  return (
    !isHeld(state, project) &&
    copy.lockedUntil <= at &&
    takenAt(backup) + policy.keepDays * DAY_MS <= at &&
    policy.lastBackup !== backup.id
  );
}
