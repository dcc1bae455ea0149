/** Vaults, policies, snapshots and their copies: what must be kept, where it lies, until when nobody can remove it. */
import { keysGone, livePolicy, liveVault, vaultsWith } from '#model/backup-facts.ts';
import type { Asked, CommandOf } from '#model/commands.ts';
import { VAULT_WINDOW_MS_MAX } from '#model/limits.ts';
import { alreadyDone, badTime, takenId, unknown } from '#model/refusals.ts';
import type { Backup, BackupCopy, ReadBack, BackupPolicy, Backups, LegalHold, Vault } from '#model/backup-state.ts';
import type { State } from '#model/state.ts';
import { BACKUP_RECORDS_KEPT } from '#model/backup-state.ts';
import { decided, draft, present } from '#model/transition.ts';
import type { Decided, Deciders, Evolvers } from '#model/transition.ts';
import { assert } from '#std/assert.ts';
import type { BackupId, PolicyId, VaultId } from '#std/ids.ts';
import type { Refused } from '#std/refused.ts';
import { refused } from '#std/refused.ts';
import { Map as PMap } from 'immutable';

export const noBackups: Backups = {
  vaults: PMap(),
  policies: PMap(),
  taken: PMap(),
  holds: PMap(),
  restores: PMap(),
  drills: PMap(),
  alarms: PMap(),
  changes: PMap(),
  prunes: PMap(),
  keysDestroyed: PMap(),
  closings: PMap(),
};

export function withBackups(state: State, change: (backups: Backups) => Backups): State {
  return { ...state, backups: change(state.backups) };
}

/** The newest records stay in the state, those that `stays` keeps among them; the ledger has the others. */
export function newest<K, V>(
  records: PMap<K, V>,
  at: (record: V) => number,
  stays: (record: V) => boolean = () => false,
): PMap<K, V> {
  if (records.size <= BACKUP_RECORDS_KEPT) return records;
  let oldest: readonly [K, V] | undefined;
  for (const [key, record] of records) {
    if (!stays(record) && (oldest === undefined || at(record) < at(oldest[1]))) oldest = [key, record];
  }
  return oldest === undefined ? records : records.delete(oldest[0]);
}

function withVault(state: State, id: VaultId | undefined, change: (vault: Vault) => Vault): State {
  const vault = id === undefined ? undefined : state.backups.vaults.get(id);
  assert(vault !== undefined, 'an entry about a vault names one that is enrolled');
  return withBackups(state, (backups) => ({ ...backups, vaults: backups.vaults.set(vault.id, change(vault)) }));
}

function withPolicy(state: State, id: PolicyId | undefined, change: (policy: BackupPolicy) => BackupPolicy): State {
  const policy = id === undefined ? undefined : state.backups.policies.get(id);
  if (policy === undefined) return state;
  return withBackups(state, (backups) => ({ ...backups, policies: backups.policies.set(policy.id, change(policy)) }));
}

function withBackup(state: State, id: BackupId | undefined, change: (backup: Backup) => Backup): State {
  const backup = id === undefined ? undefined : state.backups.taken.get(id);
  if (backup === undefined) return state; // older than what is kept: the ledger has it
  return withBackups(state, (backups) => ({ ...backups, taken: backups.taken.set(backup.id, change(backup)) }));
}

