/** What somebody should look at about a policy's drills: those that failed, measured more than is wanted, are overdue, or proved less than they could. */
import { DAY_MS } from '#model/limits.ts';
import type { BackupPolicy, Drill } from '#model/backup-state.ts';
import type { State } from '#model/state.ts';
import { snapshotsOf } from '#plan/backup/choose-snapshot.ts';
import { measuredTroubles } from '#plan/backup/measured-troubles.ts';
import { DRILL_EVERY_MS } from '#plan/backup/schedule.ts';
import type { Trouble } from '#plan/backup/troubles.ts';

/** A drill that is late by more than this share of its rhythm is overdue. */
const OVERDUE_SHARE = 1 / 4;
export const OVERDUE_MS_MAX = 2 * DAY_MS;

export function drillTroubles(state: State, policy: BackupPolicy, alias: string, at: number): readonly Trouble[] {
  const ended = [...state.backups.drills.values()]
    .filter((drill) => drill.policy === policy.id && drill.result !== undefined)
    .sort((a, b) => b.begunAt - a.begunAt);
  const failed = policy.vaults.flatMap((vault) => {
    const newest = ended.find((drill) => drill.vault === vault);
    return newest?.result?.held === false ? [failedDrill(state, alias, newest)] : [];
  });
  const missed = policy.vaults.flatMap((id) => {
    const vault = state.backups.vaults.get(id);
    return vault === undefined
      ? []
      : measuredTroubles(
          policy,
          alias,
          vault,
          ended.find((drill) => drill.vault === id),
        );
  });
  const { drillEveryMs = DRILL_EVERY_MS, lastDrillAt } = policy;
  const [first] = snapshotsOf(state, { project: policy.project })
    .filter((one) => one.policy === policy.id)
    .slice(-1);
  const since = lastDrillAt ?? first?.begunAt;
  const overdue: readonly Trouble[] =
    since !== undefined && isOverdue(since, drillEveryMs, at)
      ? [
          {
            code: 'drill-overdue',
            weight: 'look',
            project: policy.project,
            says: `no drill of ${alias} has held ${lastDrillAt === undefined ? 'yet' : 'in the time that its policy wants'}`,
            next: `picturelock backup drill ${alias}`,
          },
        ]
      : [];
  const last = ended[0];
  return [...failed, ...missed, ...overdue, ...room(alias, last), ...walls(alias, last), ...alone(alias, last)];
}

function failedDrill(state: State, alias: string, { project, vault, result }: Drill): Trouble {
  const name = state.backups.vaults.get(vault)?.name ?? vault;
  // Names of files are for those who may restore them.
  const [first] = result?.failures ?? [];
  const why = first?.path === '' ? `: ${first.why}` : `: ${result?.failed ?? 0} files did not come back as promised`;
  return {
    code: 'drill-failed',
    weight: 'look',
    project,
    vault,
    says: `the newest drill of ${alias} from ${name} failed${why}`,
    next: `picturelock backup verify ${alias} --vault ${name}`,
  };
}

/** It held as far as it went. */
function room(alias: string, drill: Drill | undefined): readonly Trouble[] {
  if (drill?.result?.held !== true || drill.result.bounded === undefined) return [];
  return [
    {
      code: 'drill-room',
      weight: 'note',
      project: drill.project,
      vault: drill.vault,
      says: `the newest drill of ${alias} restored less than it drew: its scratch place has no room for more`,
      next: 'give drills a larger place: picturelock start --drill-scratch DIR',
    },
  ];
}

export const SECOND_NEXT = 'install restic where the backup service runs: it is the way back without this program';

/** Without the second tool nothing shows that the copy opens to anything but ourselves. */
function alone(alias: string, drill: Drill | undefined): readonly Trouble[] {
  if (drill?.result?.held !== true || drill.result.second !== undefined) return [];
  return [
    {
      code: 'drill-second-tool',
      weight: 'note',
      project: drill.project,
      vault: drill.vault,
      says: `in the newest drill of ${alias} no second tool restored anything: there is no restic`,
      next: SECOND_NEXT,
    },
  ];
}

/** What a drill held with stands open to whatever hostile bytes make of restic or ffprobe. */
function walls(alias: string, drill: Drill | undefined): readonly Trouble[] {
  const words = [drill?.result?.second?.walls, drill?.result?.media.walls];
  if (drill === undefined || !words.some((word) => word === 'limited' || word === 'none')) return [];
  return [
    {
      code: 'drill-walls',
      weight: 'note',
      project: drill.project,
      vault: drill.vault,
      says: `in the newest drill of ${alias} restic or ffprobe ran without walls: this system gives none, so they had this service’s rights`,
      next: 'let this account make user namespaces, or run drills on a machine that does: docs/operate/082-backups.md',
    },
  ];
}

export function isOverdue(since: number, everyMs: number, at: number): boolean {
  return at > since + everyMs + Math.min(everyMs * OVERDUE_SHARE, OVERDUE_MS_MAX);
}
