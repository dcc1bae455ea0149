/**
 * What somebody should look at about backups, out of the state and a time: the same list for `backup status`, for Today, and for whoever watches from outside.
 * Each has a stable code, words, and what to do next. `note` is worth knowing and no reason to leave with 1.
 */
import { lateAtOf } from '#model/backup-due.ts';
import { isPulled, isWritten, vaultsWith } from '#model/backup-facts.ts';
import type { BackupPolicy, Vault } from '#model/backup-state.ts';
import type { State } from '#model/state.ts';
import { snapshotsOf, takenAt } from '#plan/backup/choose-snapshot.ts';
import { drillTroubles, isOverdue, OVERDUE_MS_MAX, SECOND_NEXT } from '#plan/backup/drill-troubles.ts';
import { offsiteTroubles } from '#plan/backup/off-site-troubles.ts';
import { DRILL_EVERY_MS } from '#plan/backup/schedule.ts';
import type { ProjectId, VaultId } from '#std/ids.ts';

export type TroubleCode =
  | 'alarm'
  | 'late'
  | 'no-backup'
  | 'attributes-lack'
  | 'files-unread'
  | 'copy-behind'
  | 'copy-failing'
  | 'drill-failed'
  | 'drill-overdue'
  | 'drill-room'
  | 'drill-walls'
  | 'drill-second-tool'
  | 'facility-not-copied'
  | 'facility-not-seen'
  | 'facility-copy-failing'
  | 'facility-drill-failed'
  | 'facility-drill-overdue'
  | 'clock-doubt'
  | 'vault-damage'
  | 'rto-missed'
  | 'rpo-missed'
  | 'locks-failing'
  | 'locks-overdue'
  | 'bucket-touched'
  | 'first-vault-changed'
  | 'escrow-missing'
  | 'escrow-old';

export interface Trouble {
  readonly code: TroubleCode;
  readonly weight: 'look' | 'note';
  readonly project?: ProjectId;
  readonly vault?: VaultId;
  readonly says: string;
  /** What to do: a command, or a page. */
  readonly next: string;
}

/** A copy that failed so often was no passing trouble. */
export const COPY_TRIES_MAX = 3;

/** When the facility's password was last shared out; `never` when it was not. Left out where nobody knows. */
export type EscrowAt = number | 'never';

export function backupTroubles(state: State, at: number, escrowAt?: EscrowAt): readonly Trouble[] {
  const live = [...state.backups.policies.values()].filter(
    ({ endedAt, project }) => endedAt === undefined && !state.backups.keysDestroyed.has(project),
  );
  const vaults = [...state.backups.vaults.values()].filter(({ standing }) => standing === 'in-use');
  return [
    ...alarmed(state),
    ...live.flatMap((policy) => policyTroubles(state, policy, at)),
    ...vaults.flatMap((vault) => [...vaultTroubles(vault, live, at), ...offsiteTroubles(state, vault, at)]),
    ...unprotected(state, live),
    ...escrowTroubles(vaults, escrowAt),
  ];
}

function alarmed(state: State): readonly Trouble[] {
  return [...state.backups.alarms.values()]
    .filter(({ settled }) => settled === undefined)
    .map(({ project, vault, signs }) => ({
      code: 'alarm',
      weight: 'look',
      ...(project === undefined ? {} : { project }),
      ...(vault === undefined ? {} : { vault }),
      says: `${subjectOf(state, project, vault)} looks as if it was attacked: ${signs[0]?.says ?? 'no sign was named'}. Nothing is removed anywhere meanwhile`,
      next: 'see Backups, Alarms',
    }));
}

function subjectOf(state: State, project: ProjectId | undefined, vault: VaultId | undefined): string {
  if (project !== undefined) return aliasOf(state, project);
  const name = vault === undefined ? undefined : state.backups.vaults.get(vault)?.name;
  return `the facility’s own copy in ${name ?? 'a vault'}`;
}

