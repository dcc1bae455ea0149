/** A small facility with its backups at work: the real engine in this process, real jobs, vaults that are folders. */
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { stockCheck } from '../vault/stock-check.ts';
import { filmBytes } from './pictures.ts';
import { seededBytes } from '../vault/seeded-bytes.ts';
import { openLocalEngine } from '#engine/local.ts';
import { createFacility, newId, owner } from '#engine/test-facility.ts';
import { defaultScratch } from '#host/backup/drill-scratch.ts';
import { passwordFile } from '#host/backup/repository-keys.ts';
import { startWorks } from '#host/backup/works.ts';
import type { WorksParts } from '#host/backup/works.ts';
import { createClock } from '#host/clock.ts';
import { openSubjectKeys } from '#host/keys/subject-keys.ts';
import { createRandom } from '#host/random.ts';
import type { Command } from '#model/commands.ts';
import type { By } from '#model/events.ts';
import { DAY_MS, HOUR_MS } from '#model/limits.ts';
import type { Backup } from '#model/backup-state.ts';
import type { State } from '#model/state.ts';
import type { AlarmId, PolicyId, ProjectId, VaultId } from '#std/ids.ts';
import { isRefused } from '#std/refused.ts';

const CONSOLE: By = { service: 'console' };
const WAIT_MS_MAX = 180_000;
const LOOK_MS = 50;

export interface BackedUp {
  readonly data: string;
  readonly project: ProjectId;
  readonly workspace: string;
  readonly vaults: readonly [VaultId, VaultId];
  readonly vaultFolders: readonly [string, string];
  readonly policy: PolicyId;
  readonly parts: WorksParts;
  readonly troubles: string[];
  /** The owner, signed in with a fresh second factor. */
  readonly asOwner: By;
  state(): State['backups'];
  ask(command: Command, by?: By): Promise<void>;
  /** Resolves when the state says so. */
  until(what: string, holds: (backups: State['backups']) => boolean): Promise<void>;
  /** From now on only the test does anything. */
  stopWorks(): Promise<void>;
  /** The test leaves copies damaged, and why: stock restic is not asked about them at the end. */
  harmed(why: string): void;
  /** Stock restic reads every repository in the vaults' folders and finds it right. */
  close(): Promise<void>;
}

/** One project with `files` files; the policy is set last, so that everything is there when it is due. It copies to so many of the two vaults. */
export async function openBackedUp(
  files = 20,
  copies: 1 | 2 = 2,
  more: (workspace: string) => void = () => undefined,
  /** How far the ledger’s clock is ahead of this machine’s: time that a test lets pass. */
  aheadMs: () => number = () => 0,
  scratch?: string,
): Promise<BackedUp> {
  const data = mkdtempSync(join(tmpdir(), 'picturelock-backed-up-'));
  const keys = openSubjectKeys(data);
  const clock = { ...createClock(), now: () => Date.now() + aheadMs() };
  const engine = await openLocalEngine({ clock });
  const troubles: string[] = [];
  const parts: WorksParts = {
    data,
    scratch: scratch ?? defaultScratch(data),
    engine,
    keys,
    clock,
    random: createRandom(),
    onTrouble: (what, error) => troubles.push(`${what}: ${String(error)}`),
  };
  const ask = async (command: Command, by: By = CONSOLE): Promise<void> => {
    const answer = await engine.command(command, by);
    if (isRefused(answer)) throw new Error(`${command.kind}: ${answer.code} ${answer.message}`);
  };
  const facility = createFacility();
  await ask({ ...facility, kind: 'create-facility', ownerName: keys.seal(owner, 'Olive Owner') } as Command, {
    service: 'gate-portal',
  });
  const session = newId('session');
  const until = Date.now() + HOUR_MS;
  await ask(
    { kind: 'open-session', session, person: owner, gate: 'portal', until, factorAt: Date.now() },
    { service: 'gate-portal' },
  );
  const asOwner: By = { person: owner, session };
  const project = newId('project');
  await ask(
    {
      kind: 'create-project',
      project,
      alias: 'nightjar',
      title: keys.seal(project, 'The True Title'),
      level: 'standard',
      owner,
      folders: ['media', 'project'],
    },
    asOwner,
  );
  const workspace = join(data, 'workspaces', project);
  fill(workspace, files);
  more(workspace);
  const vaults = [newId('vault'), newId('vault')] as const;
  const vaultFolders = [`${data}-vault`, `${data}-site`] as const;
  for (const [index, id] of vaults.entries())
    await ask({
      kind: 'enrol-vault',
      vault: id,
      name: index === 0 ? 'rack' : 'second site',
      nature: index === 0 ? 'local' : 'site',
      address: pathToFileURL(`${vaultFolders[index] ?? ''}/`).href,
      locks: 'service',
      lockDays: 30,
    });
  const policy = newId('policy');
  let harm: string | undefined;
  const works = { stop: async () => undefined as void };
  const running = startWorks(parts);
  works.stop = () => running.close();
  await ask({
    kind: 'set-policy',
    policy,
    project,
    name: 'hourly',
    everyMs: HOUR_MS,
    keepDays: 60,
    vaults: vaults.slice(0, copies),
    rpoMs: 2 * HOUR_MS,
    rtoMs: DAY_MS,
    drillEveryMs: DAY_MS,
  });
  return {
    data,
    project,
    workspace,
    vaults,
    vaultFolders,
    policy,
    parts,
    troubles,
    asOwner,
    state: () => engine.state().backups,
    ask,
    until: (what, holds) => waitFor(parts, what, holds, troubles),
    stopWorks: () => works.stop(),
    harmed: (why) => void (harm ??= why),
    async close() {
      await works.stop();
      await engine.close();
      try {
        if (harm === undefined) checkCopies(data, vaultFolders);
      } finally {
        for (const folder of [data, ...vaultFolders]) rmSync(folder, { recursive: true, force: true });
      }
    },
  };
}

