/** The little of a facility that a restore looks at: one vault that is a folder, one snapshot in it. */
import type { RestoreParts } from '#host/backup/run-restore.ts';
import type { BackupId, ProjectId, RestoreId, VaultId } from '#std/ids.ts';

export interface RestoreWish {
  readonly data: string;
  readonly project: ProjectId;
  readonly restore: RestoreId;
  readonly backup: BackupId;
  readonly snapshot: string;
  /** The first one took it, the others hold copies; each with the address of its folder. */
  readonly vaults: readonly { readonly id: VaultId; readonly address: string }[];
  readonly path: string;
  readonly mode: 'aside' | 'in-place';
  /** Mixed with this older one, which no alarm is about. */
  readonly older?: { readonly backup: BackupId; readonly snapshot: string };
}

export function stateOf({ data, vaults, older, ...wish }: RestoreWish): RestoreParts {
  const { restore: id, backup, project, snapshot, path, mode } = wish;
  const [first, ...others] = vaults.map((one) => one.id);
  const copies = others.map((vault) => ({ vault }));
  const about = { project, vault: first, copies, standing: 'taken', policy: 'the policy' };
  const taken = { ...about, id: backup, suspect: older !== undefined, taken: { snapshot, startedAt: 2 } };
  const before =
    older === undefined
      ? []
      : [{ ...about, id: older.backup, suspect: false, taken: { snapshot: older.snapshot, startedAt: 1 } }];
  const backups = {
    taken: new Map([taken, ...before].map((one) => [one.id, one])),
    policies: new Map(),
    vaults: new Map(vaults.map((one) => [one.id, { ...one, standing: 'in-use', nature: 'local', lockDays: 1 }])),
  };
  const restore = { id, backup, project, snapshot, path, mode, newestClean: older !== undefined };
  return {
    data,
    engine: { state: () => ({ backups }), search: () => Promise.reject(new Error('nothing is searched for')) },
    restore,
  } as unknown as RestoreParts; // a restore of one snapshot looks at no more of the state than this
}