function policyTroubles(state: State, policy: BackupPolicy, at: number): readonly Trouble[] {
  const alias = aliasOf(state, policy.project);
  const late: readonly Trouble[] =
    lateAtOf(policy) < at
      ? [
          {
            code: 'late',
            weight: 'look',
            project: policy.project,
            says: `no snapshot of ${alias} came in time (${policy.name})`,
            next: `picturelock backup now ${alias}`,
          },
        ]
      : [];
  return [
    ...late,
    ...newestTroubles(state, policy, alias),
    ...policy.vaults.flatMap((vault) => copyTroubles(state, policy, vault, at)),
    ...drillTroubles(state, policy, alias, at),
  ];
}

/** Of a live project some files change while they are read; so many are a storage that does not answer. */
const UNSTEADY_MANY = 10_000;

/** What the newest snapshot lacks of what is there. */
function newestTroubles(state: State, policy: BackupPolicy, alias: string): readonly Trouble[] {
  const newest = snapshotsOf(state, { project: policy.project }).find((one) => one.policy === policy.id);
  if (newest?.taken === undefined) return [];
  const { files, unsteady, attributesLack } = newest.taken;
  const about = { weight: 'look', project: policy.project } as const;
  const found: Trouble[] = [];
  if (unsteady > UNSTEADY_MANY || unsteady > files)
    found.push({
      ...about,
      code: 'files-unread',
      says: `${unsteady} files changed or could not be read when the newest snapshot of ${alias} was taken; it has ${files}`,
      next: `see that the storage is there and may be read, then picturelock backup now ${alias}`,
    });
  if (attributesLack !== undefined)
    found.push({
      ...about,
      code: 'attributes-lack',
      says: `the newest snapshot of ${alias} lacks extended attributes and access lists: ${attributesLack}`,
      next: 'see that Debian’s package attr is installed and the storage gives them: docs/operate/082-backups.md',
    });
  return found;
}

function copyTroubles(state: State, policy: BackupPolicy, id: VaultId, at: number): readonly Trouble[] {
  const vault = state.backups.vaults.get(id);
  if (vault?.standing !== 'in-use') return [];
  const about = { weight: 'look', project: policy.project, vault: id } as const;
  const alias = aliasOf(state, policy.project);
  const next = `see that ${vault.name} can be reached; what is owed is tried again by itself`;
  const failing = policy.copyTroubles?.find((one) => one.vault === id);
  if (failing !== undefined && failing.tries >= COPY_TRIES_MAX)
    return [
      {
        ...about,
        code: 'copy-failing',
        says: `${alias} was not copied to ${vault.name}, ${failing.tries} tries (${failing.code})`,
        next,
      },
    ];
  return isBehind(state, policy, id, at)
    ? [
        {
          ...about,
          code: 'copy-behind',
          says: `the copy of ${alias} in ${vault.name} is further behind than is wanted`,
          next,
        },
      ]
    : [];
}

/** A newer snapshot exists that this vault lacks, and what it has is older than the loss that was accepted. */
function isBehind(state: State, policy: BackupPolicy, vault: VaultId, at: number): boolean {
  const own = snapshotsOf(state, { project: policy.project }).filter((one) => one.policy === policy.id);
  const there = own.find((one) => vaultsWith(one).includes(vault));
  if (own[0] === undefined || there === own[0]) return false;
  const shows = there === undefined ? policy.setAt : takenAt(there);
  return at - shows > policy.rpoMs;
}

function vaultTroubles(vault: Vault, live: readonly BackupPolicy[], at: number): readonly Trouble[] {
  const about = { weight: 'look', vault: vault.id } as const;
  const { name, clockDoubt, damage } = vault;
  return [
    ...(clockDoubt === undefined
      ? []
      : [
          {
            ...about,
            code: 'clock-doubt' as const,
            says: `the clock of ${name} is doubted, so nothing expires there: ${clockDoubt}`,
            next: 'see Backups, Vaults',
          },
        ]),
    ...(damage === undefined
      ? []
      : [
          {
            ...about,
            code: 'vault-damage' as const,
            says: `${name} holds ${damage.count} damaged objects, ${damage.objects[0] ?? ''} first`,
            next: `picturelock backup heal PROJECT --vault ${name} --from ANOTHER`,
          },
        ]),
    ...facilityTroubles(vault, live, at),
  ];
}

