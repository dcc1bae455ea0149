/** Backups as people see them: what lies where, how far it is behind, until when nobody can remove it. */
import type {
  BackupsView,
  BackupView,
  CopyView,
  PolicyView,
  ProgressView,
  VaultView,
} from '#api/endpoints/backup-views.ts';
import { alarmView, changeView, holdView, pruneView } from '#api/views/backup-records.ts';
import type { Viewer } from '#api/views/viewer.ts';
import { defined } from '#api/views/viewer.ts';
import { livePolicy, vaultsWith } from '#model/backup-facts.ts';
import { isPrunePaused } from '#model/recovery-proof.ts';
import type { Backup, BackupPolicy, Vault } from '#model/backup-state.ts';
import type { Project, State } from '#model/state.ts';
import { takenAt } from '#plan/backup/choose-snapshot.ts';
import { dueAtOf, lateAtOf } from '#model/backup-due.ts';
import { backupTroubles } from '#plan/backup/troubles.ts';
import type { WorkProgress } from '#ports/backups.ts';
import { isId } from '#std/ids.ts';
import type { ProjectId, VaultId } from '#std/ids.ts';

const SETTLED_SHOWN_MAX = 50;
const PRUNES_SHOWN_MAX = 100;
export const BYTES_PER_TIB = 2 ** 40;

/** `running`: what runs now; nothing when the past is shown. */
export function backupsView(viewer: Viewer, running: readonly WorkProgress[]): BackupsView {
  const { state, at } = viewer;
  const { vaults, holds, changes, prunes, keysDestroyed, runbook } = state.backups;
  return defined<BackupsView>({
    now: at,
    vaults: byName([...vaults.values()]).map((vault) => vaultView(viewer, vault)),
    policies: policiesShown(viewer).map((policy) => policyView(viewer, policy)),
    holds: newestFirst([...holds.values()], ({ placedAt }) => placedAt).map((hold) => holdView(viewer, hold)),
    alarms: alarmsShown(viewer),
    changes: newestFirst([...changes.values()], ({ from }) => from)
      .filter(({ until }) => until > at)
      .map((change) => changeView(viewer, change)),
    prunes: newestFirst([...prunes.values()], ({ askedAt }) => askedAt)
      .slice(0, PRUNES_SHOWN_MAX)
      .map((prune) => pruneView(viewer, prune)),
    prunePaused: isPrunePaused(state),
    unprotected: unprotected(viewer).map(({ id }) => viewer.project(id)),
    keysDestroyed: [...keysDestroyed].map(([project, when]) => ({ project: viewer.project(project), at: when })),
    troubles: backupTroubles(state, at).map(({ project, vault, ...trouble }) => ({
      ...trouble,
      ...(project === undefined ? {} : { project: viewer.project(project) }),
      ...(vault === undefined ? {} : { vault: vaultRef(viewer, vault) }),
    })),
    proven: provenView(viewer),
    runbook:
      runbook === undefined
        ? undefined
        : { sha256: runbook.sha256, steps: runbook.steps, neverProven: runbook.neverProven, at: runbook.at },
    running: running.map((one) => progressView(viewer, one)),
    served: viewer.context.backups !== undefined,
  });
}

export function progressView(viewer: Viewer, { ofBytes, leftMs, ...rest }: WorkProgress): ProgressView {
  const project = projectOfWork(viewer.state, rest.id);
  return defined<ProgressView>({
    ...rest,
    project: project === undefined ? undefined : viewer.project(project),
    startedAt: Math.round(rest.startedAt),
    ofBytes,
    leftMs: leftMs === undefined ? undefined : Math.round(leftMs),
  });
}

/** Of the backup, drill or restore of that id. */
function projectOfWork({ backups }: State, id: string): ProjectId | undefined {
  if (isId('restore', id)) return backups.restores.get(id)?.project;
  if (isId('drill', id)) return backups.drills.get(id)?.project;
  return isId('backup', id) ? backups.taken.get(id)?.project : undefined;
}

function byName<T extends { readonly name: string }>(items: readonly T[]): readonly T[] {
  return items.toSorted((a, b) => a.name.localeCompare(b.name));
}

export function newestFirst<T>(items: readonly T[], at: (item: T) => number): readonly T[] {
  return items.toSorted((a, b) => at(b) - at(a));
}

