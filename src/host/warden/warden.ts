/**
 * The warden's process: root, no engine, no ledger, no network. `--restore` loads what was last proven and ends, for the time before the
 * network is up.
 */
import { execFileSync } from 'node:child_process';
import { Command } from 'commander';
import { join } from 'node:path';
import { machineMs } from './protocol.ts';
import { openSavedRules } from './saved-rules.ts';
import { serveWarden } from './server.ts';
import { openTable } from './table.ts';
import { openNftShell } from '#host/nft/nft-shell.ts';
import type { Programs } from '#host/nft/programs.ts';
import { openPrograms } from '#host/nft/programs.ts';
import { startSentinel } from '#host/nft/sentinel.ts';
import { installSentinel } from '#host/nft/sentinel-program.ts';
import { renderRules } from '#plan/network/nft/render-rules.ts';
import type { Denial } from '#ports/warden.ts';
import { Fault } from '#std/refused.ts';

export interface WardenSettings {
  readonly socket: string;
  /** Account of the gate. */
  readonly uid: number;
  readonly namespace?: string;
  /** Where the last proven rules are kept. */
  readonly folder: string;
  readonly onTrouble: (what: string, error?: unknown) => void;
}

export interface RunningWarden {
  /** Whether refused packets and other processes' commits are heard of. */
  readonly hears: boolean;
  close(): Promise<void>;
}

const DENIALS_EVERY_MS = 250;
const DENIALS_MAX = 1000;

export function parseWardenSettings(args: readonly string[]): {
  readonly settings: WardenSettings;
  readonly restore: boolean;
} {
  const program = new Command('warden')
    .description('writes the packet filter for a gate; runs as root')
    .option('--socket <path>', 'where the gate finds it', '/run/picturelock/warden.sock')
    .option('--user <name>', 'the account of the gate: a name or a number', 'root')
    .option('--netns <name>', 'the network namespace to guard, instead of the machine itself')
    .option('--state <dir>', 'where the last proven rules are kept', '/var/lib/picturelock-warden')
    .option('--restore', 'load the last proven rules and end')
    .parse([...args], { from: 'user' });
  const given = program.opts<{
    socket: string;
    user: string;
    netns?: string;
    state: string;
    restore?: boolean;
  }>();
  if (process.getuid?.() !== 0) throw new Fault('warden-needs-root', 'Only root may write the packet filter.');
  return {
    restore: given.restore === true,
    settings: {
      socket: given.socket,
      uid: accountOf(given.user),
      folder: given.state,
      ...(given.netns === undefined ? {} : { namespace: given.netns }),
      onTrouble: (what, error) =>
        console.error(`picturelock warden: ${what}${error === undefined ? '' : `: ${String(error)}`}`),
    },
  };
}

function accountOf(name: string): number {
  if (/^\d{1,9}$/.test(name)) return Number(name);
  try {
    return Number(execFileSync('id', ['-u', '--', name], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }));
  } catch (cause) {
    throw new Fault('no-such-account', `This machine has no account ${name}.`, { cause });
  }
}

/** Resolves with what was done. Without saved rules there was never anything to restore. */
export async function restoreRules({ folder, namespace }: WardenSettings): Promise<string> {
  const saved = openSavedRules(folder);
  saved.setPending(false); // what was not confirmed is not loaded
  const rules = saved.read(machineMs());
  if (rules === undefined) return 'nothing to restore: no rules were ever proven here';
  await openPrograms(namespace).run('nft', ['-f', '-'], { input: renderRules(rules, machineMs()) });
  return rules.enforce ? 'restored: what the rules do not allow does not pass' : 'restored: rules that observe';
}

export async function startWarden(settings: WardenSettings): Promise<RunningWarden> {
  const { socket, uid, namespace, folder, onTrouble } = settings;
  const programs = openPrograms(namespace);
  const shell = openNftShell(programs);
  let tellRolledBack: (() => void) | undefined;
  const table = await openTable({
    programs,
    shell,
    saved: openSavedRules(folder),
    onRolledBack: () => tellRolledBack?.(),
    onTrouble,
  });
  const server = await serveWarden(table, programs, { path: socket, uid });
  tellRolledBack = () => server.tell({ event: 'rolled-back' });
  const denials = gather((some) => server.tell({ event: 'denied', denials: some }));
  const sentinel = await listen(programs, join(folder, 'bin'), {
    denied: denials.add,
    committed: (change) => {
      if (!table.isOwn(change.pid)) server.tell({ event: 'foreign', change });
    },
    lost: () => onTrouble('some of what the kernel said was lost'),
  });
  if (sentinel === undefined)
    onTrouble('no C compiler: refused packets and foreign changes are found by comparing only');
  return {
    hears: sentinel !== undefined,
    async close() {
      sentinel?.close();
      denials.close();
      await server.close();
      await table.close();
    },
  };
}

async function listen(programs: Programs, folder: string, events: Parameters<typeof startSentinel>[2]) {
  const path = await installSentinel(folder);
  if (path === undefined) return undefined;
  const sentinel = startSentinel(programs, path, events);
  await sentinel.ready;
  return sentinel;
}

/** Together, a few times a second; beyond the most that is told at once they are left out. */
function gather(tell: (denials: Denial[]) => void): { add(denial: Denial): void; close(): void } {
  let some: Denial[] = [];
  const timer = setInterval(() => {
    if (some.length === 0) return;
    const now = some;
    some = [];
    tell(now);
  }, DENIALS_EVERY_MS);
  return {
    add(denial) {
      if (some.length < DENIALS_MAX) some.push(denial);
    },
    close: () => clearInterval(timer),
  };
}