/** What has to come back first: without its ledger and keys a facility's other copies open to nobody. */
function facilityTroubles(vault: Vault, live: readonly BackupPolicy[], at: number): readonly Trouble[] {
  const { id, name, facility, facilityTrouble } = vault;
  const about = { weight: 'look', vault: id } as const;
  if (facilityTrouble !== undefined && facilityTrouble.tries >= COPY_TRIES_MAX) {
    const says = `the facility itself was not copied to ${name}, ${facilityTrouble.tries} tries (${facilityTrouble.code})`;
    return [{ ...about, code: 'facility-copy-failing', says, next: 'picturelock backup facility' }];
  }
  const isWanted =
    isWritten(vault) && live.some(({ vaults, lastTakenAt }) => vaults.includes(id) && lastTakenAt !== undefined);
  if (facility === undefined && isWanted) {
    const says = `the facility itself was never copied to ${name}`;
    return [{ ...about, code: 'facility-not-copied', says, next: 'picturelock backup facility' }];
  }
  if (facility === undefined) return unseen(vault, at);
  if (facility.drill?.held === false) {
    const says = `the newest drill of the facility’s copy in ${name} failed: ${facility.drill.why ?? ''}`;
    return [
      { ...about, code: 'facility-drill-failed', says, next: `picturelock backup verify facility --vault ${name}` },
    ];
  }
  if (isOverdue(facility.drill?.at ?? facility.firstAt, DRILL_EVERY_MS, at)) {
    const says = `the facility’s copy in ${name} was not drilled for over a month`;
    return [{ ...about, code: 'facility-drill-overdue', says, next: 'see that the backup service runs' }];
  }
  if (facility.drill === undefined || facility.drill.second !== undefined) return [];
  const says = `in the newest drill of the facility’s copy in ${name} no second tool restored anything: there is no restic`;
  return [{ ...about, weight: 'note', code: 'drill-second-tool', says, next: SECOND_NEXT }];
}

/** Where people are sent when the house is lost: a copy that the house has never seen is promised by nobody. */
function unseen(vault: Vault, at: number): readonly Trouble[] {
  if (!isPulled(vault) || at <= vault.enrolledAt + OVERDUE_MS_MAX) return [];
  const says = `the facility’s copy in ${vault.name} was never seen from here, so no drill has read it`;
  const next = 'a token for its repository there, for drills: docs/operate/084-offsite.md';
  return [{ code: 'facility-not-seen', weight: 'look', vault: vault.id, says, next }];
}

function unprotected(state: State, live: readonly BackupPolicy[]): readonly Trouble[] {
  const covered = new Set(live.map(({ project }) => project));
  return [...state.projects.values()]
    .filter(({ id, standing }) => standing !== 'wrapped' && !covered.has(id))
    .map(({ id, alias }) => ({
      code: 'no-backup',
      weight: 'look',
      project: id,
      says: `${alias} has no backup`,
      next: `picturelock backup policy ${alias} --vault NAME`,
    }));
}

function escrowTroubles(vaults: readonly Vault[], escrowAt: EscrowAt | undefined): readonly Trouble[] {
  if (vaults.length === 0 || escrowAt === undefined) return [];
  const next = 'picturelock backup escrow --shares 3 --need 2 --out DIR';
  if (escrowAt === 'never') {
    const says = 'the password of the facility’s copies was never shared out: it dies with this machine';
    return [{ code: 'escrow-missing', weight: 'look', says, next }];
  }
  const newer = vaults.find(({ enrolledAt }) => enrolledAt > escrowAt);
  if (newer === undefined) return [];
  return [
    {
      code: 'escrow-old',
      weight: 'look',
      vault: newer.id,
      says: `${newer.name} was added after the shares were made`,
      next,
    },
  ];
}

function aliasOf(state: State, project: ProjectId): string {
  return state.projects.get(project)?.alias ?? project;
}
