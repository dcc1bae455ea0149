/** `backup`: vaults, policies, snapshots, drills, restores and the runbook of a running facility. */
import { writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import type { Command } from 'commander';
import type { Cli } from '../cli.ts';
import type { Console } from '../console.ts';
import { Failure, usage } from '../failure.ts';
import { EXIT, instant, table } from '../output.ts';
import { addClosingCommands } from './backup-closing.ts';
import { addDisasterCommands } from './backup-disaster.ts';
import { addMendCommands } from './backup-mend.ts';
import { addRemovalListCommand } from './backup-removal.ts';
import { addOffsiteCommands } from './backup-offsite.ts';
import { addStatusCommand } from './backup-status.ts';
import { addRestoreCommands } from './backup-restore.ts';
import { deskParts, newId, waitUntil } from './backup-work.ts';
import { createBackupDesk } from '#host/backup/backup-desk.ts';
import { copyFacility, writtenVaults } from '#host/backup/facility-copy.ts';
import { lockStrength, vaultKind } from '#model/backup-shapes.ts';
import { DAY_MS, HOUR_MS } from '#model/limits.ts';
import type { BackupPolicy } from '#model/backup-state.ts';
import type { State } from '#model/state.ts';
import { lateAtOf } from '#model/backup-due.ts';
import { isWritten, vaultsWith } from '#model/backup-facts.ts';
import type { BackupId, VaultId } from '#std/ids.ts';

export function addBackupCommands(program: Command, cli: Cli): void {
  const backup = program
    .command('backup')
    .description('copies nobody can remove, drills that prove them, the way back');
  addSetUpCommands(backup, cli);
  addRunCommands(backup, cli);
  addLookCommands(backup, cli);
  addStatusCommand(backup, cli);
  addRestoreCommands(backup, cli);
  addClosingCommands(backup, cli);
  addDisasterCommands(backup, cli);
  addOffsiteCommands(backup, cli);
  addMendCommands(backup, cli);
  addRemovalListCommand(backup, cli);
}

interface VaultGiven {
  readonly nature: string;
  readonly locks: string;
  readonly lockDays: string;
}

interface PolicyGiven {
  readonly vault: readonly string[];
  readonly everyHours: string;
  readonly keepDays: string;
  readonly rpoHours: string;
  readonly rtoHours: string;
  readonly drillDays: string;
  readonly decoys?: boolean;
}

function addSetUpCommands(backup: Command, cli: Cli): void {
  backup
    .command('enrol <name> <address>')
    .description('a vault: https://vault.example:8443/, file:///mnt/vault/ or s3:https://HOST/BUCKET/PREFIX')
    .option('--nature <kind>', 'local, site or s3', 'local')
    .option('--locks <strength>', 'who can undo a lock: service, root, governance or nobody', 'service')
    .option('--lock-days <days>', 'for how long it locks', '30')
    .action((name: string, address: string, given: VaultGiven) =>
      cli.with(async (console) => {
        const [nature, locks] = [vaultKind.safeParse(given.nature), lockStrength.safeParse(given.locks)];
        if (!nature.success || !locks.success)
          throw usage('There is no such kind of vault.', 'picturelock backup enrol --help');
        const vault = newId('vault');
        const lockDays = Number(given.lockDays);
        await console.change({
          kind: 'enrol-vault',
          vault,
          name,
          address,
          nature: nature.data,
          locks: locks.data,
          lockDays,
        });
        console.output.show({ vault }, () => [vault]);
      }),
    );
  backup
    .command('policy <project>')
    .description('how often a project is copied, where, how long, and what may be lost')
    .requiredOption('--vault <name...>', 'the first is written by the backup, the others get copies')
    .option('--every-hours <hours>', 'how often', '24')
    .option('--keep-days <days>', 'how long', '90')
    .option('--rpo-hours <hours>', 'how much work may be lost', '24')
    .option('--rto-hours <hours>', 'how long until it is back', '24')
    .option('--drill-days <days>', 'how often a drill proves it', '30')
    .option(
      '--decoys',
      'a file in each top folder that nobody works with: touching it is an alarm; --no-decoys ends it',
    )
    .option('--no-decoys')
    .action((alias: string, given: PolicyGiven) => cli.with((console) => setPolicy(console, alias, given)));
}

async function setPolicy(console: Console, alias: string, given: PolicyGiven): Promise<void> {
  const project = console.project(alias).id;
  const known = policyOf(console.state(), project);
  const policy = known?.id ?? newId('policy');
  const hours = (text: string): number => Math.round(Number(text) * HOUR_MS);
  await console.change({
    kind: 'set-policy',
    policy,
    project,
    name: known?.name ?? alias,
    everyMs: hours(given.everyHours),
    keepDays: Number(given.keepDays),
    vaults: given.vault.map((name) => vaultNamed(console, name)),
    rpoMs: hours(given.rpoHours),
    rtoMs: hours(given.rtoHours),
    drillEveryMs: Math.round(Number(given.drillDays) * DAY_MS),
    decoys: given.decoys ?? known?.decoys ?? false,
  });
  console.output.show({ policy }, () => []);
}

function addRunCommands(backup: Command, cli: Cli): void {
  backup
    .command('now <project>')
    .description('take a snapshot now, and wait for it')
    .option('--copies', 'wait for its copies, too: until each vault of the policy that is written from here has it')
    .action((alias: string, { copies }: { copies?: boolean }) => cli.with(takeNow(alias, copies === true)));
  backup
    .command('drill <project>')
    .description('restore a sample to a scratch place, compare and measure; leaves with 1 when it does not hold')
    .option('--vault <name>', 'from this copy')
    .action((alias: string, { vault }: { vault?: string }) =>
      cli.with((console) => drillNow(console, cli, alias, vault)),
    );
  backup
    .command('facility')
    .description('copy the facility itself to its vaults now: ledger, checkpoints, keys, runbook')
    .action(() =>
      cli.with(async (console) => {
        const vaults = writtenVaults(console.state());
        const done = await copyFacility(deskParts(console, cli), { service: 'console' }, vaults, {});
        const rows = done.map((one) =>
          'taken' in one
            ? { vault: one.vault.name, snapshot: one.taken.snapshot, bytes: one.taken.bytes }
            : { vault: one.vault.name, failed: one.cause instanceof Error ? one.cause.message : String(one.cause) },
        );
        if (rows.some((row) => row.failed !== undefined)) cli.leave(EXIT.fault);
        console.output.show(rows, () =>
          rows.map((row) => `${row.vault}  ${row.snapshot?.slice(0, 12) ?? `FAILED: ${row.failed}`}`),
        );
        if (rows.length === 0)
          throw new Failure('no-vault', 'No vault is written from here.', {
            next: 'picturelock backup enrol NAME ADDRESS',
          });
      }),
    );
}

function takeNow(alias: string, isForCopies: boolean) {
  return async (console: Console): Promise<void> => {
    const policy = policyOf(console.state(), console.project(alias).id);
    const vault = policy?.vaults[0];
    if (policy === undefined || vault === undefined) throw noPolicy(alias);
    const backup = newId('backup');
    await console.change({ kind: 'begin-backup', backup, policy: policy.id, vault, because: 'asked' });
    const ended = await waitUntil(console, ({ backups }) => {
      const one = backups.taken.get(backup);
      return one?.standing === 'running' ? undefined : one;
    });
    if (ended.standing !== 'taken')
      throw new Failure(ended.failure?.code ?? 'failed', ended.failure?.says ?? 'It failed.', { exit: EXIT.fault });
    if (isForCopies) await waitForCopies(console, backup);
    console.output.show(ended.taken, () => [`${ended.taken?.snapshot.slice(0, 12)}  ${ended.taken?.files} files`]);
  };
}

/** A copy that fails once is told at once, though the service goes on trying. */
async function waitForCopies(console: Console, id: BackupId): Promise<void> {
  const failed = await waitUntil(console, ({ backups }) => {
    const one = backups.taken.get(id);
    const policy = one === undefined ? undefined : backups.policies.get(one.policy);
    if (one === undefined || policy === undefined || policy.lastBackup !== id) return 'a newer snapshot is copied now';
    const written = policy.vaults
      .flatMap((vault) => backups.vaults.get(vault) ?? [])
      .filter((vault) => vault.standing === 'in-use' && isWritten(vault));
    const missing = written.filter((vault) => !vaultsWith(one).includes(vault.id));
    if (missing.length === 0) return '';
    const trouble = policy.copyTroubles?.find(
      ({ vault, at }) => at >= one.begunAt && missing.some((m) => m.id === vault),
    );
    const name = backups.vaults.get(trouble?.vault ?? missing[0]?.id ?? one.vault)?.name;
    return trouble === undefined ? undefined : `the copy to ${name} failed: ${trouble.code}`;
  });
  if (failed !== '')
    throw new Failure('not-copied', `The snapshot is taken, but ${failed}.`, {
      exit: EXIT.fault,
      next: 'picturelock backup status',
    });
}

async function drillNow(console: Console, cli: Cli, alias: string, name: string | undefined): Promise<void> {
  const policy = policyOf(console.state(), console.project(alias).id);
  const vault = name === undefined ? policy?.vaults[0] : vaultNamed(console, name);
  if (policy === undefined || vault === undefined) throw noPolicy(alias);
  const drill = newId('drill');
  await console.change({ kind: 'begin-drill', drill, policy: policy.id, vault, because: 'asked' });
  const result = await waitUntil(console, ({ backups }) => backups.drills.get(drill)?.result);
  if (!result.held) cli.leave(EXIT.no);
  console.output.show(result, () => [
    `${result.held ? 'holds' : 'FAILS'}  ${result.files} of ${result.filesOf} files, ${result.failed} failed`,
    `back in ${result.rtoMs} ms ± ${result.rtoSpreadMs}`,
    ...result.failures.map(({ path, why }) => `  ${path}: ${why}`),
  ]);
}

function addLookCommands(backup: Command, cli: Cli): void {
  backup
    .command('list')
    .description('policies, their newest snapshots and copies, and when a drill last held')
    .action(() => cli.with(async (console) => list(console)));
  backup
    .command('runbook')
    .description('how to bring everything back, as of now')
    .option('--project <alias>', 'of one project')
    .option('--html', 'as a page that prints well')
    .option('--out <file>')
    .action((given: { project?: string; html?: boolean; out?: string }) =>
      cli.with(async (console) => {
        const project = given.project === undefined ? undefined : console.project(given.project).id;
        const written = await createBackupDesk(deskParts(console, cli)).runbook(project);
        const { sha256, steps, neverProven } = written;
        if (project === undefined) await console.change({ kind: 'record-runbook', sha256, steps, neverProven });
        const text = given.html === true ? written.html : written.text;
        if (given.out === undefined) console.output.show({ sha256, steps, neverProven, text }, () => [text]);
        else writeFileSync(resolve(given.out), text, { mode: 0o600 });
      }),
    );
}

function list(console: Console): void {
  const { backups, projects } = console.state();
  const rows = [...backups.policies.values()]
    .filter(({ endedAt }) => endedAt === undefined)
    .map((policy) => {
      const last = policy.lastBackup === undefined ? undefined : backups.taken.get(policy.lastBackup);
      return {
        project: projects.get(policy.project)?.alias ?? policy.project,
        takenAt: policy.lastTakenAt,
        isLate: lateAtOf(policy) < console.now,
        copies: last?.copies.map(({ vault }) => backups.vaults.get(vault)?.name ?? vault) ?? [],
        provenAt: policy.lastDrillAt,
      };
    });
  const when = (at: number | undefined): string => (at === undefined ? 'never' : instant(at));
  console.output.show(rows, () =>
    table(
      ['project', 'newest', 'late', 'drill held', 'copies'],
      rows.map((row) => [
        row.project,
        when(row.takenAt),
        row.isLate ? 'LATE' : '',
        when(row.provenAt),
        row.copies.join(', '),
      ]),
    ),
  );
}

function policyOf({ backups }: State, project: BackupPolicy['project']): BackupPolicy | undefined {
  return [...backups.policies.values()].find((one) => one.project === project && one.endedAt === undefined);
}

function noPolicy(alias: string): Failure {
  return new Failure('no-policy', `${alias} has no backup policy.`, {
    next: `picturelock backup policy ${alias} --vault NAME`,
  });
}

function vaultNamed(console: Console, name: string): VaultId {
  const found = [...console.state().backups.vaults.values()].find((vault) => vault.name === name || vault.id === name);
  if (found === undefined)
    throw new Failure('no-such-vault', `There is no vault ${name}.`, { next: 'picturelock backup enrol NAME ADDRESS' });
  return found.id;
}
