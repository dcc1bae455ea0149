/** `backup`, the part that needs no running facility: shares of the one password, and bringing back what was lost on a new machine. */
import { timingSafeEqual } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import type { Command } from 'commander';
import type { Cli } from '../cli.ts';
import type { Console } from '../console.ts';
import { Failure, usage } from '../failure.ts';
import { instant } from '../output.ts';
import { projectPassword, restoreFacility, restoreProject } from '#host/backup/disaster.ts';
import type { BroughtBack, Source } from '#host/backup/disaster.ts';
import { noteEscrow, readEscrow } from '#host/backup/notes.ts';
import { ensurePassword, keysFolder, passwordFile, readPassword } from '#host/backup/repository-keys.ts';
import { createRandom } from '#host/random.ts';
import { joinShares, makeShares } from '#vault/escrow/shares.ts';
import { isKept, openSheet, SALT_BYTES, sealedLine } from '#vault/escrow/sheet.ts';
import type { KeptFile } from '#vault/escrow/sheet.ts';

/** So many objects that cannot be read are named. */
const SHOWN_MAX = 20;

interface From {
  readonly repository: string;
  readonly passwordFile?: string;
  readonly credentialFile?: string;
  readonly caFile?: string;
  readonly certFile?: string;
  readonly keyFile?: string;
  readonly snapshot?: string;
}

export function addDisasterCommands(backup: Command, cli: Cli): void {
  backup
    .command('escrow')
    .description(
      'share out what everything can be brought back with: the one password, and beside it what vaults ask for',
    )
    .requiredOption('--out <dir>', 'a folder for the sheets: give each to another person, then remove it')
    .option('--shares <count>', 'how many shares', '3')
    .option('--need <count>', 'how many of them open it', '2')
    .action((given: { out: string; shares: string; need: string }) => shareOut(cli, given));
  backup
    .command('unlock <shares...>')
    .description('put shares together again: files, or the lines in them')
    .requiredOption('--out <file>', 'where the password is written, for your eyes only')
    .action((given: readonly string[], { out }: { out: string }) => {
      const files = bringTogether(given, resolve(out));
      cli
        .output()
        .show({ file: resolve(out), files }, () => [
          `${resolve(out)}  use it with --password-file, then remove it`,
          ...files.map((file) => `${file}  what a vault asks for`),
        ]);
    });
  backup
    .command('check-shares <shares...>')
    .description('try that shares give the password back, without writing it; the runbook then says when')
    .action((given: readonly string[]) => cli.with((console) => checkShares(console, cli, given)));
  from(backup.command('restore-facility'))
    .description('ledger, checkpoints and keys from a copy into an empty data directory')
    .action(async (given: From) => {
      if (given.passwordFile === undefined)
        throw usage(
          'The password of the copy is needed.',
          'picturelock backup unlock SHARE SHARE --out facility.password',
        );
      say(cli, await restoreFacility({ ...given, passwordFile: given.passwordFile }, cli.data()));
    });
  from(backup.command('restore-project <project>'))
    .description('a project’s whole workspace from a copy; its password is in the facility’s keys')
    .action(async (project: string, given: From) => {
      const source: Source = { ...given, passwordFile: given.passwordFile ?? projectPassword(cli.data(), project) };
      say(cli, await restoreProject(source, cli.data(), project));
    });
}

function from(command: Command): Command {
  return command
    .requiredOption(
      '--repository <address>',
      'a folder, rest:https://vault.example:8443/name/ or s3:https://HOST/BUCKET/PREFIX/name',
    )
    .option('--snapshot <id>', 'its id or the beginning of it; the newest one by default')
    .option('--password-file <file>')
    .option('--credential-file <file>', 'user:token of a vault, or ACCESS-KEY:SECRET-KEY of a bucket')
    .option('--ca-file <file>', 'the authority that the vault’s certificate is of')
    .option('--cert-file <file>', 'our certificate, where the vault asks for one')
    .option('--key-file <file>', 'and its key');
}

