/**
 * The warden's process: root, no engine, no ledger, no network. `--restore` loads what was last proven and ends, for the time before the
 * network is up.
 */
import { join } from 'node:path';
import { machineMs } from './protocol.ts';
import { openSavedRules } from './saved-rules.ts';
import { serveWarden } from './server.ts';
import { openTable } from './table.ts';
import { openNftShell } from '#host/nft/nft-shell.ts';
import type { Programs } from '#host/nft/programs.ts';
import { openPrograms } from '#host/nft/programs.ts';
import type { Sentinel } from '#host/nft/sentinel.ts';
import { startSentinel } from '#host/nft/sentinel.ts';
import { installSentinel } from '#host/nft/sentinel-program.ts';
import { renderRules } from '#plan/network/nft/render-rules.ts';
import type { Denial } from '#ports/warden.ts';

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
  let sentinel: Sentinel | undefined;
  const hears = (): boolean => sentinel?.hears === true;
  const server = await serveWarden({ table, programs, hears }, { path: socket, uid });
  tellRolledBack = () => server.tell({ event: 'rolled-back' });
  const denials = gather((some) => server.tell({ event: 'denied', denials: some }));
  sentinel = await listen(programs, join(folder, 'bin'), {
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
