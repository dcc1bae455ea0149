/** What a policy promises, in sentences, before it is set; and what somebody might think it promises and it does not. */
import type { PromiseView } from '#api/endpoints/backup-views.ts';
import { problemOf } from '#api/problem.ts';
import { authorize } from '#access/authorize.ts';
import { BYTES_PER_TIB } from '#api/views/backups.ts';
import type { Viewer } from '#api/views/viewer.ts';
import type { CommandOf } from '#model/commands.ts';
import { decide } from '#model/decide.ts';
import type { By } from '#model/events.ts';
import { DAY_MS, HOUR_MS, MINUTE_MS } from '#model/limits.ts';
import type { Backup, Vault } from '#model/backup-state.ts';
import { snapshotsOf } from '#plan/backup/choose-snapshot.ts';
import { DRILL_EVERY_MS } from '#plan/backup/schedule.ts';
import { isRefused } from '#std/refused.ts';

type Policy = CommandOf<'set-policy'>;

/** Growth is guessed from so many of the newest snapshots. */
const LOOK_BACK = 20;

/** Who can remove a copy before its time, by the strength of the vault's locks. */
const UNDOERS: Readonly<Record<Vault['locks'], string>> = {
  nobody: 'nobody can remove a copy',
  root: 'only root of the vault’s own machine can remove a copy',
  governance: 'only an account with a special right can remove a copy',
  service: 'whoever takes over the vault’s service can remove a copy',
};

export function promiseView(viewer: Viewer, policy: Policy, by: By): PromiseView {
  const { state, at } = viewer;
  const allowed = authorize(state, policy, by, at);
  const decided = isRefused(allowed) ? allowed : decide(state, policy, { by, at });
  const vaults = policy.vaults.flatMap((id) => state.backups.vaults.get(id) ?? []);
  const taken = snapshotsOf(state, { project: policy.project }).slice(0, LOOK_BACK);
  const parts = [schedule(policy), loss(policy, taken), timeBack(viewer, policy), storage(policy, vaults, taken)];
  return {
    sentences: [...parts.flatMap(({ says }) => says), ...vaults.map(lockSentence), drills(policy)],
    warnings: [...parts.flatMap(({ warns }) => warns), ...placeWarnings(vaults)],
    ...(isRefused(decided) ? { refused: problemOf(decided) } : {}),
  };
}

interface Part {
  readonly says: readonly string[];
  readonly warns: readonly string[];
}

function schedule({ folders, everyMs, keepDays }: Policy): Part {
  const what = folders === undefined ? 'The whole workspace' : `Only ${folders.join(', ')}`;
  const count = Math.max(1, Math.floor((keepDays * DAY_MS) / everyMs));
  return {
    says: [
      `${what} is copied every ${spanText(everyMs)}; each snapshot is kept for ${keepDays} days, so about ${count} at a time.`,
    ],
    warns: folders === undefined ? [] : ['Top folders that are not named are not copied.'],
  };
}

/** A snapshot shows the tree at its beginning and counts when it is whole: both spans can be lost. */
function loss({ everyMs, rpoMs }: Policy, taken: readonly Backup[]): Part {
  const lastMs = Math.max(0, ...taken.map((one) => (one.taken?.finishedAt ?? 0) - (one.taken?.startedAt ?? 0)));
  const worstMs = everyMs + lastMs;
  const measured =
    taken.length === 0
      ? 'plus the time that a backup takes, which nothing has measured yet'
      : `with the ${spanText(lastMs)} that the slowest recent backup took`;
  return {
    says: [`At worst the work of ${spanText(worstMs)} is lost, ${measured}; ${spanText(rpoMs)} is accepted.`],
    warns:
      worstMs > rpoMs
        ? [`${spanText(worstMs)} is more than the ${spanText(rpoMs)} that may be lost: copy more often.`]
        : [],
  };
}

