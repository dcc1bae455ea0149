/** `warden`: the root process beside a gateway that writes the packet filter. It has nothing to do with a facility's data. */
import { execFileSync } from 'node:child_process';
import type { Command } from 'commander';
import { Failure } from '../failure.ts';
import { EXIT } from '../output.ts';
import type { WardenSettings } from '#host/warden/warden.ts';
import { restoreRules, startWarden } from '#host/warden/warden.ts';

interface Given {
  readonly socket: string;
  readonly user: string;
  readonly netns?: string;
  readonly state: string;
  readonly restore?: boolean;
}

export function addWardenCommand(program: Command): void {
  program
    .command('warden')
    .description('write the packet filter for the network gate; runs as root, on the gateway')
    .option('--socket <path>', 'where the gate finds it', '/run/picturelock/warden.sock')
    .option('--user <name>', 'the account that the facility runs under: a name or a number', 'root')
    .option('--netns <name>', 'guard this network namespace instead of the machine itself')
    .option('--state <dir>', 'where the last proven rules are kept', '/var/lib/picturelock-warden')
    .option('--restore', 'load the last proven rules and end; for the time before the network is up')
    .action((given: Given) => run(settingsOf(given), given.restore === true));
}

function settingsOf({ socket, user, netns, state }: Given): WardenSettings {
  if (process.getuid?.() !== 0)
    throw new Failure('warden-needs-root', 'Only root may write the packet filter.', {
      next: 'run it as root; the facility itself needs no root',
      exit: EXIT.fault,
    });
  return {
    socket,
    uid: accountOf(user),
    folder: state,
    ...(netns === undefined ? {} : { namespace: netns }),
    onTrouble: (what, error) =>
      process.stderr.write(`picturelock warden: ${what}${error === undefined ? '' : `: ${String(error)}`}\n`),
  };
}

function accountOf(name: string): number {
  if (/^\d{1,9}$/.test(name)) return Number(name);
  try {
    return Number(execFileSync('id', ['-u', '--', name], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }));
  } catch {
    throw new Failure('no-such-account', `This machine has no account ${name}.`, {
      next: 'name the account that runs picturelock start',
      exit: EXIT.usage,
    });
  }
}

/** Until it is told to stop; the rules stay as they are then. */
async function run(settings: WardenSettings, isRestore: boolean): Promise<void> {
  if (isRestore) {
    process.stdout.write(`picturelock warden ${await restoreRules(settings)}\n`);
    return;
  }
  const stopping = Promise.withResolvers<void>();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => stopping.resolve());
  const warden = await startWarden(settings);
  process.stdout.write(`picturelock warden ready ${settings.socket}\n`);
  await stopping.promise;
  await warden.close();
}