/** Those whose key was destroyed nobody can read any more. */
function checkCopies(data: string, vaultFolders: readonly string[]): void {
  for (const folder of vaultFolders.filter((path) => existsSync(path)))
    for (const name of readdirSync(folder)) {
      const password = passwordFile(data, name as ProjectId); // so they are named
      if (existsSync(password) && existsSync(join(folder, name, 'config')))
        stockCheck(join(folder, name), { RESTIC_PASSWORD_FILE: password });
    }
}

function fill(workspace: string, files: number): void {
  mkdirSync(join(workspace, 'media', 'reel'), { recursive: true });
  mkdirSync(join(workspace, 'project'), { recursive: true });
  for (let n = 0; n < files; n += 1) writeFileSync(join(workspace, 'media', 'reel', `shot ${n}.mov`), movie(n));
  writeFileSync(join(workspace, 'project', 'edit.xml'), '<edit version="1"/>');
}

/** A film that opens, with bytes of no sense behind it: each has its own, as many as nothing takes for another's. */
export function movie(seed: number): Buffer {
  const filling = seededBytes(seed, 30_000 + seed);
  const head = Buffer.from('....free');
  head.writeUInt32BE(head.length + filling.length);
  return Buffer.concat([filmBytes(), head, filling]);
}

/** The policy's copies go to these vaults from now on. */
export async function copyTo(world: BackedUp, vaults: readonly VaultId[]): Promise<void> {
  const known = world.state().policies.get(world.policy);
  if (known === undefined) throw new Error('the facility has no policy');
  const { name, everyMs, keepDays, rpoMs, rtoMs } = known;
  const wanted = { name, everyMs, keepDays, vaults: [...vaults], rpoMs, rtoMs };
  await world.ask({ kind: 'set-policy', policy: world.policy, project: world.project, ...wanted });
}

/** Begins a backup, and waits for its end. */
export async function takeNow(world: BackedUp, vault: VaultId = world.vaults[0]): Promise<Backup> {
  const backup = newId('backup');
  await world.ask({ kind: 'begin-backup', backup, policy: world.policy, vault, because: 'asked' });
  await world.until('the end of a backup', ({ taken }) => taken.get(backup)?.standing !== 'running');
  const ended = world.state().taken.get(backup);
  if (ended?.standing !== 'taken') throw new Error(ended?.failure?.says ?? 'the backup is not there');
  return ended;
}

export async function settle(world: BackedUp, alarm: AlarmId | undefined, genuine: boolean): Promise<void> {
  if (alarm === undefined) throw new Error('no alarm is open');
  await world.ask({ kind: 'settle-alarm', alarm, reason: 'looked at', genuine }, world.asOwner);
}

function waitFor(
  { engine }: WorksParts,
  what: string,
  holds: (backups: State['backups']) => boolean,
  troubles: readonly string[],
): Promise<void> {
  if (holds(engine.state().backups)) return Promise.resolve();
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const timer = setTimeout(() => {
    clearInterval(looks);
    reject(new Error(`${what} did not happen; ${troubles.join('; ')}`));
  }, WAIT_MS_MAX);
  const stop = engine.subscribe(look);
  const looks = setInterval(look, LOOK_MS); // not every entry changes the state
  function look(): void {
    if (!holds(engine.state().backups)) return;
    clearTimeout(timer);
    clearInterval(looks);
    stop();
    resolve();
  }
  return promise;
}
