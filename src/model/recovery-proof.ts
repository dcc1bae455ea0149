/** Restores, drills, alarms, planned changes and prunes: what proves that a copy is worth anything, and who may let one go. */
import type { Asked, CommandOf } from '#model/commands.ts';
import { hasSnapshot, isHeld, keysGone, liveVault, livePolicy, nothingToDrill } from '#model/backup-facts.ts';
import { newest, withBackups } from '#model/backup.ts';
import { isLifted } from '#model/facility.ts';
import { CHANGE_WINDOW_MS_MAX, PRUNE_WAIT_MS } from '#model/limits.ts';
import { alreadyDone, badTime, takenId, unknown } from '#model/refusals.ts';
import type {
  Alarm,
  BackupCopy,
  BackupPolicy,
  Backups,
  Drill,
  PlannedChange,
  Prune,
  Restore,
} from '#model/backup-state.ts';
import type { State } from '#model/state.ts';
import { decided, draft, present } from '#model/transition.ts';
import type { Decided, Deciders, Evolvers } from '#model/transition.ts';
import { assert } from '#std/assert.ts';
import type { PruneId, VaultId } from '#std/ids.ts';
import { refused } from '#std/refused.ts';

export const proofEvolve = {
  'restore.begun': (state, entry) => {
    const { restore: id, backup, project } = entry.about;
    assert(id !== undefined && backup !== undefined && project !== undefined, 'restore.begun names what it restores');
    const restore = present<Restore>({
      ...entry.data,
      id,
      backup,
      project,
      begunAt: entry.at,
      begunBy: entry.by.person,
      finished: undefined,
    });
    return withBackups(state, (backups) => ({
      ...backups,
      restores: newest(backups.restores.set(id, restore), ({ begunAt }) => begunAt),
    }));
  },
  'restore.finished': (state, entry) => {
    const restore = entry.about.restore === undefined ? undefined : state.backups.restores.get(entry.about.restore);
    if (restore === undefined) return state;
    const finished = { ...entry.data, at: entry.at };
    return withBackups(state, (backups) => ({
      ...backups,
      restores: backups.restores.set(restore.id, { ...restore, finished }),
    }));
  },
  'drill.begun': (state, entry) => {
    const { drill: id, policy, project, vault } = entry.about;
    assert(
      id !== undefined && policy !== undefined && project !== undefined && vault !== undefined,
      'drill.begun names drill, policy, project and vault',
    );
    const drill: Drill = { id, policy, project, vault, begunAt: entry.at, because: entry.data.because };
    return withBackups(state, (backups) => ({
      ...backups,
      drills: newest(backups.drills.set(id, drill), ({ begunAt }) => begunAt),
    }));
  },
  'drill.seeded': (state, entry) => {
    const drill = entry.about.drill === undefined ? undefined : state.backups.drills.get(entry.about.drill);
    if (drill === undefined) return state;
    const { seedSha256 } = entry.data;
    return withBackups(state, (backups) => ({
      ...backups,
      drills: backups.drills.set(drill.id, { ...drill, seedSha256 }),
    }));
  },
  'drill.finished': (state, entry) => {
    const drill = entry.about.drill === undefined ? undefined : state.backups.drills.get(entry.about.drill);
    if (drill === undefined) return state;
    const policy = state.backups.policies.get(drill.policy);
    return withBackups(state, (backups) => ({
      ...backups,
      taken: withReadBack(backups.taken, drill, entry.data, entry.at),
      drills: backups.drills.set(drill.id, { ...drill, result: entry.data }),
      policies:
        policy === undefined
          ? backups.policies
          : backups.policies.set(policy.id, drilledOnce(policy, drill.vault, entry.data.held ? entry.at : undefined)),
    }));
  },
  'alarm.raised': (state, entry) => {
    const { alarm: id, project, vault, backup } = entry.about;
    assert(id !== undefined && (project ?? vault) !== undefined, 'alarm.raised names alarm, and project or vault');
    const about = { project, vault, backup };
    const alarm = present<Alarm>({ ...entry.data, ...about, id, raisedAt: entry.at, settled: undefined });
    const suspect = backup === undefined ? undefined : state.backups.taken.get(backup);
    return withBackups(state, (backups) => ({
      ...backups,
      alarms: newest(
        backups.alarms.set(id, alarm),
        ({ raisedAt }) => raisedAt,
        ({ settled }) => settled === undefined,
      ),
      taken: suspect === undefined ? backups.taken : backups.taken.set(suspect.id, { ...suspect, suspect: true }),
    }));
  },
  'alarm.settled': (state, entry) => {
    const alarm = entry.about.alarm === undefined ? undefined : state.backups.alarms.get(entry.about.alarm);
    if (alarm === undefined) return state;
    const settled = present<NonNullable<Alarm['settled']>>({ ...entry.data, at: entry.at, by: entry.by.person });
    return withBackups(state, (backups) => ({
      ...backups,
      alarms: backups.alarms.set(alarm.id, { ...alarm, settled }),
      taken: entry.data.genuine ? backups.taken : cleared(backups.taken, alarm),
    }));
  },
  'change.planned': (state, entry) => {
    const { change: id, project } = entry.about;
    assert(id !== undefined && project !== undefined, 'change.planned names change and project');
    const change = present<PlannedChange>({ ...entry.data, id, project, by: entry.by.person });
    return withBackups(state, (backups) => ({
      ...backups,
      changes: newest(backups.changes.set(id, change), ({ until }) => until),
    }));
  },
  'prune.asked': (state, entry) => {
    const { prune: id, vault } = entry.about;
    assert(id !== undefined && vault !== undefined, 'prune.asked names prune and vault');
    const prune = present<Prune>({
      ...entry.data,
      id,
      vault,
      askedAt: entry.at,
      askedBy: entry.by.person,
      standing: 'asked',
      notBefore: undefined,
    });
    return withBackups(state, (backups) => ({
      ...backups,
      prunes: newest(backups.prunes.set(id, prune), ({ askedAt }) => askedAt),
    }));
  },
  'prune.approved': (state, entry) =>
    withPrune(state, entry.about.prune, (prune) => ({
      ...prune,
      standing: 'approved',
      notBefore: entry.data.notBefore,
    })),
  'prune.declined': (state, entry) =>
    withPrune(state, entry.about.prune, (prune) => ({ ...prune, standing: 'declined' })),
  'prune.finished': (state, entry) =>
    withPrune(state, entry.about.prune, (prune) => ({ ...prune, standing: 'finished' })),
} satisfies Evolvers;

