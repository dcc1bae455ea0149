/** `backup status`, for a person or a monitor: what runs and how long it takes yet, what is late, what looks like an attack. */
import type { Command } from 'commander';
import type { Cli } from '../cli.ts';
import type { Console } from '../console.ts';
import { EXIT, instant } from '../output.ts';
import { readProgress } from '#host/backup/notes.ts';
import { lateAtOf } from '#model/backup-due.ts';
import type { State } from '#model/state.ts';
import type { WorkProgress } from '#ports/backups.ts';
import type { ProjectId } from '#std/ids.ts';

const MIB = 2 ** 20;

export function addStatusCommand(backup: Command, cli: Cli): void {
  backup
    .command('status')
    .description('what runs, what is late, what looks like an attack; leaves with 1 when somebody should look')
    .action(() => cli.with(async (console) => show(console, cli)));
}

function show(console: Console, cli: Cli): void {
  const found = statusOf(console.state(), console.now, readProgress(cli.data()));
  const troubles = [...found.alarms, ...found.late, ...found.unprotected, ...found.doubts, ...found.damaged];
  if (troubles.length > 0) cli.leave(EXIT.no);
  console.output.show(found, () => [
    ...found.vaults.map(
      ({ name, id, lockDays, locks }) => `vault        ${name}  ${id}, locked for ${lockDays} days (${locks})`,
    ),
    ...found.running.map(runningLine),
    ...found.alarms.map(
      ({ project, at, says, lastClean }) =>
        `ALARM        ${project}, ${instant(at)}: ${says}; last clean: ${lastClean?.slice(0, 12) ?? 'none'}. Nothing is removed anywhere. See Backups, Alarms`,
    ),
    ...found.late.map(
      ({ project, dueAt }) => `LATE         ${project}, since ${instant(dueAt)}: picturelock backup now ${project}`,
    ),
    ...found.doubts.map(({ vault, says }) => `CLOCK DOUBT  ${vault}: ${says}`),
    ...found.damaged.map(
      ({ vault, count, objects }) =>
        `DAMAGED      ${vault}: ${count} objects, ${objects[0]} first: picturelock backup heal PROJECT --vault ${vault} --from ANOTHER`,
    ),
    ...found.unprotected.map(
      ({ project }) => `NO BACKUP    ${project}: picturelock backup policy ${project} --vault NAME`,
    ),
    ...(troubles.length === 0 ? ['every project is copied on time, and nothing looks like an attack'] : []),
  ]);
}

/** `alarms`: open ones. */
export function statusOf(state: State, at: number, running: readonly WorkProgress[]) {
  const { policies, alarms, vaults } = state.backups;
  const alias = (id: ProjectId): string => state.projects.get(id)?.alias ?? id;
  const live = [...policies.values()].filter(({ endedAt }) => endedAt === undefined);
  const covered = new Set(live.map(({ project }) => project));
  const inUse = [...vaults.values()].filter(({ standing }) => standing === 'in-use');
  return {
    vaults: inUse.map(({ id, name, lockDays, locks }) => ({ id, name, lockDays, locks })),
    running,
    alarms: [...alarms.values()]
      .filter(({ settled }) => settled === undefined)
      .map(({ project, raisedAt, signs, lastClean }) => ({
        project: alias(project),
        at: raisedAt,
        says: signs[0]?.says ?? '',
        lastClean,
      })),
    late: live
      .filter((policy) => lateAtOf(policy) < at)
      .map((policy) => ({ project: alias(policy.project), dueAt: lateAtOf(policy) })),
    doubts: inUse.flatMap(({ name, clockDoubt }) =>
      clockDoubt === undefined ? [] : [{ vault: name, says: clockDoubt }],
    ),
    damaged: inUse.flatMap(({ name, damage }) => (damage === undefined ? [] : [{ vault: name, ...damage }])),
    unprotected: [...state.projects.values()]
      .filter(({ id, standing }) => standing !== 'wrapped' && !covered.has(id))
      .map((project) => ({ project: project.alias })),
  };
}

function runningLine({ work, files, doneBytes, ofBytes, bytesPerSecond, leftMs }: WorkProgress): string {
  const of = ofBytes === undefined ? '' : ` of ${mib(ofBytes)}`;
  const left = leftMs === undefined ? '' : `, ${Math.ceil(leftMs / 60_000)} min left`;
  return `running      ${work}: ${files} files, ${mib(doneBytes)}${of}, ${mib(bytesPerSecond)}/s${left}`;
}

function mib(bytes: number): string {
  return `${(bytes / MIB).toFixed(bytes < 10 * MIB ? 1 : 0)} MiB`;
}
