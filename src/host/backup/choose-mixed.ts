/** What a restore that mixes snapshots is made of: by alarms, or by what somebody touched. Undefined: one snapshot is enough. */
import type { MixedJob } from './job.ts';
import type { Placed } from '#model/events.ts';
import type { Backup, Restore } from '#model/backup-state.ts';
import { takenAt } from '#plan/backup/choose-snapshot.ts';
import { snapshotsToMix } from '#plan/backup/newest-clean.ts';
import type { MixedSnapshot } from '#plan/backup/newest-clean.ts';
import { picksBefore, TOUCHED_ENTRIES_MAX, touchedIn, TOUCHING_KINDS } from '#plan/backup/touched.ts';
import type { Touched } from '#plan/backup/touched.ts';
import type { EngineClient, EntryQuery } from '#ports/engine.ts';
import type { PersonId, ProjectId } from '#std/ids.ts';
import { Fault } from '#std/refused.ts';

const PAGE = 500;

export async function chooseMixed(
  engine: Pick<EngineClient, 'state' | 'search'>,
  { touched, newestClean, path, begunAt }: Restore,
  backup: Backup,
): Promise<MixedJob['choice'] | undefined> {
  const state = engine.state();
  const { project } = backup;
  if (touched !== undefined) {
    const all = await touchedSince(engine, { project, ...touched, until: begunAt });
    const within = all.filter((one) => path === '' || one.path === path || one.path.startsWith(`${path}/`));
    if (within.length === 0)
      throw new Fault(
        'nothing-to-restore',
        'they touched nothing there since then through the portal or SFTP; what was done on opened storage has no entries: compare snapshots (backup diff)',
      );
    return { how: 'named', ...picksBefore(state, project, within) };
  }
  if (!newestClean) return undefined;
  const snapshots = snapshotsToMix(state, { project, at: takenAt(backup) }).map((one): MixedSnapshot => {
    const folders = state.backups.policies.get(one.policy)?.folders;
    const { suspect, policy, taken } = one;
    const snapshot = taken?.snapshot ?? '';
    return folders === undefined ? { snapshot, policy, suspect } : { snapshot, policy, suspect, folders };
  });
  return { how: 'newest-clean', snapshots };
}

export interface TouchedWish {
  readonly project: ProjectId;
  readonly by: PersonId;
  readonly since: number;
  readonly until?: number;
}

/** A Fault `too-much-touched` when there is more than can be looked at: a later beginning is chosen then. */
export async function touchedSince(
  engine: Pick<EngineClient, 'search'>,
  wish: TouchedWish,
): Promise<readonly Touched[]> {
  const entries: Placed[] = [];
  for (const kind of TOUCHING_KINDS) {
    let before: number | undefined;
    do {
      const page = await engine.search(queryOf(wish, kind, before));
      entries.push(...page.entries.filter(({ entry }) => entry.by.person === wish.by));
      if (entries.length > TOUCHED_ENTRIES_MAX)
        throw new Fault(
          'too-much-touched',
          'They did more in this time than can be looked at: choose a later beginning.',
        );
      before = page.next;
    } while (before !== undefined);
  }
  return touchedIn(entries);
}

function queryOf({ project, by, since, until }: TouchedWish, kind: string, before: number | undefined): EntryQuery {
  return {
    person: by,
    project,
    kind,
    from: since,
    ...(until === undefined ? {} : { until }),
    ...(before === undefined ? {} : { before }),
    limit: PAGE,
  };
}
