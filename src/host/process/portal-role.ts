/** The portal's process: pages, API, transfers and the public log. */
import { existsSync } from 'node:fs';
import { userInfo } from 'node:os';
import type { Running, Start } from './child.ts';
import { followDemoLinks } from './demo-links.ts';
import { buildExample } from './example.ts';
import { openGateParts } from './gate-parts.ts';
import type { Logger } from './log.ts';
import { needsSetupCode, takeSetupCode } from './setup-code.ts';
import type { Settings } from './settings.ts';
import { loadTls } from './tls-choice.ts';
import { VERSION } from './version.ts';
import { createBulkHandler } from '#gates/portal/bulk/handler.ts';
import { decideSignIn } from '#gates/registry/holding.ts';
import { createBackupDesk } from '#host/backup/backup-desk.ts';
import { createBundleDesk } from '#host/evidence/bundle-desk.ts';
import { createSealedLog } from '#host/evidence/sealed-log.ts';
import { readPublicKeys } from '#host/keys/signing-keys.ts';
import { openSubjectKeys } from '#host/keys/subject-keys.ts';
import { openLedgerFiles } from '#host/ledger/ledger-files.ts';
import { ledgerFolders } from '#host/ledger/ledger-folders.ts';
import { openPortal } from '#host/portal/portal.ts';
import type { PortalOptions } from '#host/portal/portal.ts';
import type { PortalSettings } from '#api/context.ts';
import type { Files } from '#gates/files/service.ts';

/** How often the bin is emptied of what has had its time, and uploads nobody came back to are dropped. */
const SWEEP_MS = 10 * 60_000;

export const startPortal: Start = async (settings, log) => {
  const parts = await openGateParts(settings.data, log, { gate: 'portal', decide: decideSignIn, shape: 'visits' });
  const { engine, files, clock, random } = parts;
  await files.recover();
  const keys = openSubjectKeys(settings.data);
  const folders = ledgerFolders(settings.data);
  const ledgerFiles = openLedgerFiles(folders);
  const demo = settings.demo ? followDemoLinks({ engine, keys, random, data: settings.data }) : undefined;
  const portal = await openPortal(
    {
      engine,
      keys,
      files,
      clock,
      random,
      sessions: parts.registry,
      log: createSealedLog(ledgerFiles, () => readPublicKeys(folders.keys)),
      bundles: createBundleDesk(settings.data),
      backups: createBackupDesk({ data: settings.data, engine, keys, clock }),
      example: (by) => buildExample({ engine, keys, clock, random, files, sessions: parts.registry }, by),
    },
    await portalOptions(settings, log, parts, demo?.links),
  );
  demo?.publish(portal.origin);
  const stopSweeping = sweepNowAndThen(files, log);
  return {
    address: portal.origin,
    async close() {
      stopSweeping();
      demo?.close();
      await portal.close();
      await parts.close();
      await ledgerFiles.close();
    },
  } satisfies Running;
};

async function portalOptions(
  settings: Settings,
  log: Logger,
  { engine, files, clock }: Pick<Awaited<ReturnType<typeof openGateParts>>, 'engine' | 'files' | 'clock'>,
  demoLinks: PortalOptions['settings']['demoLinks'],
): Promise<PortalOptions> {
  const tls = await loadTls(settings);
  const code = needsSetupCode(engine.state(), settings) ? takeSetupCode(settings.data) : undefined;
  return {
    address: {
      ...settings.listen,
      ...(tls === undefined ? {} : { tls }),
      ...(settings.origin === undefined ? {} : { origin: settings.origin }),
    },
    settings: {
      version: VERSION,
      gates: settings.warden === undefined ? ['portal', 'sftp'] : ['portal', 'sftp', 'share', 'network'],
      sftp: sftpDoor(settings),
      ...(code === undefined ? {} : { setupCode: code }),
      ...(demoLinks === undefined ? {} : { demoLinks }),
    },
    ...(existsSync(settings.pages) ? { pagesFolder: settings.pages } : {}),
    bulk: (authenticate) =>
      createBulkHandler({
        files,
        clock,
        authenticate,
        projectByAlias: (alias) => engine.state().index.projectByAlias.get(alias),
      }),
    renewTls: () => loadTls(settings),
    onFault: (error) => log.error({ err: error }, 'a request failed'),
  };
}

/** Where SFTP clients connect. A gate that listens on every address is found under the portal's own name. */
function sftpDoor({ sftp, sshd, sftpHostKey }: Settings): NonNullable<PortalSettings['sftp']> {
  const { host, port } = sshd ?? sftp;
  return {
    port,
    // The embedded gate knows people by their key alone; sshd wants the name of an account that exists.
    user: sshd === undefined ? 'picturelock' : userInfo().username,
    ...(host === '0.0.0.0' || host === '::' ? {} : { host }),
    ...(sftpHostKey === undefined ? {} : { hostKey: sftpHostKey }),
  };
}

function sweepNowAndThen(files: Files, log: Logger): () => void {
  const timer = setInterval(() => {
    files.sweep().catch((error: unknown) => log.error({ err: error }, 'the bin was not swept'));
  }, SWEEP_MS);
  return () => clearInterval(timer);
}
