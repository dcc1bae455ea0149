/**
 * `picturelock`: nouns, then verbs. Quiet success; `--json` everywhere; exit codes 0 done, 1 no, 2 usage, 3 fault; every error
 * names the next step.
 */
import { spawn } from 'node:child_process';
import { join, resolve } from 'node:path';
import { Command, CommanderError } from 'commander';
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
import { asFailure } from './failure.ts';
import { createOutput, EXIT } from './output.ts';

process.exitCode = await main(process.argv.slice(2));

async function main(args: readonly string[]): Promise<number> {
  if (args[0] === 'start') return start(args);
  const program = new Command('picturelock').description(
    'Access that ends, files that are accounted for, evidence that verifies offline.',
  );
  program
    .option('--data <dir>', 'the facility\u2019s data directory', process.env['PICTURELOCK_DATA'] ?? 'var')
    .option('--json', 'answer in JSON')
    .exitOverride();
  program.configureOutput({ outputError: (text, write) => write(text) });
  let code: number = EXIT.done;
  const output = (): Cli['output'] extends () => infer T ? T : never =>
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
  try {
    await program.parseAsync([...args], { from: 'user' });
    return code;
  } catch (cause) {
    return complain(cause, output().json);
  }
}

function complain(cause: unknown, json: boolean): number {
  if (cause instanceof CommanderError) return cause.exitCode === 0 ? EXIT.done : EXIT.usage; // commander has said why
  const failure = asFailure(cause);
  if (json)
    process.stderr.write(`${JSON.stringify({ code: failure.code, message: failure.message, next: failure.next })}\n`);
  else process.stderr.write(`${failure.message}\n${failure.next === undefined ? '' : `Next: ${failure.next}\n`}`);
  return failure.exit;
}

function start(args: readonly string[]): Promise<number> {
  const child = spawn(process.execPath, [join(import.meta.dirname, '..', 'main.ts'), ...args], { stdio: 'inherit' });
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => child.kill(signal));
  return new Promise((done) => child.on('exit', (code) => done(code ?? EXIT.fault)));
}