/** What the alarm was about counts as clean again: the snapshot that it was raised on, and those that still showed it. */
function cleared(taken: Backups['taken'], { id, backup }: Alarm): Backups['taken'] {
  const about = taken.filter((one) => one.id === backup || one.taken?.alarm === id);
  return taken.merge(about.map((one) => ({ ...one, suspect: false })));
}

function withPrune(state: State, id: PruneId | undefined, change: (prune: Prune) => Prune): State {
  const prune = id === undefined ? undefined : state.backups.prunes.get(id);
  if (prune === undefined) return state;
  return withBackups(state, (backups) => ({ ...backups, prunes: backups.prunes.set(prune.id, change(prune)) }));
}

/** While an alarm is open nothing is removed anywhere: the copy that is needed may be the one that was due to go. */
function drilledOnce(policy: BackupPolicy, vault: VaultId, heldAt: number | undefined): BackupPolicy {
  const { drilled = [] } = policy;
  const count = (drilled.find((one) => one.vault === vault)?.count ?? 0) + 1;
  const counts = [...drilled.filter((one) => one.vault !== vault), { vault, count }];
  return { ...policy, drilled: counts, ...(heldAt === undefined ? {} : { lastDrillAt: heldAt }) };
}

export function isPrunePaused(state: State): boolean {
  return state.backups.alarms.some(({ settled }) => settled === undefined);
}

/** The copy that a drill was of: what it restored there and compared, or nothing any more when it did not hold. */
function withReadBack(
  taken: State['backups']['taken'],
  { project, vault }: Drill,
  { snapshot, held, files, filesOf }: NonNullable<Drill['result']>,
  at: number,
): State['backups']['taken'] {
  const backup = taken.find(
    (one) => one.project === project && one.taken !== undefined && one.taken.snapshot === snapshot,
  );
  if (backup === undefined) return taken;
  const readBack = held ? { at, files, filesOf } : undefined;
  const copies = backup.copies.map((copy) =>
    copy.vault === vault ? present<BackupCopy>({ ...copy, readBack }) : copy,
  );
  return taken.set(backup.id, { ...backup, copies });
}

