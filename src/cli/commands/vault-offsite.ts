/** `vault` at a second site: its certificate and what it pulls; and buckets: what a store does with locks, and locks made longer from elsewhere. */
import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { Command } from 'commander';
import type { Cli } from '../cli.ts';
import { usage } from '../failure.ts';
import { EXIT, instant, table } from '../output.ts';
import { bytesOf } from './vault-client.ts';
import { addUpstream, readUpstreams } from '#host/offsite/upstream-book.ts';
import type { PullStatus } from '#host/offsite/puller.ts';
import { certificateSha256, openOwnCertificate } from '#host/tls/self-signed.ts';
import { openClientBook } from '#host/vault/client-book.ts';
import { askVault } from '#host/vault/control.ts';
import type { VaultStatus } from '#host/vault/vault-status.ts';
import { keepLocked } from '#vault/offsite/lock-note.ts';
import type { LockNote } from '#vault/offsite/lock-note.ts';
import { probeBucket } from '#vault/offsite/probe.ts';
import type { ProbeReport } from '#vault/offsite/probe.ts';
import { openS3Client } from '#vault/store/s3-client.ts';
import { parseS3Address } from '#vault/store/s3-place.ts';
import { openS3Store } from '#vault/store/s3-store.ts';

const POLL_MS = 500;
const MINUTE_MS = 60_000;

export function addVaultOffsiteCommands(vault: Command, cli: Cli): void {
  addCertificate(vault, cli);
  addPuller(vault, cli);
  addUpstreams(vault, cli);
  addPull(vault, cli);
  addProbe(vault, cli);
  addExtend(vault, cli);
}

function addCertificate(vault: Command, cli: Cli): void {
  vault
    .command('certificate')
    .description('this vault’s own certificate, made when there is none: carry the file to the other vault')
    .option('--name <host...>', 'host names and addresses that it is reached by', [])
    .action(async ({ name }: { name: readonly string[] }) => {
      const { certPath, sha256 } = await openOwnCertificate(cli.data(), name, Date.now());
      cli.output().show({ certificate: certPath, sha256 }, () => [certPath, `SHA-256 ${sha256}: compare it by voice`]);
    });
}

function addPuller(vault: Command, cli: Cli): void {
  vault
    .command('puller <name>')
    .description('a second vault that may read repositories of this one, and do nothing else')
    .requiredOption('--certificate <file>', 'its own certificate, carried here')
    .option('--repository <name...>', 'only these; all of them when left out', ['*'])
    .action((name: string, { certificate, repository }: { certificate: string; repository: readonly string[] }) => {
      const sha256 = certificateSha256(readFileSync(certificate, 'utf8'));
      openClientBook(cli.data()).add({
        name,
        quotaBytes: 0,
        lockDays: 1,
        reads: true,
        pulls: repository,
        certificateSha256: sha256,
      });
      cli.output().show({ name, sha256 }, () => [`pinned SHA-256 ${sha256}`]);
    });
}

interface UpstreamGiven {
  readonly address: string;
  readonly client: string;
  readonly certificate: string;
  readonly quota: number;
  readonly lockDays: number;
  readonly everyMinutes: number;
}

function addUpstreams(vault: Command, cli: Cli): void {
  const upstream = vault.command('upstream').description('first vaults that this one pulls');
  upstream
    .command('add <name>')
    .description('pull this vault; it must know our certificate (vault puller)')
    .requiredOption('--address <url>', 'https://first.example:8443/')
    .requiredOption('--client <name>', 'what we are called there')
    .requiredOption('--certificate <file>', 'the certificate that it shows, carried here')
    .requiredOption('--quota <bytes>', 'most that each repository may take here: 20T', bytesOf)
    .option('--lock-days <n>', 'we lock for so long, by our own time', Number, 90)
    .option('--every-minutes <n>', 'how often', Number, 15)
    .action((name: string, given: UpstreamGiven) => {
      const { address: url, client, certificate, quota: quotaBytes, lockDays, everyMinutes } = given;
      const serverCert = readFileSync(certificate, 'utf8');
      addUpstream(cli.data(), { name, url, client, serverCert, quotaBytes, lockDays, everyMinutes });
      const sha256 = certificateSha256(serverCert);
      cli
        .output()
        .show({ name, sha256 }, () => [
          `pinned SHA-256 ${sha256}`,
          'Open a window for its keys, then pull: picturelock vault window --minutes 30, picturelock vault pull',
        ]);
    });
  upstream
    .command('list')
    .description('which, and how often')
    .action(() => {
      const rows = readUpstreams(cli.data()).map(({ serverCert, ...row }) => ({
        ...row,
        sha256: certificateSha256(serverCert),
      }));
      cli.output().show(rows, () =>
        table(
          ['name', 'every', 'lock days', 'address', 'certificate'],
          rows.map((row) => [
            row.name,
            `${row.everyMinutes} min`,
            String(row.lockDays),
            row.url,
            row.sha256.slice(0, 16),
          ]),
        ),
      );
    });
}

