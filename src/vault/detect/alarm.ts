/** What a suspicion becomes: an alarm, which pauses every prune, with the last snapshot that nothing speaks against. */
import { SIGNS_MAX } from '#vault/detect/mark.ts';
import type { Suspicion } from '#vault/detect/suspicion.ts';
import type { CommandOf } from '#model/commands.ts';
import type { Backup } from '#model/backup-state.ts';
import type { State } from '#model/state.ts';
import type { AlarmId, BackupId, ProjectId } from '#std/ids.ts';

export interface AlarmSubject {
  readonly alarm: AlarmId;
  readonly project: ProjectId;
  /** The backup that was watched. */
  readonly backup: BackupId;
}

/** The command to give, or nothing when the snapshot looks like work. */
export function alarmCommand(
  state: State,
  subject: AlarmSubject,
  suspicion: Suspicion,
): CommandOf<'raise-alarm'> | undefined {
  if (!suspicion.isAlarm) return undefined;
  const lastClean = lastCleanBefore(state, subject)?.taken?.snapshot;
  const { score, signs } = suspicion;
  const command = { kind: 'raise-alarm' as const, ...subject, score, signs: signs.slice(0, SIGNS_MAX) };
  return lastClean === undefined ? command : { ...command, lastClean };
}

/** The project's newest snapshot before this one that no alarm was raised on. */
export function lastCleanBefore(state: State, { project, backup: id }: AlarmSubject): Backup | undefined {
  const begunAt = state.backups.taken.get(id)?.begunAt ?? Infinity;
  let newest: Backup | undefined;
  for (const backup of state.backups.taken.values()) {
    const isClean = backup.project === project && backup.standing === 'taken' && !backup.suspect && backup.id !== id;
    if (isClean && backup.begunAt <= begunAt && backup.begunAt > (newest?.begunAt ?? -Infinity)) newest = backup;
  }
  return newest;
}
