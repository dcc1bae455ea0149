/** The example facility with its owner signed in, and a folder for a vault: what the tests of the pages of backups begin with. */
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Browser, Page } from 'playwright-core';
import { connectEngine } from '#host/engine-socket/client.ts';
import type { Command } from '#model/commands.ts';
import type { By } from '#model/events.ts';
import { DAY_MS, HOUR_MS } from '#model/limits.ts';
import type { State } from '#model/state.ts';
import type { Id, IdKind, PolicyId, ProjectId, VaultId } from '#std/ids.ts';
import { ID_RANDOM_BYTES, makeId } from '#std/ids.ts';
import { isRefused } from '#std/refused.ts';
import { look, settled, startBrowser, visitor } from './browser.ts';
import type { Visitor } from './browser.ts';
import { ownExample } from './owner.ts';
import { startFacility } from './running-facility.ts';
import type { RunningFacility } from './running-facility.ts';

const GATE: By = { service: 'gate-backup' };
const CONSOLE: By = { service: 'console' };
/** A backup, a drill or a restore goes through a process of its own. */
export const WORK_MS = 90_000;
/** Beside the jobs of the backup service the pages answer more slowly. */
const PATIENCE_MS = 40_000;

export interface BackupPages {
  readonly facility: RunningFacility;
  readonly browser: Browser;
  readonly owner: Visitor;
  /** `file://…/` of an empty folder. */
  readonly vaultAddress: string;
  go(page: Page, path: string, name?: string): Promise<void>;
  /** What the backup service would record: seen by the pages as it comes. */
  record(...commands: readonly Command[]): Promise<void>;
  state(): Promise<State>;
  stop(): Promise<void>;
}

export async function openBackupPages(): Promise<BackupPages> {
  const vaultFolder = mkdtempSync(join(tmpdir(), 'picturelock-e2e-vault-'));
  const [facility, browser] = await Promise.all([startFacility(), startBrowser()]);
  const owner = await visitor(browser);
  owner.context.setDefaultTimeout(PATIENCE_MS);
  await ownExample(owner, facility);
  return {
    facility,
    browser,
    owner,
    vaultAddress: `${pathToFileURL(vaultFolder).href}/`,
    async go(page, path, name) {
      await page.goto(`${facility.origin}${path}`);
      if (name === undefined) await settled(page);
      else await look(page, name);
    },
    record: (...commands) => commanded(facility.data, GATE, commands),
    async state() {
      const engine = await connectEngine(facility.data);
      try {
        return engine.state();
      } finally {
        await engine.close();
      }
    },
    async stop() {
      await browser.close();
      await facility.stop();
      rmSync(vaultFolder, { recursive: true, force: true });
    },
  };
}

async function commanded(data: string, by: By, commands: readonly Command[]): Promise<void> {
  const engine = await connectEngine(data);
  try {
    for (const command of commands) {
      const done = await engine.command(command, by);
      assert.ok(!isRefused(done), JSON.stringify(done));
    }
  } finally {
    await engine.close();
  }
}

export interface PolicySet {
  readonly vault: VaultId;
  readonly policy: PolicyId;
  readonly project: ProjectId;
  readonly alias: string;
}

/** A vault and a policy as the command line sets them; the first snapshot and the first drill come by themselves. */
export async function setPolicy({ facility, vaultAddress, state }: BackupPages): Promise<PolicySet> {
  const [project] = [...(await state()).projects.values()].sort((a, b) => a.streamNumber - b.streamNumber);
  assert.ok(project !== undefined);
  const [vault, policy] = [newId('vault'), newId('policy')];
  const strength = { nature: 'local', locks: 'service', lockDays: 30 } as const;
  const often = { everyMs: HOUR_MS, keepDays: 90, rpoMs: 4 * HOUR_MS, rtoMs: DAY_MS, drillEveryMs: 30 * DAY_MS };
  await commanded(facility.data, CONSOLE, [
    { kind: 'enrol-vault', vault, name: 'Cellar', address: vaultAddress, ...strength },
    { kind: 'set-policy', policy, project: project.id, name: 'Everything, hourly', vaults: [vault], ...often },
  ]);
  return { vault, policy, project: project.id, alias: project.alias };
}

export function newId<K extends IdKind>(kind: K): Id<K> {
  return makeId(kind, randomBytes(ID_RANDOM_BYTES));
}

export function newHash(): string {
  return randomBytes(32).toString('hex');
}

/** Resolves when the ledger says so. */
export async function stateWhen({ facility }: BackupPages, holds: (state: State) => boolean): Promise<void> {
  const engine = await connectEngine(facility.data);
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const timer = setTimeout(() => reject(new Error('the ledger did not come so far')), WORK_MS);
  const stop = engine.subscribe((_, state) => {
    if (holds(state)) resolve();
  });
  try {
    if (holds(engine.state())) return;
    await promise;
  } finally {
    stop();
    clearTimeout(timer);
    await engine.close();
  }
}