export const proofDecide = {
  'begin-restore': (state, command, asked) => {
    const { kind: _, restore, backup: id, ...data } = command;
    if (state.backups.restores.has(restore)) return takenId('restore');
    const backup = state.backups.taken.get(id);
    if (backup?.taken === undefined || backup.taken.snapshot !== data.snapshot) return unknown('backup');
    if (backup.standing === 'expired')
      return refused('backup-expired', 'This snapshot had its time and is in no vault.', 'Choose another snapshot.');
    if (state.backups.keysDestroyed.has(backup.project)) return keysGone();
    if (data.touched !== undefined && !state.people.has(data.touched.by)) return unknown('person');
    const { project, vault } = backup;
    return decided(draft(asked, 'restore.begun', project, { restore, backup: id, project, vault }, data));
  },
  'record-restore': (state, command, asked) => {
    const { kind: _, restore: id, ...data } = command;
    const restore = state.backups.restores.get(id);
    if (restore === undefined) return unknown('restore');
    if (restore.finished !== undefined) return alreadyDone('This restore was recorded already.');
    const { backup, project } = restore;
    return decided(draft(asked, 'restore.finished', project, { restore: id, backup, project }, data));
  },
  'begin-drill': (state, { drill, policy: id, vault, because }, asked) => {
    const policy = livePolicy(state, id);
    if (policy === undefined) return unknown('policy');
    if (state.backups.drills.has(drill)) return takenId('drill');
    if (liveVault(state, vault) === undefined) return unknown('vault');
    const { project } = policy;
    if (state.backups.keysDestroyed.has(project)) return keysGone();
    if (!hasSnapshot(state, id)) return nothingToDrill();
    return decided(draft(asked, 'drill.begun', project, { drill, policy: id, project, vault }, { because }));
  },
  'seed-drill': (state, { drill: id, seedSha256 }, asked) => {
    const drill = state.backups.drills.get(id);
    if (drill === undefined) return unknown('drill');
    if (drill.seedSha256 !== undefined) return alreadyDone('The seed of this drill was promised already.');
    if (drill.result !== undefined) return alreadyDone('This drill was recorded already.');
    const { policy, project, vault } = drill;
    return decided(draft(asked, 'drill.seeded', project, { drill: id, policy, project, vault }, { seedSha256 }));
  },
  'record-drill': (state, command, asked) => {
    const { kind: _, drill: id, ...data } = command;
    const drill = state.backups.drills.get(id);
    if (drill === undefined) return unknown('drill');
    if (drill.result !== undefined) return alreadyDone('This drill was recorded already.');
    const { policy, project, vault } = drill;
    return decided(draft(asked, 'drill.finished', project, { drill: id, policy, project, vault }, data));
  },
  'raise-alarm': (state, command, asked) => {
    const { kind: _, alarm, project, vault, backup, ...data } = command;
    if (state.backups.alarms.has(alarm)) return takenId('alarm');
    if (vault !== undefined && !state.backups.vaults.has(vault)) return unknown('vault');
    const where = vault === undefined ? {} : { vault };
    if (project === undefined)
      return vault === undefined
        ? unknown('project')
        : decided(draft(asked, 'alarm.raised', 'facility', { alarm, ...where }, data));
    if (!state.projects.has(project)) return unknown('project');
    const about = backup === undefined ? { alarm, project, ...where } : { alarm, project, ...where, backup };
    return decided(draft(asked, 'alarm.raised', project, about, data));
  },
  'settle-alarm': (state, { alarm: id, reason, genuine }, asked) => {
    const alarm = state.backups.alarms.get(id);
    if (alarm === undefined) return unknown('alarm');
    if (alarm.settled !== undefined) return alreadyDone('This alarm was settled already.');
    const { project, vault } = alarm;
    const about =
      project === undefined ? { alarm: id, ...(vault === undefined ? {} : { vault }) } : { alarm: id, project };
    return decided(draft(asked, 'alarm.settled', project ?? 'facility', about, { reason, genuine }));
  },
  'plan-change': (state, command, asked) => {
    const { kind: _, change, project, ...data } = command;
    if (state.backups.changes.has(change)) return takenId('change');
    if (!state.projects.has(project)) return unknown('project');
    const isWindow = data.until > data.from && data.until > asked.at && data.until - data.from <= CHANGE_WINDOW_MS_MAX;
    if (!isWindow || data.from < asked.at) {
      return badTime(
        'A planned change is announced before it begins, and for two weeks at most.',
        'Choose a window that begins now or later.',
      );
    }
    return decided(draft(asked, 'change.planned', project, { change, project }, data));
  },
  'ask-prune': askPrune,
  'approve-prune': (state, { prune: id }, asked) => {
    const prune = state.backups.prunes.get(id);
    if (prune === undefined) return unknown('prune');
    if (prune.standing !== 'asked') return alreadyDone('This was decided already.');
    const { person } = asked.by;
    if (person !== undefined && person === prune.askedBy && !isLifted(state, 'facility-of-one', person, asked.at)) {
      return refused('own-prune', 'Nobody approves what they asked to remove.', 'Ask the owner or the security lead.');
    }
    if (isPrunePaused(state)) return paused();
    const about = { prune: id, vault: prune.vault };
    return decided(draft(asked, 'prune.approved', 'facility', about, { notBefore: asked.at + PRUNE_WAIT_MS }));
  },
  'decline-prune': (state, { prune: id, reason }, asked) => {
    const prune = state.backups.prunes.get(id);
    if (prune === undefined) return unknown('prune');
    if (prune.standing !== 'asked' && prune.standing !== 'approved') return alreadyDone('This was decided already.');
    return decided(draft(asked, 'prune.declined', 'facility', { prune: id, vault: prune.vault }, { reason }));
  },
  'record-prune': (state, command, asked) => {
    const { kind: _, prune: id, ...data } = command;
    const prune = state.backups.prunes.get(id);
    if (prune?.notBefore === undefined) return unknown('prune');
    if (prune.standing !== 'approved') return alreadyDone('This was finished already.');
    if (asked.at < prune.notBefore)
      return badTime('The waiting time is not over.', 'Wait; nothing is removed before it.');
    if (isPrunePaused(state)) return paused();
    return decided(draft(asked, 'prune.finished', 'facility', { prune: id, vault: prune.vault }, data));
  },
} satisfies Deciders;