function alarmsShown(viewer: Viewer): BackupsView['alarms'] {
  const all = newestFirst([...viewer.state.backups.alarms.values()], ({ raisedAt }) => raisedAt);
  const open = all.filter(({ settled }) => settled === undefined);
  const settled = all.filter((alarm) => alarm.settled !== undefined).slice(0, SETTLED_SHOWN_MAX);
  return [...open, ...settled].map((alarm) => alarmView(viewer, alarm));
}

/** In force, by the project's alias and their own names. */
function policiesShown(viewer: Viewer): readonly BackupPolicy[] {
  const live = [...viewer.state.backups.policies.values()].filter(
    ({ id }) => livePolicy(viewer.state, id) !== undefined,
  );
  const key = ({ project, name }: BackupPolicy) => `${viewer.project(project).alias} ${name}`;
  return live.toSorted((a, b) => key(a).localeCompare(key(b)));
}

function liveProjects({ state }: Viewer): readonly Project[] {
  return [...state.projects.values()].filter(({ standing }) => standing !== 'wrapped');
}

function hasPolicy({ state }: Viewer, project: ProjectId): boolean {
  return state.backups.policies.some((policy) => policy.project === project && policy.endedAt === undefined);
}

function unprotected(viewer: Viewer): readonly Project[] {
  return liveProjects(viewer).filter(({ id }) => !hasPolicy(viewer, id));
}

function provenView(viewer: Viewer): BackupsView['proven'] {
  const held = [...viewer.state.backups.drills.values()].filter(({ result }) => result?.held === true);
  const proven = new Set(held.map(({ project }) => project));
  const lastAt = Math.max(0, ...held.map(({ result }) => result?.finishedAt ?? 0));
  const never = liveProjects(viewer).filter(({ id }) => hasPolicy(viewer, id) && !proven.has(id));
  return {
    ...(held.length === 0 ? {} : { lastAt }),
    never: never.map(({ id }) => viewer.project(id)),
  };
}

export function vaultRef({ state }: Viewer, id: VaultId): BackupView['vault'] {
  return { id, name: state.backups.vaults.get(id)?.name ?? id };
}

function vaultView(viewer: Viewer, vault: Vault): VaultView {
  const { state, at } = viewer;
  const there = [...state.backups.taken.values()].flatMap((backup) => {
    const copy = copiesOf(viewer, backup).find((one) => one.vault.id === vault.id);
    return copy === undefined || backup.standing !== 'taken' ? [] : [{ project: backup.project, copy }];
  });
  const usedBytes = usedOf(there);
  const { centsPerTibMonth: cents, windowUntil, damage: _d, facility: _f, facilityTrouble: _t, ...rest } = vault;
  const { bucketLocks: _b, pullFound: _p, ...known } = rest;
  return defined<VaultView>({
    ...known,
    identity: vault.identity,
    quotaBytes: vault.quotaBytes,
    centsPerTibMonth: cents,
    currency: vault.currency,
    clockDoubt: vault.clockDoubt,
    windowUntil: windowUntil !== undefined && windowUntil > at ? windowUntil : undefined,
    policyCount: state.backups.policies.count(
      ({ vaults, endedAt }) => endedAt === undefined && vaults.includes(vault.id),
    ),
    snapshotCount: there.length,
    usedBytes,
    lastCopyAt: greatest(there.map(({ copy }) => copy.at)),
    lockedUntil: greatest(there.flatMap(({ copy }) => copy.lockedUntil ?? [])),
    centsPerMonth: cents === undefined ? undefined : Math.round((usedBytes / BYTES_PER_TIB) * cents),
  });
}

/** A listing is of a project's whole repository: the newest of each project counts, once. */
function usedOf(there: readonly { readonly project: ProjectId; readonly copy: CopyView }[]): number {
  const newest = new Map<ProjectId, CopyView>();
  for (const { project, copy } of there) {
    if (copy.verified !== 'written' && copy.at > (newest.get(project)?.at ?? -1)) newest.set(project, copy);
  }
  return [...newest.values()].reduce((sum, { bytes }) => sum + bytes, 0);
}

function greatest(times: readonly number[]): number | undefined {
  return times.length === 0 ? undefined : Math.max(...times);
}

