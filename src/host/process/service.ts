/**
 * The composition root. `main.ts start …` is the supervisor; `main.ts role NAME` is one of its processes and takes its orders from it. The supervisor
 * starts those by the file that it was loaded from itself, so that a service stays of one make while its sources change.
 *
 * On stdout, once everything listens, one line for people and programs:
 *
 *     picturelock ready portal=http://localhost:8080 sftp=127.0.0.1:2022
 */
import { ROOT } from '#host/process/built-code.mjs';
import { runChild } from '#host/process/child.ts';
import type { Start } from '#host/process/child.ts';
import { prepareDataFolder } from '#host/process/data-folder.ts';
import { createLog } from '#host/process/log.ts';
import { setupCodePath } from '#host/process/setup-code.ts';
import { isOpenToOthers, parseSettings } from '#host/process/settings.ts';
import type { Role, Settings } from '#host/process/settings.ts';
import { supervise } from '#host/process/supervisor.ts';
import type { Supervisor } from '#host/process/supervisor.ts';
import { Fault } from '#std/refused.ts';

/** Each process loads its own part: with all of them in each, a start takes twice as long, and every process twice the memory. */
const STARTS: Readonly<Record<Role, () => Promise<Start>>> = {
  alerts: async () => (await import('#host/process/alerts-role.ts')).startAlertsRole,
  backup: async () => (await import('#host/process/backup-role.ts')).startBackup,
  engine: async () => (await import('#host/process/engine-role.ts')).startEngine,
  network: async () => (await import('#host/process/network-role.ts')).startNetwork,
  portal: async () => (await import('#host/process/portal-role.ts')).startPortal,
  sftp: async () => (await import('#host/process/sftp-role.ts')).startSftp,
};
const EXIT_FAULT = 3;
const EXIT_USAGE = 2;

const [verb, ...args] = process.argv.slice(2);
if (verb === 'role' && isRole(args[0])) runRole(args[0]);
else if (verb === 'start') await start(args);
else {
  console.error(
    'usage: picturelock start --data DIR [--listen HOST:PORT] [--sftp HOST:PORT]   (picturelock start --help)',
  );
  process.exitCode = EXIT_USAGE;
}

function runRole(role: Role): void {
  const loading = STARTS[role]();
  loading.catch(() => undefined); // told when it is asked to begin
  runChild(role, async (settings, log) => (await loading)(settings, log));
}

async function start(given: readonly string[]): Promise<void> {
  const log = createLog('supervisor');
  const stopping = Promise.withResolvers<string>();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => stopping.resolve(signal));
  try {
    const settings = parseSettings(given, ROOT);
    prepareDataFolder(settings.data);
    const supervisor = await supervise(import.meta.filename, settings, log);
    announce(supervisor, settings);
    log.info({ signal: await stopping.promise }, 'stopping');
    await supervisor.stop();
    process.exit(0);
  } catch (cause) {
    if (!(cause instanceof Fault)) throw cause;
    console.error(cause.message);
    process.exit(EXIT_FAULT);
  }
}

function announce(supervisor: Supervisor, settings: Settings): void {
  const { data, sshd } = settings;
  const [portal, sftp] = [supervisor.listening('portal'), supervisor.listening('sftp')];
  console.log(
    `picturelock ready portal=${portal?.address ?? '-'} sftp=${sftp?.address ?? '-'}${sshd === undefined ? '' : ` sshd=${sshd.host}:${sshd.port}`}`,
  );
  console.log(`picturelock sftp host key ${sftp?.notes?.['hostKey'] ?? '-'}`);
  if (isOpenToOthers(settings))
    console.log(`picturelock first run: the code for the first-run page is in ${setupCodePath(data)}`);
}

function isRole(text: string | undefined): text is Role {
  return text !== undefined && Object.hasOwn(STARTS, text);
}
