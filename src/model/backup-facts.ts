/** What can be asked of the backups of a state: what is held, in use, still readable. */
import type { Backup, BackupPolicy, Vault } from '#model/backup-state.ts';
import type { State } from '#model/state.ts';
import type { PolicyId, ProjectId, VaultId } from '#std/ids.ts';
import type { Refused } from '#std/refused.ts';
import { refused } from '#std/refused.ts';

/** What is in the vaults of this project can't be read by anybody any more. */
export function keysGone(): Refused {
  return refused(
    'keys-destroyed',
    'The keys of this project’s backups were destroyed.',
    'Nothing of it comes back from here: ask whom it was delivered to.',
  );
}

export function nothingToDrill(): Refused {
  return refused(
    'nothing-to-drill',
    'There is no snapshot under this policy to restore from.',
    'Take one first: picturelock backup now PROJECT.',
  );
}

/** One that was taken and is not gone. */
export function hasSnapshot({ backups }: State, policy: PolicyId): boolean {
  return backups.taken.some((one) => one.policy === policy && one.standing === 'taken');
}

export function isHeld(state: State, project: ProjectId): boolean {
  return state.backups.holds.some((hold) => hold.project === project);
}

export function liveVault(state: State, id: VaultId): Vault | undefined {
  const vault = state.backups.vaults.get(id);
  return vault?.standing === 'in-use' ? vault : undefined;
}

/** Whether we write there ourselves. A second site over the network pulls by itself, with credentials that nobody here has. */
export function isWritten({ nature, address }: Pick<Vault, 'nature' | 'address'>): boolean {
  return address.startsWith('file:') || address.startsWith('s3:') || (nature === 'local' && /^https?:/.test(address));
}

/** A vault that fills itself from one of ours, and may be read from here. */
export function isPulled(vault: Pick<Vault, 'nature' | 'address'>): boolean {
  return !isWritten(vault) && vault.address.startsWith('https:');
}

export function livePolicy(state: State, id: PolicyId): BackupPolicy | undefined {
  const policy = state.backups.policies.get(id);
  return policy?.endedAt === undefined ? policy : undefined;
}

/** Where a snapshot lies: the vault that it was taken to first, then those that got copies; without those that have it no more. */
export function vaultsWith({ vault, copies, goneFrom = [] }: Backup): readonly VaultId[] {
  const ids = new Set([vault, ...copies.map((copy) => copy.vault)]);
  return [...ids].filter((id) => !goneFrom.includes(id));
}
