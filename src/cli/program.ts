/** Every command, by nouns and verbs, without running any. */
import { resolve } from 'node:path';
import { Command } from 'commander';
import type { Cli } from './cli.ts';
import { addAccessCommands } from './commands/access.ts';
import { addAlertCommands } from './commands/alerts.ts';
import { addBackupCommands } from './commands/backup.ts';
import { addEvidenceCommands } from './commands/evidence.ts';
import { addFacilityFileCommands } from './commands/facility-file.ts';
import { addLabCommand } from './commands/lab.ts';
import { addLedgerCommands } from './commands/ledger.ts';
import { addNetworkCommands } from './commands/network.ts';
import { addPeopleCommands } from './commands/people.ts';
import { addSelfTestCommand } from './commands/self-test.ts';
import { addVaultCommands } from './commands/vault.ts';
import { addWardenCommand } from './commands/warden.ts';
import { addWayBackCommands } from './commands/way-back.ts';
import { withConsole } from './console.ts';
import { createOutput, EXIT } from './output.ts';

export interface Program {
  readonly program: Command;
  readonly output: Cli['output'];
  /** What a command that ran left with. */
  readonly code: () => number;
}

export function createProgram(): Program {
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
  const cli: Cli = { output, data, with: (run) => withConsole(data(), output(), run), leave: (exit) => (code = exit) };
  for (const add of [
    addAccessCommands,
    addPeopleCommands,
    addWayBackCommands,
    addLedgerCommands,
    addEvidenceCommands,
    addBackupCommands,
    addAlertCommands,
    addSelfTestCommand,
    addWardenCommand,
    addVaultCommands,
    addLabCommand,
  ])
    add(program, cli);
  const network = program.command('network').description('the network: its model, proof, rules, and quarantine');
  addNetworkCommands(network, cli);
  addFacilityFileCommands(network, cli);
  program.command('start').description('run the facility (npm start)').allowUnknownOption();
  return { program, output, code: () => code };
}