function timeBack({ state }: Viewer, { project, rtoMs }: Policy): Part {
  const [newest] = [...state.backups.drills.values()]
    .flatMap((drill) => (drill.project === project && drill.result?.held === true ? [drill.result] : []))
    .toSorted((a, b) => b.finishedAt - a.finishedAt);
  if (newest === undefined)
    return {
      says: [],
      warns: [`No drill has measured a restore of this project: whether ${spanText(rtoMs)} is enough is not known.`],
    };
  const worstMs = newest.rtoMs + newest.rtoSpreadMs;
  const measured = `The newest drill measured ${spanText(newest.rtoMs)} until the whole project is back, ${spanText(worstMs)} at worst`;
  const says = `${measured}; ${spanText(rtoMs)} is wanted.`;
  return {
    says: [says],
    warns: worstMs > rtoMs ? [`A restore takes longer than the ${spanText(rtoMs)} that is wanted.`] : [],
  };
}

function storage({ everyMs, keepDays }: Policy, vaults: readonly Vault[], taken: readonly Backup[]): Part {
  const [newest, ...older] = taken.flatMap((one) => one.taken ?? []);
  if (newest === undefined) return { says: ['How much room it takes is known after the first snapshot.'], warns: [] };
  const added =
    older.length === 0 ? 0 : older.reduce((sum, { addedBytes }) => sum + addedBytes, newest.addedBytes) / taken.length;
  const bytes = newest.bytes + added * Math.max(1, Math.floor((keepDays * DAY_MS) / everyMs));
  const costs = vaults.flatMap(({ name, centsPerTibMonth: cents, currency }) =>
    cents === undefined
      ? []
      : [`${((bytes / BYTES_PER_TIB) * (cents / 100)).toFixed(2)} ${currency ?? ''} a month in ${name}`],
  );
  const full = vaults.filter(({ quotaBytes }) => quotaBytes !== undefined && quotaBytes < bytes);
  return {
    says: [
      `At the growth of late it takes about ${sizeText(bytes)} in each vault${costs.length === 0 ? '' : `: ${costs.join(', ')}`}.`,
    ],
    warns: full.map(({ name }) => `${name} has less room than that.`),
  };
}

function lockSentence({ name, locks, lockDays }: Vault): string {
  return `${name}: ${UNDOERS[locks]} in its first ${lockDays} days.`;
}

function drills({ drillEveryMs = DRILL_EVERY_MS }: Policy): string {
  return `A drill tries a restore every ${spanText(drillEveryMs)}, from each vault in turn.`;
}

function placeWarnings(vaults: readonly Vault[]): readonly string[] {
  const warnings: string[] = [];
  if (vaults.length === 1) warnings.push('There is one copy: what takes the vault takes all of them.');
  if (vaults.length > 0 && vaults.every(({ nature }) => nature === 'local'))
    warnings.push('Every copy is in the house: a fire or a thief takes the work and its copies.');
  for (const { name, locks, clockDoubt } of vaults) {
    if (locks === 'service')
      warnings.push(`${name} cannot lock files below its own service: take one with stronger locks beside it.`);
    if (clockDoubt !== undefined) warnings.push(`The clock of ${name} is doubted; nothing expires there meanwhile.`);
  }
  return warnings;
}

function spanText(ms: number): string {
  const [value, unit] =
    ms >= 2 * DAY_MS
      ? [ms / DAY_MS, 'days']
      : ms >= HOUR_MS
        ? [ms / HOUR_MS, 'h']
        : ms >= MINUTE_MS
          ? [ms / MINUTE_MS, 'min']
          : [ms / 1000, 's'];
  return `${Number(value.toFixed(1))} ${unit}`;
}

function sizeText(bytes: number): string {
  const units = ['B', 'kB', 'MB', 'GB', 'TB', 'PB'];
  let [value, unit] = [bytes, 0];
  while (value >= 1000 && unit < units.length - 1) [value, unit] = [value / 1000, unit + 1];
  return `${Number(value.toPrecision(3))} ${units[unit]}`;
}