function askPrune(state: State, command: CommandOf<'ask-prune'>, asked: Asked): Decided {
  const { kind: _, prune, vault, ...data } = command;
  if (state.backups.prunes.has(prune)) return takenId('prune');
  if (liveVault(state, vault) === undefined) return unknown('vault');
  if (isPrunePaused(state)) return paused();
  const named = new Set(data.snapshots);
  const backups = [...state.backups.taken.values()].filter(({ taken }) => taken && named.has(taken.snapshot));
  const known = new Set<string>(backups.flatMap(({ taken }) => taken?.snapshot ?? []));
  if (data.snapshots.some((snapshot) => !known.has(snapshot)))
    return refused(
      'no-such-snapshot',
      'The ledger knows nothing of one of these snapshots.',
      'What the ledger never took is removed with two signatures, at the vault: see vault removal.',
    );
  const held = backups.find(({ project }) => isHeld(state, project));
  if (held !== undefined) return onHold();
  const locked = backups.some(({ copies }) =>
    copies.some((copy) => copy.vault === vault && copy.lockedUntil > asked.at),
  );
  if (locked) {
    return refused('still-locked', 'Some of these copies are still locked.', 'Leave them out; nobody can remove them.');
  }
  const isNewest = backups.some(({ id, policy }) => livePolicy(state, policy)?.lastBackup === id);
  if (isNewest)
    return refused(
      'newest-stays',
      'One of these is the newest snapshot of a policy.',
      'Leave it out, or end the policy.',
    );
  const { beside = [] } = data.list ?? {};
  if (state.backups.taken.some(({ taken }) => taken !== undefined && beside.includes(taken.snapshot)))
    return refused('not-named', 'The list takes a snapshot that is not named.', 'Name it, or make the list anew.');
  return decided(draft(asked, 'prune.asked', 'facility', { prune, vault }, data));
}

function onHold(): Decided {
  return refused('legal-hold', 'A legal hold keeps this project.', 'Leave its copies out.');
}

function paused(): Decided {
  return refused(
    'prune-paused',
    'Nothing is removed while an alarm is open.',
    'Settle the alarm first: look at what it names.',
  );
}
