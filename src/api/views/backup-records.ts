/** Alarms, holds, planned changes, removals, restores and drills as people see them. */
import { hash } from 'node:crypto';
import type {
  AlarmView,
  ChangeView,
  DrillView,
  HoldView,
  PruneView,
  RestoreView,
} from '#api/endpoints/backup-views.ts';
import type { Viewer } from '#api/views/viewer.ts';
import { defined } from '#api/views/viewer.ts';
import { isLifted } from '#model/facility.ts';
import { isPrunePaused } from '#model/recovery-proof.ts';
import type { Alarm, Drill, LegalHold, PlannedChange, Prune, Restore } from '#model/backup-state.ts';
import { takenAt } from '#plan/backup/choose-snapshot.ts';
import { canonical } from '#std/canonical.ts';
import type { Json } from '#std/canonical.ts';
import type { PersonId } from '#std/ids.ts';

function maybePerson(viewer: Viewer, person: PersonId | undefined) {
  return person === undefined ? undefined : viewer.person(person);
}

export function holdView(viewer: Viewer, { id, project, reason, placedAt, placedBy }: LegalHold): HoldView {
  return defined<HoldView>({
    id,
    project: viewer.project(project),
    reason,
    placedAt,
    placedBy: maybePerson(viewer, placedBy),
  });
}

export function changeView(viewer: Viewer, change: PlannedChange): ChangeView {
  const { id, project, from, until, folders, reason, by } = change;
  return defined<ChangeView>({
    id,
    project: viewer.project(project),
    from,
    until,
    folders,
    reason,
    by: maybePerson(viewer, by),
  });
}

export function alarmView(viewer: Viewer, alarm: Alarm): AlarmView {
  const { id, project, vault, backup, raisedAt, score, signs, lastClean, settled } = alarm;
  return defined<AlarmView>({
    id,
    project: project === undefined ? undefined : viewer.project(project),
    vault: vault === undefined ? undefined : { id: vault, name: viewer.state.backups.vaults.get(vault)?.name ?? vault },
    backup,
    raisedAt,
    score,
    signs,
    lastClean: lastClean === undefined ? undefined : cleanView(viewer, lastClean),
    settled:
      settled === undefined
        ? undefined
        : defined<NonNullable<AlarmView['settled']>>({ ...settled, by: maybePerson(viewer, settled.by) }),
  });
}

function cleanView({ state }: Viewer, snapshot: string): NonNullable<AlarmView['lastClean']> {
  const found = state.backups.taken.find(({ taken }) => taken?.snapshot === snapshot);
  return found === undefined ? { snapshot } : { snapshot, backup: found.id, at: takenAt(found) };
}

export function pruneView(viewer: Viewer, prune: Prune): PruneView {
  const { id, vault, snapshots, bytes, reason, askedAt, askedBy, standing, notBefore, list } = prune;
  return defined<PruneView>({
    id,
    vault: { id: vault, name: viewer.state.backups.vaults.get(vault)?.name ?? vault },
    snapshotCount: snapshots.length,
    bytes,
    client: list?.client,
    objectsSha256: list?.objectsSha256,
    reason,
    askedAt,
    askedBy: maybePerson(viewer, askedBy),
    standing,
    notBefore,
    notYou: notYou(viewer, prune),
  });
}

function notYou(viewer: Viewer, { askedBy, standing }: Prune): string | undefined {
  const { caller, state, at } = viewer;
  if (standing !== 'asked') return 'This was decided already.';
  if (!viewer.may('prune.approve')) return 'Your roles do not include approving removals.';
  if (isPrunePaused(state)) return 'Nothing is removed while an alarm is open.';
  if (askedBy !== caller.person || isLifted(state, 'facility-of-one', caller.person, at)) return undefined;
  return 'You asked for this removal: somebody else approves it.';
}

export function restoreView(viewer: Viewer, restore: Restore): RestoreView {
  const { id, backup, project, begunAt, begunBy, finished, snapshot, path, mode, newestClean, reason, touched } =
    restore;
  const from = viewer.state.backups.taken.get(backup);
  return defined<RestoreView>({
    id,
    backup,
    project: viewer.project(project),
    snapshot,
    path,
    at: restore.at,
    mode,
    newestClean,
    touched,
    touchedBy: maybePerson(viewer, touched?.by),
    reason,
    showsAt: from === undefined ? undefined : takenAt(from),
    begunAt,
    begunBy: maybePerson(viewer, begunBy),
    finished,
  });
}

export function drillView(viewer: Viewer, drill: Drill): DrillView {
  const { id, policy: policyId, project, vault, begunAt, because, result } = drill;
  const { policies, vaults, taken } = viewer.state.backups;
  const policy = policies.get(policyId);
  const { snapshot } = result ?? {};
  const from = snapshot === undefined ? undefined : taken.find((one) => one.taken?.snapshot === snapshot);
  return defined<DrillView>({
    id,
    policy: { id: policyId, name: policy?.name ?? policyId },
    project: viewer.project(project),
    vault: { id: vault, name: vaults.get(vault)?.name ?? vault },
    begunAt,
    because,
    wanted: policy === undefined ? undefined : { rpoMs: policy.rpoMs, rtoMs: policy.rtoMs },
    result,
    showsAt: from === undefined ? undefined : takenAt(from),
    recordSha256: result === undefined ? undefined : recordSha256(result),
    chain: result === undefined ? undefined : chainOf(viewer, drill, result.previous),
  });
}

function recordSha256(record: NonNullable<Drill['result']>): string {
  return hash('sha256', canonical(record as unknown as Json), 'hex'); // a record of strings, numbers and booleans
}

/** The record before is that of the same policy that finished last before this one. */
function chainOf({ state }: Viewer, { id, policy, result }: Drill, previous: string | undefined): DrillView['chain'] {
  const finishedAt = result?.finishedAt ?? 0;
  const before = [...state.backups.drills.values()]
    .filter((one) => one.policy === policy && one.id !== id)
    .flatMap((one) => (one.result === undefined || one.result.finishedAt > finishedAt ? [] : [one.result]))
    .toSorted((a, b) => b.finishedAt - a.finishedAt)[0];
  if (previous === undefined) return before === undefined ? 'first' : 'broken';
  if (before === undefined) return 'older';
  return recordSha256(before) === previous ? 'chained' : 'broken';
}
