/** Copies to further vaults that are not made, and the facility's own copies: what is known of each vault. */
import { liveVault } from '#model/backup-facts.ts';
import { aboutOf, withBackups } from '#model/backup.ts';
import type { DataOf } from '#model/events.ts';
import { unknown } from '#model/refusals.ts';
import type { BackupPolicy, CopyTrouble, FacilityCopy, Vault } from '#model/backup-state.ts';
import type { State } from '#model/state.ts';
import { decided, draft, present } from '#model/transition.ts';
import type { Deciders, Evolvers } from '#model/transition.ts';
import type { BackupId, VaultId } from '#std/ids.ts';

export const copyingEvolve = {
  'backup.copy-failed': (state, { about, data, at }) => {
    const { vault, backup } = about;
    if (vault === undefined) return state;
    if (backup === undefined)
      return withVault(state, vault, (known) => ({
        ...known,
        facilityTrouble: troubleOf(known.facilityTrouble, data, at),
      }));
    return withPolicyOf(state, backup, (policy) => {
      const [before] = (policy.copyTroubles ?? []).filter((one) => one.vault === vault);
      const others = (policy.copyTroubles ?? []).filter((one) => one.vault !== vault);
      return { ...policy, copyTroubles: [...others, { vault, ...troubleOf(before, data, at) }] };
    });
  },
  'facility.copied': (state, { about, at }) =>
    withVault(state, about.vault, (vault) =>
      present<Vault>({
        ...vault,
        facility: present<FacilityCopy>({ ...vault.facility, firstAt: vault.facility?.firstAt ?? at, at }),
        facilityTrouble: undefined,
      }),
    ),
  'facility.drilled': (state, { about, data, at }) =>
    withVault(state, about.vault, (vault) => {
      const { held, why, second } = data;
      const drill = present<NonNullable<FacilityCopy['drill']>>({ at, held, why, second: second?.tool });
      return { ...vault, facility: { firstAt: at, at, ...vault.facility, drill } };
    }),
} satisfies Evolvers;

function troubleOf(
  before: CopyTrouble | undefined,
  { code, tries }: DataOf<'backup.copy-failed'>,
  at: number,
): CopyTrouble {
  return { since: before?.since ?? at, at, code, tries: Math.max(tries, (before?.tries ?? 0) + 1) };
}

function withVault(state: State, id: VaultId | undefined, change: (vault: Vault) => Vault): State {
  const vault = id === undefined ? undefined : state.backups.vaults.get(id);
  if (vault === undefined) return state;
  return withBackups(state, (backups) => ({ ...backups, vaults: backups.vaults.set(vault.id, change(vault)) }));
}

function withPolicyOf(state: State, id: BackupId, change: (policy: BackupPolicy) => BackupPolicy): State {
  const backup = state.backups.taken.get(id);
  const policy = backup === undefined ? undefined : state.backups.policies.get(backup.policy);
  if (policy === undefined) return state;
  return withBackups(state, (backups) => ({ ...backups, policies: backups.policies.set(policy.id, change(policy)) }));
}

export const copyingDecide = {
  'record-copy-failure': (state, command, asked) => {
    const { kind: _, vault, backup: id, ...data } = command;
    if (liveVault(state, vault) === undefined) return unknown('vault');
    if (id === undefined) return decided(draft(asked, 'backup.copy-failed', 'facility', { vault }, data));
    const backup = state.backups.taken.get(id);
    if (backup === undefined) return unknown('backup');
    return decided(draft(asked, 'backup.copy-failed', backup.project, { ...aboutOf(backup), vault }, data));
  },
  'record-facility-copy': (state, command, asked) => {
    const { kind: _, vault, ...data } = command;
    if (liveVault(state, vault) === undefined) return unknown('vault');
    return decided(draft(asked, 'facility.copied', 'facility', { vault }, data));
  },
  'record-facility-drill': (state, command, asked) => {
    const { kind: _, vault, ...data } = command;
    if (liveVault(state, vault) === undefined) return unknown('vault');
    return decided(draft(asked, 'facility.drilled', 'facility', { vault }, data));
  },
} satisfies Deciders;