export const backupEvolve = {
  'vault.enrolled': (state, entry) => {
    const { vault: id } = entry.about;
    assert(id !== undefined, 'vault.enrolled names its vault');
    const vault: Vault = { ...entry.data, id, enrolledAt: entry.at, standing: 'in-use' };
    return withBackups(state, (backups) => ({ ...backups, vaults: backups.vaults.set(id, vault) }));
  },
  'vault.changed': (state, entry) => withVault(state, entry.about.vault, (vault) => ({ ...vault, ...entry.data })),
  'vault.retired': (state, entry) =>
    withVault(state, entry.about.vault, (vault) => ({ ...vault, standing: 'retired' })),
  'vault.window-opened': (state, entry) =>
    withVault(state, entry.about.vault, (vault) => ({ ...vault, windowUntil: entry.data.until })),
  'vault.damage-reported': (state, entry) =>
    withVault(state, entry.about.vault, (vault) =>
      present<Vault>({ ...vault, damage: entry.data.count === 0 ? undefined : entry.data }),
    ),
  'vault.clock-doubted': (state, entry) =>
    withVault(state, entry.about.vault, (vault) => ({ ...vault, clockDoubt: entry.data.says })),
  'vault.clock-trusted': (state, entry) =>
    withVault(state, entry.about.vault, (vault) => present<Vault>({ ...vault, clockDoubt: undefined })),
  'backup.policy-set': (state, entry) => {
    const { policy: id, project } = entry.about;
    assert(id !== undefined && project !== undefined, 'backup.policy-set names policy and project');
    const before = state.backups.policies.get(id);
    const policy = present<BackupPolicy>({ ...before, ...entry.data, id, project, setAt: entry.at });
    return withBackups(state, (backups) => ({ ...backups, policies: backups.policies.set(id, policy) }));
  },
  'backup.policy-ended': (state, entry) =>
    withPolicy(state, entry.about.policy, (policy) => ({ ...policy, endedAt: entry.at })),
  'backup.begun': (state, entry) => {
    const { backup: id, policy, project, vault } = entry.about;
    assert(
      id !== undefined && policy !== undefined && project !== undefined && vault !== undefined,
      'backup.begun names backup, policy, project and vault',
    );
    const backup: Backup = {
      id,
      policy,
      project,
      vault,
      begunAt: entry.at,
      standing: 'running',
      copies: [],
      suspect: false,
    };
    return withBackups(state, (backups) => ({
      ...backups,
      taken: newest(backups.taken.set(id, backup), ({ begunAt }) => begunAt, isStillKept(backups, entry.at)),
    }));
  },
  'backup.taken': (state, entry) => {
    const id = entry.about.backup;
    const next = withBackup(state, id, (backup) => ({
      ...backup,
      standing: 'taken',
      taken: entry.data,
      suspect: backup.suspect || entry.data.alarm !== undefined,
    }));
    const backup = id === undefined ? undefined : next.backups.taken.get(id);
    if (backup === undefined) return next;
    return withPolicy(next, backup.policy, (policy) =>
      present<BackupPolicy>({
        ...policy,
        lastBackup: backup.id,
        lastTakenAt: entry.data.startedAt,
        lateFor: undefined,
      }),
    );
  },
  'backup.failed': (state, entry) =>
    withBackup(state, entry.about.backup, (backup) => ({ ...backup, standing: 'failed', failure: entry.data })),
  'backup.late': (state, entry) =>
    withPolicy(state, entry.about.policy, (policy) => ({ ...policy, lateFor: entry.data.dueAt })),
  'backup.copied': (state, entry) => {
    const { vault } = entry.about;
    assert(vault !== undefined, 'backup.copied names the vault');
    const { lockedUntil, verified, bytes } = entry.data;
    const policy = state.backups.taken.get(entry.about.backup ?? ('' as BackupId))?.policy; // '' names none
    const next = withPolicy(state, policy, (known) => copiedTo(known, vault));
    return withBackup(next, entry.about.backup, (backup) => ({
      ...backup,
      copies: [
        ...backup.copies.filter((copy) => copy.vault !== vault),
        present<BackupCopy>({ vault, at: entry.at, lockedUntil, verified, bytes, readBack: readBackOf(backup, vault) }),
      ],
      goneFrom: (backup.goneFrom ?? []).filter((one) => one !== vault),
    }));
  },
  'backup.expired': (state, entry) => withBackup(state, entry.about.backup, expiredIn(entry.about.vault)),
  'hold.placed': (state, entry) => {
    const { hold: id, project } = entry.about;
    assert(id !== undefined && project !== undefined, 'hold.placed names hold and project');
    const { reason } = entry.data;
    const hold = present<LegalHold>({ id, project, reason, placedAt: entry.at, placedBy: entry.by.person });
    return withBackups(state, (backups) => ({ ...backups, holds: backups.holds.set(id, hold) }));
  },
  'hold.lifted': (state, entry) => {
    const { hold: id } = entry.about;
    assert(id !== undefined, 'hold.lifted names its hold');
    return withBackups(state, (backups) => ({ ...backups, holds: backups.holds.delete(id) }));
  },
  'runbook.written': (state, entry) =>
    withBackups(state, (backups) => ({ ...backups, runbook: { ...entry.data, at: entry.at } })),
} satisfies Evolvers;

/** What was read there stays read when the vault is listed again. */
function readBackOf({ copies }: Backup, vault: VaultId): ReadBack | undefined {
  return copies.find((copy) => copy.vault === vault)?.readBack;
}

/** Without a vault: gone everywhere. */
function expiredIn(vault: VaultId | undefined): (backup: Backup) => Backup {
  return (backup) => {
    if (vault === undefined) return { ...backup, standing: 'expired' };
    const copies = backup.copies.filter((copy) => copy.vault !== vault);
    const goneFrom = [...(backup.goneFrom ?? []).filter((one) => one !== vault), vault];
    const left: Backup = { ...backup, copies, goneFrom };
    return vaultsWith(left).length === 0 ? { ...left, standing: 'expired' } : left;
  };
}

