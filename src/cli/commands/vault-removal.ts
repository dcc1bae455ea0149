/** `vault approver` and `vault removal`: removals that two people sign, for a vault that no ledger of this machine reaches. */
import { readFileSync, writeFileSync } from 'node:fs';
import type { Command } from 'commander';
import type { Cli } from '../cli.ts';
import { Failure, usage } from '../failure.ts';
import { instant, table } from '../output.ts';
import { addApprover, readApprovers, removeApprover } from '#host/vault/approver-book.ts';
import { askVault } from '#host/vault/control.ts';
import { parseRemovalList } from '#model/removal-list.ts';
import type { RemovalList } from '#model/removal-list.ts';
import { REMOVAL_NAMESPACE, removalFile } from '#vault/server/signed-removal.ts';
import { parseSshPublicKey } from '#vault/server/ssh-signature.ts';

const DAY_MS = 86_400_000;
/** A file that waits longer for its signatures is made anew. */
const SIGN_WITHIN_DAYS = 30;

export function addVaultRemovalCommands(vault: Command, cli: Cli): void {
  addApprovers(vault, cli);
  addMake(vault, cli);
  addMarkSigned(vault, cli);
}

function addApprovers(vault: Command, cli: Cli): void {
  const approver = vault.command('approver').description('whose signatures this vault takes under a removal');
  approver
    .command('add <name>')
    .description('pin somebody\u2019s Ed25519 key')
    .requiredOption('--key <file>', 'their public key: id_ed25519.pub')
    .action((name: string, { key }: { key: string }) => {
      const fingerprint = addApprover(cli.data(), name, readFileSync(key, 'utf8'));
      cli.output().show({ name, fingerprint }, () => [`${name} ${fingerprint}`]);
    });
  approver
    .command('remove <name>')
    .description('take their signatures no longer')
    .action((name: string) => removeApprover(cli.data(), name));
  approver
    .command('list')
    .description('whose signatures count')
    .action(() => {
      const rows = readApprovers(cli.data()).map(({ name, key }) => ({
        name,
        fingerprint: parseSshPublicKey(key).fingerprint,
      }));
      cli.output().show(rows, () =>
        table(
          ['name', 'key'],
          rows.map(({ name, fingerprint }) => [name, fingerprint]),
        ),
      );
    });
}

interface MakeGiven {
  readonly vault: string;
  readonly prune: string;
  readonly client: string;
  readonly objects: string;
  readonly bytes?: number;
  readonly reason: string;
  readonly out: string;
}

function addMake(vault: Command, cli: Cli): void {
  vault
    .command('removal')
    .description('write the file that two people sign; touches no vault')
    .requiredOption('--vault <identity>', 'which vault: vault status there says its identity')
    .requiredOption('--prune <name>', 'a name never used before, or what the ledger calls the removal')
    .requiredOption('--client <name>', 'whose repository')
    .requiredOption('--objects <file>', 'the list of backup removal-list; or one object a line: type/name')
    .option('--bytes <n>', 'its packs have at most so many bytes; what the list says by default', Number)
    .requiredOption('--reason <text>', 'why, for whoever signs')
    .requiredOption('--out <file>', 'where to write it')
    .action(({ vault: identity, prune, client, objects: list, bytes, reason, out }: MakeGiven) => {
      const { objects, facts } = readRemovalList(list);
      const snapshots = objects.filter((one) => one.startsWith('snapshots/')).map((one) => one.slice(10));
      const until = Date.now() + SIGN_WITHIN_DAYS * DAY_MS;
      const file = {
        kind: 'picturelock-removal',
        vault: identity,
        prune,
        client,
        reason,
        snapshots,
        bytes: bytes ?? facts?.bytes,
        until,
        objects,
        ...upToOf(facts),
      };
      const made = removalFile.safeParse(file);
      if (!made.success)
        throw usage(`This is no removal: ${made.error.issues[0]?.message ?? ''}`, 'see vault removal --help');
      writeFileSync(out, `${JSON.stringify(made.data, null, 2)}\n`, { flag: 'wx', mode: 0o600 });
      cli
        .output()
        .show({ out, until, objects: objects.length }, () => [
          `${out}: ${objects.length} objects, ${snapshots.length} snapshots, to be signed before ${instant(until)}`,
          `each of two people: ssh-keygen -Y sign -n ${REMOVAL_NAMESPACE} -f ~/.ssh/id_ed25519 ${out}`,
        ]);
    });
}

function addMarkSigned(vault: Command, cli: Cli): void {
  vault
    .command('mark-signed')
    .description('set aside the objects of a removal that two people signed')
    .requiredOption('--file <file>', 'what they signed')
    .requiredOption('--signature <files...>', 'what ssh-keygen made of it, one of each person')
    .action(async ({ file, signature }: { file: string; signature: readonly string[] }) => {
      const done = (await askVault(cli.data(), {
        verb: 'mark-signed',
        file: readFileSync(file).toString('base64'),
        signatures: signature.map((path) => readFileSync(path, 'utf8')),
      })) as { readonly prune: string; readonly by: readonly string[]; readonly objects: number }; // our own server
      cli
        .output()
        .show(done, () => [
          `${done.objects} objects are set aside by ${done.prune}, signed by ${done.by.join(' and ')}`,
        ]);
    });
}

export function readRemovalList(path: string): RemovalList {
  const list = parseRemovalList(readFileSync(path, 'utf8'));
  if (list === undefined)
    throw new Failure('bad-list', `${path} is no list of a removal.`, {
      next: 'picturelock backup removal-list --help',
    });
  return list;
}

export function upToOf(facts: RemovalList['facts']): { readonly upTo?: number } {
  return facts?.upTo === undefined ? {} : { upTo: facts.upTo };
}
