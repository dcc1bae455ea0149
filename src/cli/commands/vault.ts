/** `vault`: the process that holds copies and lets nobody remove them early, and what only whoever stands at its machine may do. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Command } from 'commander';
import type { Cli } from '../cli.ts';
import { Failure, usage } from '../failure.ts';
import { EXIT, instant, table } from '../output.ts';
import { addVaultClientCommands } from './vault-client.ts';
import { addVaultOffsiteCommands, pullLines } from './vault-offsite.ts';
import { addVaultFollow } from './vault-follow.ts';
import { addVaultRemovalCommands, readRemovalList, upToOf } from './vault-removal.ts';
import { placeOf } from '#host/process/settings.ts';
import { startBolt } from '#host/vault/bolt/bolt.ts';
import { askVault } from '#host/vault/control.ts';
import { readMachineClock } from '#host/vault/machine-clock.ts';
import { startVaultService } from '#host/vault/vault-service.ts';
import type { VaultServiceSettings } from '#host/vault/vault-service.ts';
import type { VaultStatus } from '#host/vault/vault-status.ts';
import { isId } from '#std/ids.ts';
import { auditJournal } from '#vault/server/audit.ts';

interface ServeGiven {
  readonly listen: string;
  readonly cert?: string;
  readonly key?: string;
  readonly clientCa?: string;
  readonly bolt?: string;
  readonly facility?: string;
  readonly id?: string;
  readonly rereadDays?: string;
}

export function addVaultCommands(program: Command, cli: Cli): void {
  const vault = program.command('vault').description('hold copies that nobody can remove before their time');
  addServe(vault, cli);
  addBolt(vault, cli);
  addVaultClientCommands(vault, cli);
  addVaultOffsiteCommands(vault, cli);
  addWindow(vault, cli);
  addStatus(vault, cli);
  addAudit(vault, cli);
  addRemovals(vault, cli);
  addVaultRemovalCommands(vault, cli);
  addVaultFollow(vault, cli);
}

function addServe(vault: Command, cli: Cli): void {
  vault
    .command('serve')
    .description('run the vault over the folder that --data names, under an account of its own')
    .option('--listen <host:port>', 'where clients reach it', '127.0.0.1:8443')
    .option('--cert <file>', 'its TLS certificate; needed on any address that others reach')
    .option('--key <file>', 'the key of that certificate')
    .option('--client-ca <file>', 'clients show a certificate that this authority signed')
    .option('--bolt <socket>', 'where the bolt makes files immutable')
    .option('--facility <dir>', 'data directory of the facility on this machine: receipts go to its ledger')
    .option('--id <vault>', 'what the ledger calls this vault (vlt_…)')
    .option('--reread-days <n>', 'everything that is held is read and hashed again so often', '30')
    .action((given: ServeGiven) => serve(settingsOf(cli.data(), given)));
}

function settingsOf(folder: string, given: ServeGiven): VaultServiceSettings {
  if (existsSync(join(folder, 'ledger')))
    throw usage(`${folder} is a facility's data directory.`, 'give the vault a folder of its own: --data /srv/vault');
  const { host, port } = placeOf(given.listen);
  return {
    folder,
    host,
    port,
    ...tlsOf(given),
    ...(given.bolt === undefined ? {} : { bolt: given.bolt }),
    ...engineOf(given),
    rereadDays: rereadDaysOf(given),
    onTrouble: (what, cause) => complain('vault', what, cause),
  };
}

const REREAD_DAYS_MAX = 365;

function rereadDaysOf({ rereadDays }: ServeGiven): number {
  const days = Number(rereadDays);
  if (Number.isInteger(days) && days >= 1 && days <= REREAD_DAYS_MAX) return days;
  throw usage(`Everything is read again once in 1 to ${REREAD_DAYS_MAX} days.`, 'picturelock vault serve --help');
}

function tlsOf({ cert, key, clientCa }: ServeGiven): Pick<VaultServiceSettings, 'tls'> {
  if (cert === undefined && key === undefined && clientCa === undefined) return {};
  if (cert === undefined || key === undefined)
    throw usage('A certificate comes with its key.', 'give --cert and --key');
  const tls = { cert: readFileSync(cert), key: readFileSync(key) };
  return { tls: clientCa === undefined ? tls : { ...tls, clientCa: readFileSync(clientCa) } };
}

function engineOf({ facility, id }: ServeGiven): Pick<VaultServiceSettings, 'engine'> {
  if (facility === undefined && id === undefined) return {};
  if (facility === undefined || id === undefined || !isId('vault', id))
    throw usage('A ledger is named by its facility and by what it calls this vault.', 'give --facility and --id vlt_…');
  return { engine: { data: facility, vault: id } };
}

async function serve(settings: VaultServiceSettings): Promise<void> {
  process.umask(0o077); // whatever it makes is its account's alone
  const stopping = whenStopped();
  const service = await startVaultService(settings);
  const scheme = settings.tls === undefined ? 'http' : 'https';
  process.stdout.write(
    `picturelock vault ready ${scheme}://${settings.host}:${service.port}/ locks=${service.locks}\n`,
  );
  if (service.locks === 'service')
    process.stdout.write('picturelock vault: files are as immutable as this account keeps them; see vault bolt\n');
  const failure = await Promise.race([stopping, service.failed]);
  await service.close();
  if (failure !== undefined) throw failure;
}

function whenStopped(): Promise<undefined> {
  return new Promise((done) => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => done(undefined));
  });
}

function complain(part: string, what: string, cause?: unknown): void {
  process.stderr.write(`picturelock ${part}: ${what}${cause === undefined ? '' : `: ${String(cause)}`}\n`);
}

function addBolt(vault: Command, cli: Cli): void {
  vault
    .command('bolt')
    .description(
      'make the files of the vault in --data immutable until their time; runs as root, its only verb is to lock',
    )
    .option('--socket <path>', 'where the vault finds it', '/run/picturelock-bolt/bolt.sock')
    .option('--state <dir>', 'where it keeps its own times', '/var/lib/picturelock-bolt')
    .option('--trust-clock', 'somebody has looked at the clock of this machine: end the doubt')
    .action(async ({ socket, state, trustClock }: { socket: string; state: string; trustClock?: boolean }) => {
      if (process.getuid?.() !== 0)
        throw new Failure('bolt-needs-root', 'Only root may make files immutable.', {
          next: 'run it as root; the vault itself needs no root',
          exit: EXIT.fault,
        });
      const stopping = whenStopped();
      const bolt = await startBolt({
        socket,
        vault: cli.data(),
        folder: state,
        read: readMachineClock,
        onTrouble: (what, cause) => complain('bolt', what, cause),
      });
      if (trustClock === true) await bolt.book.clock.trust();
      process.stdout.write(`picturelock bolt ready ${socket}\n`);
      await stopping;
      await bolt.close();
    });
}

function addWindow(vault: Command, cli: Cli): void {
  vault
    .command('window')
    .description('take new keys and a config for some minutes; 0 closes it')
    .requiredOption('--minutes <n>', 'an hour at most', Number)
    .action(async ({ minutes }: { minutes: number }) => {
      const { until } = (await askVault(cli.data(), { verb: 'window', minutes })) as { until: number }; // our own server
      cli.output().show({ until }, () => [`Keys and a config are taken until ${instant(until)}.`]);
    });
  vault
    .command('reread')
    .description('read and hash everything that is held again, now; vault status says how far it got')
    .action(async () => void (await askVault(cli.data(), { verb: 'reread' })));
  vault
    .command('trust-clock')
    .description('end the doubt about the clock, after you have looked at it')
    .action(async () => void (await askVault(cli.data(), { verb: 'trust-clock' })));
}

function addStatus(vault: Command, cli: Cli): void {
  vault
    .command('status')
    .description('what it holds; leaves with 1 when somebody should look at something')
    .action(async () => {
      const status = (await askVault(cli.data(), { verb: 'status' })) as VaultStatus; // our own server
      cli.output().show(status, () => [
        `${status.objects} objects, ${status.lines} journal lines, locks hold against ${WHO[status.locks]}`,
        `time ${instant(Math.floor(status.at))}, journal ${status.head.slice(0, 16)}, ledger ${status.hasLedger ? 'connected' : 'not connected'}`,
        `identity ${status.identity}`,
        rereadLine(status.reread),
        ...table(
          ['client', 'bytes', 'quota', 'within a day', 'lock days'],
          status.clients.map((one) => [
            one.name,
            String(one.bytes),
            String(one.quotaBytes),
            String(one.bytesToday),
            String(one.lockDays),
          ]),
        ),
        ...status.setAside.map(
          ({ prune, objects, bytes }) => `set aside by ${prune}: ${objects} objects, ${bytes} bytes`,
        ),
        ...pullLines(status.pulls.map((pull) => ({ ...pull, attention: [] }))),
        ...status.attention,
      ]);
      if (status.attention.length > 0) cli.leave(EXIT.no);
    });
}

function rereadLine({ isUnderWay, begunAt, endedAt, objects, bytes }: VaultStatus['reread']): string {
  const ended = endedAt === 0 ? 'never to its end yet' : `to its end ${instant(endedAt)}`;
  if (!isUnderWay) return `read again ${ended}`;
  return `read again ${ended}; since ${instant(begunAt)} ${objects} objects, ${bytes} bytes`;
}

function addAudit(vault: Command, cli: Cli): void {
  vault
    .command('audit')
    .description('follow the journal from its first line to its newest; the vault may run meanwhile')
    .action(async () => {
      const audited = await auditJournal(cli.data());
      cli
        .output()
        .show(audited, () => [
          `${audited.lines} lines hold, ${audited.folds} times folded, ${audited.objects} objects, newest line ${audited.head}`,
        ]);
    });
}

const WHO: Readonly<Record<VaultStatus['locks'], string>> = {
  root: "everybody but this machine's root",
  service: "everybody but the vault's own account and root",
};

function addRemovals(vault: Command, cli: Cli): void {
  vault
    .command('mark')
    .description(
      'set aside the objects of a removal that two people approved; they go after the waiting time and their locks',
    )
    .requiredOption('--prune <id>', 'what the ledger calls the removal (prn_…)')
    .requiredOption('--client <name>', 'whose repository')
    .requiredOption('--objects <file>', 'the list of backup removal-list, as it was approved')
    .action(async ({ prune, client, objects }: { prune: string; client: string; objects: string }) => {
      const { objects: lines, facts } = readRemovalList(objects);
      await askVault(cli.data(), { verb: 'mark', prune, client, objects: [...lines], ...upToOf(facts) });
    });
  vault
    .command('unmark')
    .description('take back a removal that has not happened')
    .requiredOption('--prune <id>', 'what the ledger calls the removal')
    .action(async ({ prune }: { prune: string }) => void (await askVault(cli.data(), { verb: 'unmark', prune })));
}
