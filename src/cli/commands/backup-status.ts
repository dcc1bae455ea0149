/** `backup status`, for a person or a monitor: what runs and how long it takes yet, and everything about backups that somebody should look at. */
import type { Command } from 'commander';
import type { Cli } from '../cli.ts';
import type { Console } from '../console.ts';
import { EXIT } from '../output.ts';
import { readEscrow, readProgress } from '#host/backup/notes.ts';
import { lateAtOf } from '#model/backup-due.ts';
import type { State } from '#model/state.ts';
import { backupTroubles } from '#plan/backup/troubles.ts';
import type { EscrowAt } from '#plan/backup/troubles.ts';
import type { WorkProgress } from '#ports/backups.ts';
import type { ProjectId } from '#std/ids.ts';

const MIB = 2 ** 20;

export function addStatusCommand(backup: Command, cli: Cli): void {
  backup
    .command('status')
    .description('what runs, and what somebody should look at, each with a code and what to do; leaves with 1 then')
    .action(() => cli.with(async (console) => show(console, cli)));
}

function show(console: Console, cli: Cli): void {
  const escrowAt = readEscrow(cli.data())?.at ?? 'never';
  const found = statusOf(console.state(), console.now, readProgress(cli.data()), escrowAt);
  const isCalm = found.troubles.every(({ weight }) => weight === 'note');
  if (!isCalm) cli.leave(EXIT.no);
  console.output.show(found, () => [
    ...found.vaults.map(
      ({ name, id, lockDays, locks }) => `vault        ${name}  ${id}, locked for ${lockDays} days (${locks})`,
    ),
    ...found.running.map(runningLine),
    ...found.troubles.map(
      ({ code, weight, says, next }) => `${weight === 'look' ? 'LOOK' : 'note'}  ${code}: ${says}. Next: ${next}`,
    ),
    ...(isCalm ? ['every project is copied on time and proved, and nothing looks like an attack'] : []),
  ]);
}

/** `alarms`: open ones. */
export function statusOf(state: State, at: number, running: readonly WorkProgress[], escrowAt?: EscrowAt) {
  const { policies, alarms, vaults } = state.backups;
  const alias = (id: ProjectId): string => state.projects.get(id)?.alias ?? id;
  const live = [...policies.values()].filter(({ endedAt }) => endedAt === undefined);
  const covered = new Set(live.map(({ project }) => project));
  const inUse = [...vaults.values()].filter(({ standing }) => standing === 'in-use');
  return {
    troubles: backupTroubles(state, at, escrowAt).map(({ project, vault, ...trouble }) => ({
      ...trouble,
      ...(project === undefined ? {} : { project: alias(project) }),
      ...(vault === undefined ? {} : { vault: vaults.get(vault)?.name ?? vault }),
    })),
    vaults: inUse.map(({ id, name, lockDays, locks }) => ({ id, name, lockDays, locks })),
    running,
    alarms: [...alarms.values()]
      .filter(({ settled }) => settled === undefined)
      .map(({ project, raisedAt, signs, lastClean }) => ({
        project: project === undefined ? 'facility' : alias(project),
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
