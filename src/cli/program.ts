/** Every command, by nouns and verbs, without running any. */
import { resolve } from 'node:path';
import { Command } from 'commander';
import type { Cli } from './cli.ts';
import { createOutput, EXIT } from './output.ts';

type Add = (program: Command, cli: Cli) => void;

interface Part {
  readonly nouns: readonly string[];
  load(): Promise<Add>;
}

/** In the order of the help. A command's code is loaded when it is asked for: all of it takes longer than most of them run. */
const PARTS: readonly Part[] = [
  {
    nouns: ['who-can', 'what-can'],
    load: async () => (await import('./commands/access.ts')).addAccessCommands,
  },
  {
    nouns: ['person', 'project', 'engagement', 'session'],
    load: async () => (await import('./commands/people.ts')).addPeopleCommands,
  },
  { nouns: ['person'], load: async () => (await import('./commands/way-back.ts')).addWayBackCommands },
  { nouns: ['ledger'], load: async () => (await import('./commands/ledger.ts')).addLedgerCommands },
  { nouns: ['bundle', 'verify'], load: async () => (await import('./commands/evidence.ts')).addEvidenceCommands },
  { nouns: ['backup'], load: async () => (await import('./commands/backup.ts')).addBackupCommands },
  { nouns: ['alerts'], load: async () => (await import('./commands/alerts.ts')).addAlertCommands },
  { nouns: ['self-test'], load: async () => (await import('./commands/self-test.ts')).addSelfTestCommand },
  { nouns: ['warden'], load: async () => (await import('./commands/warden.ts')).addWardenCommand },
  { nouns: ['vault'], load: async () => (await import('./commands/vault.ts')).addVaultCommands },
  { nouns: ['lab'], load: async () => (await import('./commands/lab.ts')).addLabCommand },
  { nouns: ['network'], load: loadNetwork },
];

async function loadNetwork(): Promise<Add> {
  const { addNetworkCommands } = await import('./commands/network.ts');
  const { addFacilityFileCommands } = await import('./commands/facility-file.ts');
  return (program, cli) => {
    const network = program.command('network').description('the network: its model, proof, rules, and quarantine');
    addNetworkCommands(network, cli);
    addFacilityFileCommands(network, cli);
  };
}

export interface Program {
  readonly program: Command;
  readonly output: Cli['output'];
  /** What a command that ran left with. */
  readonly code: () => number;
}

/** With the commands that `args` ask for, or with every one when they ask for none that there is. */
export async function createProgram(args: readonly string[] = []): Promise<Program> {
  const program = new Command('picturelock').description(
    'Access that ends, files that are accounted for, evidence that verifies offline.',
  );
  program
    .option('--data <dir>', 'the facility\u2019s data directory', process.env['PICTURELOCK_DATA'] ?? 'var')
    .option('--json', 'answer in JSON')
    .exitOverride();
  program.configureOutput({ outputError: (text, write) => write(text) });
  let code: number = EXIT.done;
  const output: Cli['output'] = () =>
    createOutput(program.opts<{ json?: boolean }>().json === true, (text) => process.stdout.write(text));
  const data = (): string => resolve(program.opts<{ data: string }>().data);
  const cli: Cli = {
    output,
    data,
    with: async (run) => (await import('./console.ts')).withConsole(data(), output(), run),
    leave: (exit) => (code = exit),
  };
  const [noun = ''] = program.parseOptions([...args]).operands;
  const asked = PARTS.filter(({ nouns }) => nouns.includes(noun));
  for (const { load } of asked.length > 0 ? asked : PARTS) (await load())(program, cli);
  program.command('start').description('run the facility (npm start)').allowUnknownOption();
  return { program, output, code: () => code };
}
