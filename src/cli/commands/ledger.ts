/** `ledger search|show|checkpoint|keys`: what is in the ledger, with its proof. */
import type { Command } from 'commander';
import type { Cli } from '../cli.ts';
import { Failure, usage } from '../failure.ts';
import { parseInstant } from '../instant.ts';
import { instant, table } from '../output.ts';
import { openSealedLog } from '../evidence.ts';
import { keysIn } from '#ledger/policy.ts';
import type { Placed } from '#model/events.ts';
import type { EntryQuery } from '#ports/engine.ts';
import { toText } from '#std/bytes.ts';

const LIMIT_MAX = 500;

interface SearchOptions {
  readonly person?: string;
  readonly project?: string;
  readonly kind?: string;
  readonly path?: string;
  readonly from?: string;
  readonly until?: string;
  readonly before?: string;
  readonly limit: string;
}

export function addLedgerCommands(program: Command, cli: Cli): void {
  const ledger = program.command('ledger').description('the record');
  ledger
    .command('search')
    .description('entries, newest first')
    .option('--person <person>', 'by id, mail address or name')
    .option('--project <alias>')
    .option('--kind <start>', 'a kind or its start, like file.')
    .option('--path <part>', 'part of a path')
    .option('--from <instant>')
    .option('--until <instant>')
    .option('--before <index>', 'continue below this entry')
    .option('--limit <count>', `at most ${LIMIT_MAX}`, '50')
    .action((options: SearchOptions) =>
      cli.with(async (console) => {
        const page = await console.engine.search(
          queryOf(
            options,
            (text) => console.person(text).id,
            (alias) => console.project(alias).id,
          ),
        );
        console.output.show(page, () => [
          ...table(
            ['entry', 'time', 'kind', 'who', 'about'],
            page.entries.map((placed) => row(placed, console.nameOf)),
          ),
          ...(page.next === undefined ? [] : [`More: --before ${page.next}`]),
        ]);
      }),
    );

  ledger
    .command('show <index>')
    .description('one entry as it is stored, with its proof (a C2SP tlog-proof)')
    .action((text: string) =>
      cli.with(async (console) => {
        const index = parseIndex(text);
        const log = await openSealedLog(cli.data());
        const bytes = await log.entryBytes(index).catch(() => {
          throw new Failure('no-such-entry', `The ledger has no entry ${index}.`, {
            next: 'picturelock ledger search',
          });
        });
        await console.engine.sealed(index);
        const proof = await log.proof(index);
        console.output.show({ index, bytes: toText(bytes), proof }, () => [
          toText(bytes),
          '',
          proof ?? 'not sealed yet',
        ]);
      }),
    );

  ledger
    .command('checkpoint')
    .description('the newest signed checkpoint; give it to your clients')
    .action(() =>
      cli.with(async (console) => {
        const head = await (await openSealedLog(cli.data())).checkpoint();
        if (head === undefined)
          throw new Failure('not-sealed', 'Nothing is sealed yet.', { next: 'picturelock ledger checkpoint' });
        console.output.show({ size: head.size, note: head.note }, () => [head.note.trimEnd()]);
      }),
    );
  ledger
    .command('keys')
    .description(
      'the public keys that the ledger is signed with, as verifiers take them; give them to your clients by another way',
    )
    .action(() =>
      cli.with(async (console) => {
        const policy = await (await openSealedLog(cli.data())).policy();
        if (policy === undefined)
          throw new Failure('not-sealed', 'Nothing is sealed yet.', { next: 'picturelock ledger keys' });
        const keys = keysIn(policy);
        console.output.show({ policy, keys }, () => [
          policy.trimEnd(),
          ...keys.map(({ algorithm, sha256 }) => `# ${algorithm}: SHA-256 ${sha256}`),
        ]);
      }),
    );
}

function queryOf(
  options: SearchOptions,
  personOf: (text: string) => string,
  projectOf: (alias: string) => string,
): EntryQuery {
  const limit = Number(options.limit);
  if (!Number.isInteger(limit) || limit < 1 || limit > LIMIT_MAX)
    throw usage(`--limit takes 1 to ${LIMIT_MAX}.`, 'picturelock ledger search --limit 50');
  return {
    limit,
    ...(options.person === undefined ? {} : { person: personOf(options.person) }),
    ...(options.project === undefined ? {} : { project: projectOf(options.project) }),
    ...(options.kind === undefined ? {} : { kind: options.kind }),
    ...(options.path === undefined ? {} : { path: options.path }),
    ...(options.from === undefined ? {} : { from: parseInstant(options.from) }),
    ...(options.until === undefined ? {} : { until: parseInstant(options.until) }),
    ...(options.before === undefined ? {} : { before: parseIndex(options.before) }),
  };
}

function parseIndex(text: string): number {
  if (!/^(0|[1-9]\d{0,15})$/.test(text))
    throw usage(`"${text}" is not an index.`, 'picturelock ledger search prints them');
  return Number(text);
}

function row(
  { index, entry }: Placed,
  nameOf: (person: NonNullable<Placed['entry']['by']['person']>) => string,
): readonly string[] {
  const who = entry.by.person === undefined ? (entry.by.service ?? '') : nameOf(entry.by.person);
  const { person, path, gate } = entry.about;
  const about = [person === undefined ? undefined : nameOf(person), path, gate].filter(
    (part) => part !== undefined && part !== who,
  );
  return [String(index), instant(entry.at), entry.kind, who, about.join(' ')];
}