function shareOut(cli: Cli, given: { readonly out: string; readonly shares: string; readonly need: string }): void {
  const [shares, need] = [Number(given.shares), Number(given.need)];
  const random = createRandom();
  const password = readPassword(ensurePassword(cli.data(), 'facility'));
  const texts = makeShares(Buffer.from(password), { shares, need }, (count) => random.bytes(count));
  const kept = keptFiles(cli.data());
  const sealed = kept.map((file) => sealedLine(password, file, random.bytes(SALT_BYTES)));
  const folder = resolve(given.out);
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const files = texts.map((text, index) => {
    const file = join(folder, `share-${index + 1}.txt`);
    const says = `One of ${shares} shares; any ${need} bring the facility back: picturelock backup unlock`;
    writeFileSync(file, `${[says, text, ...sealed].join('\n')}\n`, { mode: 0o600 });
    return file;
  });
  noteEscrow(cli.data(), { shares, need, at: Date.now() });
  const names = kept.map(({ name }) => name);
  cli
    .output()
    .show({ files, shares, need, kept: names }, () => [
      ...files,
      `any ${need} of ${shares} give the password back${names.length === 0 ? '' : `, and ${names.join(', ')}`}`,
    ]);
}

/** What opens the facility's own repository in each vault, beside its password. */
function keptFiles(data: string): readonly KeptFile[] {
  const folder = keysFolder(data);
  const names = readdirSync(folder).filter(isKept).sort();
  return names.map((name) => ({ name, bytes: readFileSync(join(folder, name)) }));
}

/** The password goes to `out`, and what the sheets hold beside it goes next to it. Nothing that is there is written over. */
function bringTogether(given: readonly string[], out: string): readonly string[] {
  const password = joinShares(linesOf(given)).toString('utf8');
  const [sheet] = given.filter((one) => existsSync(one));
  const kept = sheet === undefined ? [] : openSheet(password, readFileSync(sheet, 'utf8'));
  const files = kept.map(({ name, bytes }) => ({ path: join(dirname(out), name), bytes }));
  for (const { path } of [{ path: out }, ...files])
    if (existsSync(path))
      throw new Failure('file-there', `${path} is there already.`, { next: 'work in an empty folder of your own' });
  writeFileSync(out, `${password}\n`, { mode: 0o600, flag: 'wx' });
  for (const { path, bytes } of files) writeFileSync(path, bytes, { mode: 0o600, flag: 'wx' });
  return files.map(({ path }) => path);
}

async function checkShares(console: Console, cli: Cli, given: readonly string[]): Promise<void> {
  const joined = joinShares(linesOf(given));
  const known = Buffer.from(readPassword(passwordFile(cli.data(), 'facility')));
  if (joined.length !== known.length || !timingSafeEqual(joined, known))
    throw new Failure('wrong-shares', 'These shares do not give the password of the facility’s copy.', {
      next: 'picturelock backup escrow --out FOLDER, and give out the new shares',
    });
  const escrow = readEscrow(cli.data());
  if (escrow !== undefined) noteEscrow(cli.data(), { ...escrow, provenAt: console.now });
  const by = { service: 'console' };
  const data = { shares: given.length };
  await console.engine.record([{ kind: 'facility.escrow-proved', stream: 'facility', by, about: {}, data }]);
  console.output.show(data, () => ['these shares give the password back']);
}

function linesOf(given: readonly string[]): readonly string[] {
  return given.map((one) => (existsSync(one) ? readFileSync(one, 'utf8') : one)).map(lineOf);
}

function lineOf(text: string): string {
  return text.split('\n').find((line) => line.startsWith('PLS1-')) ?? text;
}

function say(cli: Cli, done: BroughtBack): void {
  const { files, to, takenAt, snapshot, unreadable, doubtful } = done;
  cli
    .output()
    .show(done, () => [
      `${files} files of ${takenAt} (snapshot ${snapshot.slice(0, 12)}) in ${to}`,
      howChosen(done),
      ...doubtful.slice(0, SHOWN_MAX).map(({ snapshot: id, why }) => `in doubt: ${id.slice(0, 12)}: ${why}`),
      ...unreadable.slice(0, SHOWN_MAX).map(({ object, why }) => `passed over: ${object}: ${why}`),
      ...(unreadable.length > SHOWN_MAX ? [`and ${unreadable.length - SHOWN_MAX} more that cannot be read`] : []),
    ]);
}

function howChosen({ chosenBy, arrivedAt }: BroughtBack): string {
  const when = arrivedAt === undefined ? '' : `, at ${instant(arrivedAt)}`;
  switch (chosenBy) {
    case 'name':
      return 'it is the one that was named';
    case 'vault':
      return `it is the last one that arrived at the vault${when}`;
    case 'bucket':
      return `it is the last one by the clock of the bucket${when}`;
    case 'its own word':
      return [
        'it is the newest by what the snapshots say of themselves, which whoever has the password can write:',
        'compare with the runbook, or name one with --snapshot',
      ].join(' ');
  }
}