/** What was copied to a vault is no trouble any more. */
function copiedTo(policy: BackupPolicy, vault: VaultId): BackupPolicy {
  const { copyTroubles = [] } = policy;
  const left = copyTroubles.filter((one) => one.vault !== vault);
  return present<BackupPolicy>({ ...policy, copyTroubles: left.length === 0 ? undefined : left });
}

/** What a lock, a hold or a policy's newest snapshot still needs is not forgotten by the state. */
function isStillKept(backups: Backups, at: number): (backup: Backup) => boolean {
  return ({ id, policy, project, copies }) =>
    backups.policies.get(policy)?.lastBackup === id ||
    backups.holds.some((hold) => hold.project === project) ||
    copies.some(({ lockedUntil }) => lockedUntil > at);
}

export const backupDecide = {
  'enrol-vault': (state, command, asked) => {
    const { kind: _, vault, ...data } = command;
    if (state.backups.vaults.has(vault)) return takenId('vault');
    if (state.backups.vaults.some(({ name }) => name === data.name))
      return refused('name-taken', 'Another vault has this name.', 'Choose another name.');
    return decided(draft(asked, 'vault.enrolled', 'facility', { vault }, data));
  },
  'change-vault': (state, command, asked) => {
    const { kind: _, vault, ...data } = command;
    const known = liveVault(state, vault);
    if (known === undefined) return unknown('vault');
    if (data.lockDays < known.lockDays || weaker(data.locks, known.locks)) {
      return refused(
        'locks-only-longer',
        'Locks of a vault are never shortened or weakened.',
        'Enrol another vault for shorter locks; what this one holds stays as long as it was promised.',
      );
    }
    return decided(draft(asked, 'vault.changed', 'facility', { vault }, data));
  },
  'retire-vault': (state, { vault, reason }, asked) => {
    if (liveVault(state, vault) === undefined) return unknown('vault');
    const isUsed = state.backups.policies.some(
      ({ vaults, endedAt }) => endedAt === undefined && vaults.includes(vault),
    );
    if (isUsed)
      return refused('vault-in-use', 'Policies still copy to this vault.', 'Change or end those policies first.');
    return decided(draft(asked, 'vault.retired', 'facility', { vault }, { reason }));
  },
  'open-vault-window': (state, { vault, until, reason }, asked) => {
    if (liveVault(state, vault) === undefined) return unknown('vault');
    if (until <= asked.at || until > asked.at + VAULT_WINDOW_MS_MAX) {
      return badTime('A window for new keys is short.', 'Choose an end within the next hour.');
    }
    return decided(draft(asked, 'vault.window-opened', 'facility', { vault }, { until, reason }));
  },
  'doubt-vault-clock': (state, { vault, says }, asked) => {
    const known = liveVault(state, vault);
    if (known === undefined) return unknown('vault');
    if (known.clockDoubt !== undefined) return alreadyDone('This clock is doubted already.');
    return decided(draft(asked, 'vault.clock-doubted', 'facility', { vault }, { says }));
  },
  'report-vault-damage': (state, { vault, objects, count }, asked) => {
    const known = liveVault(state, vault);
    if (known === undefined) return unknown('vault');
    const same = known.damage?.count === count && known.damage.objects.join() === objects.join();
    if (same || (count === 0 && known.damage === undefined)) return alreadyDone('This is known of the vault.');
    return decided(draft(asked, 'vault.damage-reported', 'facility', { vault }, { objects, count }));
  },
  'trust-vault-clock': (state, { vault }, asked) => {
    const known = liveVault(state, vault);
    if (known === undefined) return unknown('vault');
    if (known.clockDoubt === undefined) return alreadyDone('This clock is trusted.');
    return decided(draft(asked, 'vault.clock-trusted', 'facility', { vault }, {}));
  },
  'set-policy': setPolicy,
  'end-policy': (state, { policy: id, reason }, asked) => {
    const policy = livePolicy(state, id);
    if (policy === undefined) return unknown('policy');
    return decided(
      draft(asked, 'backup.policy-ended', policy.project, { policy: id, project: policy.project }, { reason }),
    );
  },
  'begin-backup': (state, { backup, policy: id, vault, because }, asked) => {
    const policy = livePolicy(state, id);
    if (policy === undefined) return unknown('policy');
    if (state.backups.taken.has(backup)) return takenId('backup');
    if (!policy.vaults.includes(vault)) return unknown('vault');
    const { project } = policy;
    return decided(draft(asked, 'backup.begun', project, { backup, policy: id, project, vault }, { because }));
  },
  'record-backup': (state, command, asked) => {
    const { kind: _, backup: id, ...data } = command;
    const backup = state.backups.taken.get(id);
    if (backup === undefined) return unknown('backup');
    if (backup.standing !== 'running') return alreadyDone('This backup was recorded already.');
    if (data.alarm !== undefined && state.backups.alarms.get(data.alarm)?.project !== backup.project)
      return unknown('alarm');
    return decided(draft(asked, 'backup.taken', backup.project, aboutOf(backup), data));
  },
  'record-backup-failure': (state, { backup: id, code, says }, asked) => {
    const backup = state.backups.taken.get(id);
    if (backup === undefined) return unknown('backup');
    if (backup.standing !== 'running') return alreadyDone('This backup was recorded already.');
    return decided(draft(asked, 'backup.failed', backup.project, aboutOf(backup), { code, says }));
  },
  'note-late-backup': (state, { policy: id, dueAt }, asked) => {
    const policy = livePolicy(state, id);
    if (policy === undefined) return unknown('policy');
    if (policy.lateFor === dueAt) return alreadyDone('This was noted already.');
    const about = { policy: id, project: policy.project };
    return decided(draft(asked, 'backup.late', policy.project, about, { dueAt }));
  },
  'record-copy': (state, command, asked) => {
    const { kind: _, backup: id, vault, ...data } = command;
    const backup = state.backups.taken.get(id);
    if (backup?.taken === undefined) return unknown('backup');
    if (liveVault(state, vault) === undefined) return unknown('vault');
    return decided(draft(asked, 'backup.copied', backup.project, { ...aboutOf(backup), vault }, data));
  },
  'record-expiry': (state, { backup: id, vault }, asked) => {
    const backup = state.backups.taken.get(id);
    if (backup?.taken === undefined) return unknown('backup');
    if (!vaultsWith(backup).includes(vault)) return alreadyDone('This vault has it no more, as the ledger knows.');
    const { snapshot } = backup.taken;
    const isApproved = state.backups.prunes.some(
      (prune) => prune.vault === vault && prune.standing === 'finished' && prune.snapshots.includes(snapshot),
    );
    if (!isApproved)
      return refused('not-approved', 'No removal that was carried out names it.', 'Look why the vault lacks it.');
    return decided(draft(asked, 'backup.expired', backup.project, { ...aboutOf(backup), vault }, { snapshot }));
  },
  'place-hold': (state, { hold, project, reason }, asked) => {
    if (state.backups.holds.has(hold)) return takenId('hold');
    if (!state.projects.has(project)) return unknown('project');
    return decided(draft(asked, 'hold.placed', project, { hold, project }, { reason }));
  },
  'lift-hold': (state, { hold: id, reason }, asked) => {
    const hold = state.backups.holds.get(id);
    if (hold === undefined) return unknown('hold');
    const { project } = hold;
    return decided(draft(asked, 'hold.lifted', project, { hold: id, project }, { reason }));
  },
  'record-runbook': (_state, command, asked) => {
    const { kind: _, ...data } = command;
    return decided(draft(asked, 'runbook.written', 'facility', {}, data));
  },
} satisfies Deciders;

