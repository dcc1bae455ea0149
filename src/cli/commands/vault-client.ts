/** `vault client`: who may store in the vault, how much, and how long it stays. */
import { hash, randomBytes, X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { Command } from 'commander';
import type { Cli } from '../cli.ts';
import { usage } from '../failure.ts';
import { table } from '../output.ts';
import { hashOfToken, openClientBook } from '#host/vault/client-book.ts';
import type { Client } from '#vault/server/admission.ts';

const TOKEN_BYTES = 24;
const UNITS: Readonly<Record<string, number>> = { '': 1, k: 2 ** 10, m: 2 ** 20, g: 2 ** 30, t: 2 ** 40 };

interface AddGiven {
  readonly quota: number;
  readonly lockDays: number;
  readonly certificate?: string;
  readonly writeOnly?: boolean;
  readonly follows?: boolean;
}

export function addVaultClientCommands(vault: Command, cli: Cli): void {
  const client = vault.command('client').description('who may store here');
  client
    .command('add <name>')
    .description('a new client; its token is shown once')
    .requiredOption('--quota <bytes>', 'most that it may store: 500G, 20T', bytesOf)
    .option('--lock-days <n>', 'nobody removes what it stored for so long', Number, 30)
    .option('--certificate <file>', 'known by this TLS certificate instead of a token')
    .option('--follows', 'it stores nothing and brings what the vault does to a ledger elsewhere: see vault follow')
    .option('--write-only', 'it stores and cannot read back what it stored')
    .action((name: string, given: AddGiven) => add(cli, name, given));
  client
    .command('token <name>')
    .description('a new token, shown once; the one before is no longer known')
    .action((name: string) => {
      const token = randomBytes(TOKEN_BYTES).toString('base64url');
      openClientBook(cli.data()).change(name, { tokenSha256: hashOfToken(token) });
      cli.output().show({ name, token }, () => [`token of ${name}, shown this once: ${token}`]);
    });
  client
    .command('set <name>')
    .description('another quota, or longer locks')
    .option('--quota <bytes>', 'most that it may store', bytesOf)
    .option('--lock-days <n>', 'longer than before', Number)
    .action((name: string, { quota, lockDays }: Partial<AddGiven>) => {
      openClientBook(cli.data()).change(name, {
        ...(quota === undefined ? {} : { quotaBytes: quota }),
        ...(lockDays === undefined ? {} : { lockDays }),
      });
    });
  client
    .command('list')
    .description('who may store here')
    .action(() => {
      const clients = openClientBook(cli.data()).all();
      cli.output().show(clients, () =>
        table(
          ['client', 'quota', 'lock days', 'known by', 'reads'],
          clients.map((one) => [
            one.name,
            String(one.quotaBytes),
            String(one.lockDays),
            one.certificateSha256 === undefined ? 'token' : 'certificate',
            one.reads ? 'yes' : 'no',
          ]),
        ),
      );
    });
}

function add(cli: Cli, name: string, { quota, lockDays, certificate, writeOnly, follows }: AddGiven): void {
  const token = randomBytes(TOKEN_BYTES).toString('base64url');
  const known: Pick<Client, 'tokenSha256' | 'certificateSha256'> =
    certificate === undefined
      ? { tokenSha256: hashOfToken(token) }
      : { certificateSha256: hash('sha256', new X509Certificate(readFileSync(certificate)).raw, 'hex') };
  openClientBook(cli.data()).add({
    name,
    quotaBytes: quota,
    lockDays,
    reads: writeOnly !== true,
    ...known,
    ...(follows === true ? { follows } : {}),
  });
  if (certificate !== undefined) return cli.output().show({ name }, () => []);
  cli
    .output()
    .show({ name, token }, () => [
      `token of ${name}, shown this once: ${token}`,
      follows === true
        ? `where the ledger is: ${name}:TOKEN in a file of mode 0600, for vault follow --credential`
        : `address for restic: rest:https://${name}:TOKEN@HOST:PORT/${name}/`,
    ]);
}

export function bytesOf(text: string): number {
  const match = /^(\d{1,15})([kmgt]?)i?b?$/i.exec(text);
  const bytes = Number(match?.[1]) * (UNITS[match?.[2]?.toLowerCase() ?? ''] ?? Number.NaN);
  if (!Number.isSafeInteger(bytes)) throw usage(`${text} is no number of bytes.`, 'write 500G or 20T');
  return bytes;
}
