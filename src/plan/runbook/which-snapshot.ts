/** Which snapshot of a project the steps from one vault restore, by what name, and what somebody has to know before they type it. */
import { holdsIt, newestIn } from './copies.ts';
import { minute } from './first-minutes.ts';
import { quoted } from './way-in.ts';
import type { Backup } from '#model/backup-state.ts';
import type { State } from '#model/state.ts';
import { snapshotsOf, takenAt } from '#plan/backup/choose-snapshot.ts';
import type { ProjectId, VaultId } from '#std/ids.ts';

export interface Offered {
  readonly backup: Backup;
  readonly name: string;
  /** Nothing when it is clean. */
  readonly warns: readonly string[];
}

/** The newest clean one that this vault holds; where every one is suspect, the newest, with what to do instead. */
export function offeredFrom(state: State, project: ProjectId, vault: VaultId): Offered | undefined {
  const newest = newestIn(state, project, vault);
  if (newest?.taken === undefined) return undefined;
  const cleanOnes = snapshotsOf(state, { project, clean: true });
  const clean = cleanOnes.find((one) => holdsIt(one, vault));
  if (clean !== undefined) {
    const name = clean === newest ? 'The newest snapshot' : 'The newest CLEAN snapshot';
    return { backup: clean, name, warns: [] };
  }
  return {
    backup: newest,
    name: 'SUSPECT: the newest snapshot, and an alarm is about it as about every other one here',
    warns: [instead(state, newest, vault, cleanOnes[0])],
  };
}

function instead(state: State, newest: Backup, vault: VaultId, clean: Backup | undefined): string {
  const names = [...state.backups.vaults.values()]
    .filter(({ id, standing }) => standing === 'in-use' && clean !== undefined && holdsIt(clean, id))
    .map(({ name }) => name);
  if (clean !== undefined && names.length > 0)
    return `Do not restore it: ${names.join(' and ')} ${names.length === 1 ? 'holds' : 'hold'} a clean one, of ${minute(takenAt(clean))}.`;
  const alias = quoted(state.projects.get(newest.project)?.alias ?? newest.project);
  const perFile = `picturelock backup restore ${alias} / --clean --reason TEXT`;
  return [
    'No copy has a clean one. Where the facility runs, take instead of each file the newest version from before the alarm:',
    `${perFile}. Else look into the alarm first,`,
    `${earlier(state, newest, vault)}and let nobody work on what comes back before it was looked through.`,
  ].join(' ');
}

/** The one that was taken longest before: an attack that was noticed late began before the newest. */
function earlier(state: State, newest: Backup, vault: VaultId): string {
  const first = snapshotsOf(state, { project: newest.project }).findLast((one) => holdsIt(one, vault));
  if (first?.taken === undefined || first === newest) return '';
  return `try the earliest here (${first.taken.snapshot.slice(0, 12)}, of ${minute(takenAt(first))}) in the place of the id below, `;
}
