/** What is reported of vaults as it stands now: locks of buckets, and what a second vault found wrong at the first one. */
import { liveVault } from '#model/backup-facts.ts';
import { withBackups } from '#model/backup.ts';
import { alreadyDone, unknown } from '#model/refusals.ts';
import type { BucketLocks, Vault } from '#model/backup-state.ts';
import type { State } from '#model/state.ts';
import { decided, draft, present } from '#model/transition.ts';
import type { Deciders, Evolvers } from '#model/transition.ts';
import type { ProjectId, VaultId } from '#std/ids.ts';

export const vaultReportsEvolve = {
  'vault.locks-reported': (state, { about, data, at }) =>
    withVault(state, about.vault, (vault) => {
      const others = (vault.bucketLocks ?? []).filter(({ project }) => project !== about.project);
      const locks = present<BucketLocks>({ ...data, project: about.project, at });
      return { ...vault, bucketLocks: [...others, locks] };
    }),
  'vault.pull-found': (state, { about, data }) =>
    withVault(state, about.vault, (vault) =>
      present<Vault>({ ...vault, pullFound: data.count === 0 ? undefined : data }),
    ),
} satisfies Evolvers;

function withVault(state: State, id: VaultId | undefined, change: (vault: Vault) => Vault): State {
  const vault = id === undefined ? undefined : state.backups.vaults.get(id);
  if (vault === undefined) return state;
  return withBackups(state, (backups) => ({ ...backups, vaults: backups.vaults.set(vault.id, change(vault)) }));
}

/** Of a project's repository there, or without one of the facility's own. */
export function bucketLocksOf(vault: Vault | undefined, project: ProjectId | undefined): BucketLocks | undefined {
  return vault?.bucketLocks?.find((one) => one.project === project);
}

export const vaultReportsDecide = {
  'report-locks': (state, command, asked) => {
    const { kind: _, vault, project, ...data } = command;
    if (liveVault(state, vault) === undefined) return unknown('vault');
    if (project !== undefined && !state.projects.has(project)) return unknown('project');
    const about = project === undefined ? { vault } : { vault, project };
    return decided(draft(asked, 'vault.locks-reported', project ?? 'facility', about, data));
  },
  'report-pull-findings': (state, command, asked) => {
    const { kind: _, vault, ...data } = command;
    const known = liveVault(state, vault);
    if (known === undefined) return unknown('vault');
    const same = (known.pullFound?.count ?? 0) === data.count;
    if (same && textOf(known.pullFound?.findings) === textOf(data.findings))
      return alreadyDone('This is known of the vault.');
    return decided(draft(asked, 'vault.pull-found', 'facility', { vault }, data));
  },
} satisfies Deciders;

function textOf(findings: NonNullable<Vault['pullFound']>['findings'] = []): string {
  return findings.map(({ code, object }) => `${code} ${object}`).join('\n');
}