function setPolicy(state: State, command: CommandOf<'set-policy'>, asked: Asked): Decided {
  const { kind: _, policy, project, ...data } = command;
  if (!state.projects.has(project)) return unknown('project');
  if (state.backups.keysDestroyed.has(project)) return keysGone();
  const before = state.backups.policies.get(policy);
  if (before !== undefined && (before.project !== project || before.endedAt !== undefined)) return takenId('policy');
  if (data.vaults.some((vault) => liveVault(state, vault) === undefined)) return unknown('vault');
  const no = promiseRefusal(state, data);
  return no ?? decided(draft(asked, 'backup.policy-set', project, { policy, project }, data));
}

/** A policy that cannot keep what it wants is refused when it is made, not found out when it is needed. */
function promiseRefusal(
  state: State,
  { everyMs, rpoMs, keepDays, vaults }: Pick<BackupPolicy, 'everyMs' | 'rpoMs' | 'keepDays' | 'vaults'>,
): Refused | undefined {
  if (everyMs > rpoMs) {
    return refused(
      'policy-breaks-rpo',
      'Copies this far apart lose more work than is wanted.',
      'Copy more often, or accept a longer loss.',
    );
  }
  const short = vaults.find((id) => (state.backups.vaults.get(id)?.lockDays ?? 0) > keepDays);
  if (short === undefined) return undefined;
  return refused(
    'keep-shorter-than-lock',
    'A vault locks longer than this policy keeps.',
    'Keep at least as long as the vault locks, or choose another vault.',
  );
}

export function aboutOf({ id: backup, policy, project, vault }: Backup) {
  return { backup, policy, project, vault };
}

const STRENGTH = ['service', 'governance', 'root', 'nobody'] as const;

function weaker(a: Vault['locks'], b: Vault['locks']): boolean {
  return STRENGTH.indexOf(a) < STRENGTH.indexOf(b);
}
