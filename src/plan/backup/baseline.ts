/**
 * What a snapshot is compared with, and judged against: the newest one that no alarm is about. While an alarm is open, or was genuine and the tree is
 * not yet restored, everything since then is read and judged again each time, so that no later snapshot counts as clean because the one before
 * it was already encrypted.
 */
import { snapshotsOf } from '#plan/backup/choose-snapshot.ts';
import type { Alarm, Backup, PlannedChange } from '#model/backup-state.ts';
import type { State } from '#model/state.ts';
import type { ProjectId } from '#std/ids.ts';

const HISTORY_MAX = 30;

export interface Baseline {
  /** In the vault that is written to, so that what is unchanged since then need not be read. */
  readonly parent?: Backup;
  /** With what was seen of it, in whichever vault it lies; never older than the parent. */
  readonly past?: Backup;
  /** Announced changes that overlap the time since then. */
  readonly windows: readonly PlannedChange[];
  /** What each of the newest clean snapshots added, without the first, which adds everything. */
  readonly usualBytes: readonly number[];
  /** Of this project, if there is one. */
  readonly openAlarm?: Alarm;
  /** There is no clean snapshot, and an alarm is open: until it is settled, nothing can be told from what it is about. */
  readonly inheritsAlarm: boolean;
  /** An alarm was settled since the newest snapshot: what it was about is being put right. */
  readonly isSettledSince: boolean;
}

/** `at`: when the snapshot is taken. */
export function baselineOf(state: State, { policy, project, vault }: Backup, at: number): Baseline {
  const own = snapshotsOf(state, { project }).filter((one) => one.policy === policy);
  const clean = own.filter(({ suspect }) => !suspect);
  const [newest] = clean;
  const past = newest?.taken?.looksSha256 === undefined ? undefined : newest;
  const parent = clean.find((one) => one.vault === vault);
  const openAlarm = openAlarmOf(state, project);
  const after = past?.taken?.startedAt ?? at;
  return {
    ...(parent === undefined ? {} : { parent }),
    ...(past === undefined ? {} : { past }),
    windows: [...state.backups.changes.values()].filter(
      (change) => change.project === project && change.from <= at && change.until >= after,
    ),
    usualBytes: usualOf(clean),
    ...(openAlarm === undefined ? {} : { openAlarm }),
    inheritsAlarm: newest === undefined && own.length > 0 && openAlarm !== undefined,
    isSettledSince: openAlarm === undefined && settledAt(state, project) > (own[0]?.taken?.startedAt ?? 0),
  };
}

function usualOf(clean: readonly Backup[]): readonly number[] {
  return clean.flatMap(({ taken }) => (taken?.parent === undefined ? [] : [taken.addedBytes])).slice(0, HISTORY_MAX);
}

function openAlarmOf({ backups }: State, project: ProjectId): Alarm | undefined {
  return backups.alarms.find((alarm) => alarm.project === project && alarm.settled === undefined);
}

function settledAt({ backups }: State, project: ProjectId): number {
  const times = [...backups.alarms.values()].map((alarm) => (alarm.project === project ? (alarm.settled?.at ?? 0) : 0));
  return Math.max(0, ...times);
}