function addPull(vault: Command, cli: Cli): void {
  vault
    .command('pull')
    .description('have the running vault pull now, and wait; leaves with 1 when somebody should look at something')
    .option('--full', 'compare everything, not only what is new')
    .action(async ({ full }: { full?: boolean }) => {
      const folder = cli.data();
      if (readUpstreams(folder).length === 0)
        throw usage('This vault pulls nothing.', 'picturelock vault upstream add --help');
      await askVault(folder, { verb: 'pull', isFull: full === true });
      let pulls = await pullsOf(folder);
      while (pulls.some(({ isPulling }) => isPulling)) {
        await new Promise((go) => setTimeout(go, POLL_MS));
        pulls = await pullsOf(folder);
      }
      cli.output().show(pulls, () => pullLines(pulls));
      if (pulls.some(({ attention }) => attention.length > 0)) cli.leave(EXIT.no);
    });
}

async function pullsOf(folder: string): Promise<readonly PullStatus[]> {
  return ((await askVault(folder, { verb: 'status' })) as VaultStatus).pulls; // our own server
}

export function pullLines(pulls: readonly PullStatus[]): readonly string[] {
  return [
    ...table(
      ['from', 'repository', 'bytes', 'complete', 'findings'],
      pulls.flatMap(({ name, repositories }) =>
        repositories.map((one) => [name, one.name, String(one.bytes), lagText(one.lagMs), String(one.findings.length)]),
      ),
    ),
    ...pulls.flatMap(({ attention }) => attention),
  ];
}

function lagText(lagMs: number | undefined): string {
  return lagMs === undefined ? 'never yet' : `${Math.round(lagMs / MINUTE_MS)} min ago`;
}

interface BucketGiven {
  readonly credentialFile: string;
  readonly ca?: string;
}

function addProbe(vault: Command, cli: Cli): void {
  vault
    .command('probe-s3 <address>')
    .description('try on a throwaway key whether a bucket keeps its locks; leaves with 1 when it does not')
    .requiredOption('--credential-file <file>', 'ACCESS-KEY:SECRET-KEY on its first line; region=… on another')
    .option('--ca <file>', 'the authority to trust')
    .action(async (address: string, given: BucketGiven) => {
      const place = bucketOf(address, given);
      const client = openS3Client(place);
      const beneath = place.prefix === '' ? '' : `${place.prefix}/`;
      const key = `${beneath}probe/${randomBytes(8).toString('hex')}`;
      try {
        const report = await probeBucket(client, key, Date.now());
        cli.output().show(report, () => reportLines(report));
        if (!report.holds) cli.leave(EXIT.no);
      } finally {
        client.close();
      }
    });
}

function bucketOf(address: string, { credentialFile, ca }: BucketGiven) {
  const caFile = ca === undefined ? {} : { caFile: resolve(ca) };
  return { ...parseS3Address(address), credentialFile: resolve(credentialFile), ...caFile };
}

function reportLines({ rows, holds, key }: ProbeReport): readonly string[] {
  return [
    ...table(
      ['', 'check', 'what should be so', 'the store says'],
      rows.map(({ outcome, code, level, says, saw }) => [outcome, `${code} (${level})`, says, saw]),
    ),
    ...rows.filter(({ outcome }) => outcome !== 'pass').map(({ code, otherwise }) => `${code}: ${otherwise}`),
    holds ? 'The bucket keeps its locks.' : 'The bucket is no vault: see above.',
    `Left behind beneath ${key}, locked for half an hour.`,
  ];
}

function addExtend(vault: Command, cli: Cli): void {
  vault
    .command('extend-locks <address...>')
    .description(
      'make the locks of repositories in buckets longer from this machine, with keys of its own; for a timer',
    )
    .requiredOption('--credential-file <file>', 'ACCESS-KEY:SECRET-KEY; it needs to list, read, and to set locks')
    .requiredOption('--lock-days <n>', 'made so long when half of it is left', Number)
    .option('--ca <file>', 'the authority to trust')
    .action(async (addresses: readonly string[], given: BucketGiven & { readonly lockDays: number }) => {
      const rows: (LockNote & { readonly address: string })[] = [];
      for (const address of addresses) rows.push({ address, ...(await extendOne(cli.data(), address, given)) });
      cli.output().show(rows, () =>
        table(
          ['locked at least until', 'objects', 'made longer', 'hidden', 'overlaid', 'address'],
          rows.map((row) => [
            instant(row.soonest),
            String(row.objects),
            String(row.extended),
            String(row.hidden.length),
            String(row.overlaid.length),
            row.address,
          ]),
        ),
      );
      if (rows.some(({ hidden, overlaid }) => hidden.length + overlaid.length > 0)) cli.leave(EXIT.no);
    });
}

async function extendOne(data: string, address: string, given: BucketGiven & { readonly lockDays: number }) {
  const bucket = bucketOf(address, given);
  const { lockDays } = given;
  if (!(Number.isInteger(lockDays) && lockDays >= 1)) throw usage('Locks last whole days.', 'give --lock-days 30');
  const locksFolder = join(data, 'buckets', bucket.bucket, bucket.prefix.replaceAll('/', '+'));
  const store = openS3Store({ ...bucket, lockDays, locksFolder });
  try {
    return await keepLocked(store, { locksFolder, lockDays }, Date.now());
  } finally {
    await store.close();
  }
}