/** Every place that a snapshot lies in; the vault it was written to counts before anybody listed it there. */
export function copiesOf(viewer: Viewer, backup: Backup): CopyView[] {
  const { vault, copies, taken } = backup;
  const listed = copies.map((copy) => {
    const isWhole = copy.readBack !== undefined && copy.readBack.files === copy.readBack.filesOf;
    return { ...copy, vault: vaultRef(viewer, copy.vault), ...(isWhole ? { verified: 'read-back' as const } : {}) };
  });
  if (taken === undefined || copies.some((copy) => copy.vault === vault) || !vaultsWith(backup).includes(vault))
    return listed;
  const { finishedAt: at, addedBytes: bytes } = taken;
  return [{ vault: vaultRef(viewer, vault), at, bytes, verified: 'written' }, ...listed];
}

export function backupView(viewer: Viewer, backup: Backup): BackupView {
  const { id, policy, vault, begunAt, standing, suspect, taken, failure } = backup;
  return defined<BackupView>({
    id,
    policy: { id: policy, name: viewer.state.backups.policies.get(policy)?.name ?? policy },
    vault: vaultRef(viewer, vault),
    begunAt,
    standing,
    suspect,
    taken: taken === undefined ? undefined : takenView(taken),
    failure,
    copies: copiesOf(viewer, backup),
  });
}

function takenView(taken: NonNullable<Backup['taken']>): NonNullable<BackupView['taken']> {
  const { snapshot, manifestSha256, startedAt, finishedAt, files, bytes, addedBytes, consistency, unsteady } = taken;
  const counts = { files, bytes, addedBytes, consistency, unsteady };
  return defined({ snapshot, manifestSha256, startedAt, finishedAt, ...counts, attributesLack: taken.attributesLack });
}

function policyView(viewer: Viewer, policy: BackupPolicy): PolicyView {
  const { state, at } = viewer;
  const { lateFor: _l, lastBackup: _b, copyTroubles: _c, drilled: _d, project, vaults, ...rest } = policy;
  const own = newestFirst(
    [...state.backups.taken.values()].filter((backup) => backup.policy === policy.id),
    ({ begunAt }) => begunAt,
  );
  const [newest] = own.filter(({ standing }) => standing !== 'running');
  const lateAt = lateAtOf(policy);
  return defined<PolicyView>({
    ...rest,
    folders: policy.folders,
    drillEveryMs: policy.drillEveryMs,
    endedAt: policy.endedAt,
    lastTakenAt: policy.lastTakenAt,
    lastDrillAt: policy.lastDrillAt,
    project: viewer.project(project),
    vaults: vaults.map((vault) => vaultRef(viewer, vault)),
    dueAt: dueAtOf(policy),
    lateAt,
    late: at > lateAt,
    running: own.some(({ standing }) => standing === 'running'),
    failure: newest?.failure === undefined ? undefined : { at: newest.begunAt, says: newest.failure.says },
    lags: vaults.map((vault) => lagOf(viewer, own, vault)),
    measured: measuredOf(viewer, policy),
  });
}

function lagOf(viewer: Viewer, own: readonly Backup[], vault: VaultId): PolicyView['lags'][number] {
  const there = own
    .filter(({ standing }) => standing === 'taken')
    .flatMap((backup) => {
      const copy = copiesOf(viewer, backup).find((one) => one.vault.id === vault);
      return copy === undefined ? [] : [{ showsAt: takenAt(backup), lockedUntil: copy.lockedUntil }];
    })
    .toSorted((a, b) => b.showsAt - a.showsAt)[0];
  return defined<PolicyView['lags'][number]>({
    vault: vaultRef(viewer, vault),
    showsAt: there?.showsAt,
    lockedUntil: there?.lockedUntil,
  });
}

function measuredOf({ state }: Viewer, { id }: BackupPolicy): PolicyView['measured'] {
  const [result] = newestFirst(
    [...state.backups.drills.values()].flatMap((drill) =>
      drill.policy === id && drill.result?.held === true ? [drill.result] : [],
    ),
    ({ finishedAt }) => finishedAt,
  );
  return result === undefined
    ? undefined
    : { rtoMs: result.rtoMs, spreadMs: result.rtoSpreadMs, at: result.finishedAt };
}
