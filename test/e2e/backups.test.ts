/**
 * The pages of backups on the real product in a real browser: vaults are enrolled, a policy is previewed and set, what the backup service
 * records shows up live; a restore from the time line, drills with their certificate, an alarm that pauses removals, the runbook.
 */
import { after, before, test } from 'node:test';
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Browser, Page } from 'playwright-core';
import { connectEngine } from '#host/engine-socket/client.ts';
import type { Command } from '#model/commands.ts';
import { DAY_MS, HOUR_MS } from '#model/limits.ts';
import type { State } from '#model/state.ts';
import type { BackupId, IdKind, PolicyId, VaultId } from '#std/ids.ts';
import { ID_RANDOM_BYTES, makeId } from '#std/ids.ts';
import { isRefused } from '#std/refused.ts';
import { choose, chooseAct, findings, look, PHONE, settled, startBrowser, visitor } from './browser.ts';
import type { Visitor } from './browser.ts';
import { confirm, linkOf, ownExample } from './owner.ts';
import { startFacility } from './running-facility.ts';
import type { RunningFacility } from './running-facility.ts';

const BY = { service: 'gate-backup' } as const;
/** A backup, a drill or a restore goes through a process of its own. */
const WORK_MS = 90_000;
/** Beside the jobs of the backup service the pages answer more slowly. */
const PATIENCE_MS = 40_000;

let facility: RunningFacility;
let browser: Browser;
let owner: Visitor;
let vaultFolder: string;
let alias: string;
let policy: PolicyId;
let vault: VaultId;
let bad: BackupId | undefined;

before(async () => {
  vaultFolder = mkdtempSync(join(tmpdir(), 'picturelock-e2e-vault-'));
  [facility, browser] = await Promise.all([startFacility(), startBrowser()]);
  owner = await visitor(browser);
  owner.context.setDefaultTimeout(PATIENCE_MS);
  await ownExample(owner, facility);
});

after(async () => {
  await browser?.close();
  await facility?.stop();
  rmSync(vaultFolder, { recursive: true, force: true });
});

async function go(page: Page, path: string, name?: string) {
  await page.goto(`${facility.origin}${path}`);
  if (name === undefined) await settled(page);
  else await look(page, name);
}

function newId<K extends IdKind>(kind: K) {
  return makeId(kind, randomBytes(ID_RANDOM_BYTES));
}

function newHash(): string {
  return randomBytes(32).toString('hex');
}

/** What the backup service would record: seen by the pages as it comes. */
async function record(...commands: readonly Command[]): Promise<void> {
  const engine = await connectEngine(facility.data);
  try {
    for (const command of commands) {
      const done = await engine.command(command, BY);
      assert.ok(!isRefused(done), JSON.stringify(done));
    }
  } finally {
    await engine.close();
  }
}

async function stateNow(): Promise<State> {
  const engine = await connectEngine(facility.data);
  try {
    return engine.state();
  } finally {
    await engine.close();
  }
}

test('without a vault the pages say what comes first', async () => {
  const { page } = owner;
  await go(page, '/facility/backups');
  await page.waitForURL('**/facility/backups/copies');
  await page.getByText('Nothing is backed up').waitFor();
  await look(page, '100-backups-empty');
  for (const tab of ['restore', 'drills', 'vaults', 'alarms'])
    await go(page, `/facility/backups/${tab}`, `101-backups-empty-${tab}`);
});

test('a vault is enrolled, with its locks said as they are', async () => {
  const { page } = owner;
  await go(page, '/facility/backups/vaults');
  await page.getByRole('button', { name: 'Enrol a vault' }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByLabel('Name').fill('Cellar');
  await dialog.getByLabel('Address').fill(`${pathToFileURL(vaultFolder).href}/`);
  await choose(dialog, 'Who can undo a lock before its time', /no lock below it/);
  await dialog.getByText('nothing below the service keeps a file').waitFor();
  await look(page, '102-vault-enrol');
  await dialog.getByRole('button', { name: 'Enrol it' }).click();
  const card = page.getByRole('article', { name: 'Cellar' });
  await card.getByText('Whoever takes over the vault’s service can undo every lock').waitFor();
  await look(page, '103-vaults');
});

test('a policy says what it promises and what it does not; set, it is carried out by itself', async () => {
  const { page } = owner;
  await go(page, '/facility/backups/copies?policy=new');
  const dialog = page.getByRole('dialog');
  await dialog.getByText('There is one copy: what takes the vault takes all of them.').waitFor();
  await dialog.getByText('No drill has measured a restore of this project').waitFor();
  await look(page, '104-policy-promise');
  await dialog.getByRole('button', { name: 'Add the policy' }).click();
  await dialog.waitFor({ state: 'hidden' });
  await page.getByText('On time').waitFor({ timeout: WORK_MS });
  const { backups, projects } = await stateNow();
  const [set] = [...backups.policies.values()];
  assert.ok(set !== undefined);
  policy = set.id;
  [vault] = set.vaults as [VaultId];
  alias = projects.get(set.project)?.alias ?? '';
  await page.getByRole('link', { name: 'Look inside' }).first().waitFor();
  await look(page, '105-backups');
});

test('a folder of the snapshot is looked into, a file found, and one restored beside what is there', async () => {
  const { page } = owner;
  await go(page, `/facility/backups/restore?project=${alias}`);
  const tree = page.getByRole('region', { name: 'Snapshot' });
  await tree.getByRole('row').nth(1).waitFor({ timeout: WORK_MS });
  await look(page, '106-restore');
  await tree.getByRole('button', { name: 'media', exact: true }).click();
  await page.waitForURL('**path=media**');
  await settled(page);
  await tree
    .getByRole('button', { name: /^Restore / })
    .first()
    .waitFor();
  await look(page, '107-restore-folder');
  await tree
    .getByRole('button', { name: /^Restore / })
    .first()
    .click();
  const dialog = page.getByRole('dialog');
  await dialog.getByLabel('Reason').fill('The grade of reel one was overwritten.');
  await look(page, '108-restore-dialog');
  await dialog.getByRole('button', { name: 'Restore', exact: true }).click();
  await dialog.waitFor({ state: 'hidden' });
  await page
    .getByRole('region', { name: 'Restores', exact: true })
    .last()
    .getByText('Done')
    .waitFor({ timeout: WORK_MS });
  await look(page, '109-restored');
  const [restore] = [...(await stateNow()).backups.restores.values()];
  assert.equal(restore?.finished?.failed, 0);
  assert.ok((restore?.finished?.files ?? 0) > 0);
});

test('a drill is run, and its certificate prints', async () => {
  const { page } = owner;
  await go(page, '/facility/backups/drills');
  const held = page.getByRole('region', { name: 'Drills' }).getByText('Held').first();
  // A policy's first drill comes by itself after its first snapshot.
  await held.waitFor({ timeout: WORK_MS });
  await look(page, '110-drills');
  await page.getByRole('link', { name: 'Certificate' }).first().click();
  await page.getByRole('heading', { name: 'Certificate of a proven restore' }).waitFor();
  await look(page, '111-certificate');
  await page.emulateMedia({ media: 'print' });
  await look(page, '111-certificate-print');
  await page.emulateMedia({ media: 'screen' });
  await go(page, '/facility');
  await page.getByText('days since last proven restore').waitFor();
  await look(page, '112-today-backups');
});

/** Weeks of backups and drills of the same policy, as the ledger would hold them by then. */
async function history(): Promise<readonly BackupId[]> {
  const now = Date.now();
  const ids: BackupId[] = [];
  for (let day = 30; day > 0; day -= 1) {
    const [backup, at] = [newId('backup'), now - day * DAY_MS];
    ids.push(backup);
    const begun = { kind: 'begin-backup', backup, policy, vault, because: 'schedule' } as const;
    if (day % 11 === 0) {
      // The record of a failure has no time of its own: it stands under today.
      await record(begun, {
        kind: 'record-backup-failure',
        backup,
        code: 'vault-away',
        says: 'The vault did not answer.',
      });
      continue;
    }
    const snapshot = newHash();
    const taken = { snapshot, tree: newHash(), manifestSha256: newHash(), startedAt: at, finishedAt: at + 240_000 };
    const sizes = {
      files: 1200 + day,
      bytes: 4e11,
      addedBytes: 3e9 * (1 + (day % 5)),
      consistency: 'watched',
      unsteady: day % 3,
    } as const;
    await record(
      begun,
      { kind: 'record-backup', backup, ...taken, ...sizes },
      {
        kind: 'record-copy',
        backup,
        vault,
        snapshot,
        objects: 900,
        bytes: 5e11,
        objectsSha256: newHash(),
        lockedUntil: at + 25 * DAY_MS,
        verified: day % 2 === 0 ? 'listed' : 'read-back',
      },
    );
    if (day % 6 === 0) await record(...drilled(snapshot, at, day));
  }
  return ids;
}

function drilled(snapshot: string, at: number, day: number): readonly Command[] {
  const drill = newId('drill');
  const failed = day === 12 ? 2 : 0;
  return [
    { kind: 'begin-drill', drill, policy, vault, because: 'schedule' },
    {
      kind: 'record-drill',
      drill,
      snapshot,
      why: 'newest',
      plan: 'sample',
      seed: `of day ${day}`,
      tool: 'picturelock 0.1',
      second: { tool: 'restic 0.14.0', files: 30, failed: 0 },
      startedAt: at + HOUR_MS,
      firstByteAt: at + HOUR_MS + 2000,
      finishedAt: at + HOUR_MS + 400_000,
      files: 300,
      filesOf: 1200,
      bytes: 9e10,
      failed,
      failures: failed === 0 ? [] : [{ path: 'media/reel-2/A004.mov', why: 'SHA-256 differs' }],
      media: { opened: 120, wrongFrames: 0, skipped: 12 },
      rpoMs: HOUR_MS * (1 + (day % 4)),
      rtoMs: HOUR_MS * (5 + (day % 7)),
      rtoSpreadMs: HOUR_MS,
      isolated: true,
      reportSha256: newHash(),
      held: failed === 0,
    },
  ];
}

test('weeks of history as a calendar, a time line and charts; an alarm pauses every removal', async () => {
  const { page } = owner;
  const backups = await history();
  // Only records: nothing of them lies in the vault, so nobody looks inside.
  const state = await stateNow();
  const project = state.backups.policies.get(policy)?.project;
  assert.ok(project !== undefined);
  const clean = backups.at(-3);
  bad = backups.at(-2);
  const lastClean = clean === undefined ? undefined : state.backups.taken.get(clean)?.taken?.snapshot;
  assert.ok(bad !== undefined && lastClean !== undefined);
  await record({
    kind: 'raise-alarm',
    alarm: newId('alarm'),
    project,
    backup: bad,
    score: 11.5,
    lastClean,
    signs: [
      {
        sign: 'magic-lost',
        says: 'Files named .mov do not begin as movies do.',
        files: 212,
        examples: ['media/reel-1/A001.mov', 'media/reel-1/A002.mov'],
      },
      {
        sign: 'randomness-step',
        says: 'Their blocks cannot be told from random bytes; a week ago they could.',
        files: 212,
        examples: [],
      },
      {
        sign: 'ransom-note',
        says: 'A text that asks for money lies in the top folder.',
        files: 1,
        examples: ['HOW_TO_DECRYPT.txt'],
      },
    ],
  });
  await go(page, `/facility/backups/copies?project=${alias}`);
  await page.getByText('looks as if it was attacked').waitFor();
  await look(page, '113-backups-calendar');
  await go(page, '/facility/backups/drills');
  await page.locator('.uplot canvas').first().waitFor();
  await look(page, '115-drills-charts');
  await go(page, '/facility', '116-today-alarm');
  await go(page, '/facility/backups/alarms', '117-alarm');
});

test('the time line steps from a snapshot that an alarm is about to one before it', async () => {
  const assessor = await visitor(browser);
  const { page } = assessor;
  await page.goto(linkOf(facility, (roles) => roles.includes('assessor')));
  await page.waitForURL('**/assess/**');
  await go(page, `/assess/backups/restore?project=${alias}&backup=${bad}`);
  await page.getByText('An alarm is about this snapshot').waitFor();
  const slider = page.getByRole('slider', { name: 'Snapshot' });
  const before = await slider.getAttribute('aria-valuetext');
  await slider.focus();
  await page.keyboard.press('ArrowLeft');
  await page.getByText('An alarm is about this snapshot').waitFor({ state: 'detached' });
  assert.notEqual(await slider.getAttribute('aria-valuetext'), before);
  await look(page, '114-restore-slider');
  assert.deepEqual(assessor.complaints, []);
  await assessor.context.close();
});

test('removals wait for the alarm, for somebody else, and for a week', async () => {
  const { page } = owner;
  await go(page, '/facility/backups/vaults');
  await page.getByText('Paused: nothing is removed anywhere').waitFor();
  await go(page, '/facility/backups/alarms');
  await page.getByRole('button', { name: 'Say what it was…' }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByLabel(/^Harmless/).check();
  await dialog.getByLabel('How you know').fill('A conform that nobody announced; the movies open.');
  await look(page, '118-alarm-settle');
  await dialog.getByRole('button', { name: 'Settle the alarm' }).click();
  await page.getByText('It was harmless').waitFor();
  await record({ kind: 'doubt-vault-clock', vault, says: 'It jumped ahead by 3 days at its last start.' });
  await go(page, '/facility/backups/vaults');
  await page.getByText('Its clock is doubted.').waitFor();
  await chooseAct(page, 'Acts on Cellar', 'Ask to remove snapshots…');
  await page.getByRole('dialog').getByText('Nothing has had its time').first().waitFor();
  await look(page, '119-vault-removal');
  await page.getByRole('dialog').getByRole('button', { name: 'Cancel' }).click();
  await page.getByRole('button', { name: 'I looked at the clock…' }).click();
  await confirm(page, 'The clock is right');
  await page.getByText('Its clock is doubted.').waitFor({ state: 'detached' });
  await chooseAct(page, 'Acts on Cellar', 'Open a window for keys…');
  await confirm(page, 'Open the window', 'The second site is added.');
  await page.getByText('Open for new keys and repositories').waitFor();
  await look(page, '120-vault-window');
});

test('a hold and a planned change are placed from the page', async () => {
  const { page } = owner;
  await go(page, '/facility/backups/copies');
  for (const [open, verb, field] of [
    ['Place a hold…', 'Place the hold', 'Reason'],
    ['Plan a change…', 'Plan it', 'What is done'],
  ] as const) {
    await page.getByRole('button', { name: open }).click();
    const dialog = page.getByRole('dialog');
    await choose(dialog, /^Project/, new RegExp(alias), alias);
    await dialog.getByLabel(field).fill('The conform of reel four.');
    await dialog.getByRole('button', { name: verb }).click();
    await dialog.waitFor({ state: 'hidden' });
  }
  await page.getByRole('region', { name: 'Planned changes' }).getByText('The conform of reel four.').first().waitFor();
  await look(page, '121-holds');
});

test('the runbook is loud about what was never proven', async () => {
  const { page } = owner;
  await go(page, '/facility/backups/runbook');
  await page.getByText(/steps were never proven|A drill has proved each/).waitFor();
  await look(page, '122-runbook');
  await page.emulateMedia({ media: 'print' });
  await look(page, '122-runbook-print');
  await page.emulateMedia({ media: 'screen' });
});

test('in the light, and on a phone', async () => {
  const { page } = owner;
  await page.evaluate(() => localStorage.setItem('mantine-color-scheme-value', 'light'));
  for (const tab of ['copies', 'restore', 'drills', 'vaults', 'alarms'])
    await go(page, `/facility/backups/${tab}`, `123-light-${tab}`);
  await page.evaluate(() => localStorage.removeItem('mantine-color-scheme-value'));
  const engineer = await visitor(browser, PHONE);
  await engineer.page.goto(linkOf(facility, (_, name) => name === 'Elias Berg'));
  await engineer.page.waitForURL('**/facility');
  for (const tab of ['copies', 'restore', 'drills', 'vaults', 'alarms', 'runbook'])
    await go(engineer.page, `/facility/backups/${tab}`, `124-phone-${tab}`);
  assert.deepEqual(engineer.complaints, []);
  await engineer.context.close();
});

test('an assessor sees what is proved, no names of files, and can change nothing', async () => {
  const assessor = await visitor(browser);
  await assessor.page.goto(linkOf(facility, (roles) => roles.includes('assessor')));
  await assessor.page.waitForURL('**/assess/**');
  await assessor.page.getByRole('link', { name: 'Backups' }).first().click();
  await assessor.page.waitForURL('**/assess/backups/copies');
  const run = assessor.page.getByRole('button', { name: 'Back up now' }).first();
  await run.waitFor();
  assert.equal(await run.getAttribute('aria-disabled'), 'true');
  await look(assessor.page, '125-backups-assess');
  await go(assessor.page, `/assess/backups/restore?project=${alias}`);
  await assessor.page.getByText('Names of files are shown to those who may restore them.').waitFor();
  await look(assessor.page, '126-restore-assess');
  assert.deepEqual(assessor.complaints, []);
  await assessor.context.close();
});

test('nothing was refused by the browser, no page broke a rule of WCAG A or AA, and none is wider than its window', () => {
  assert.deepEqual(owner.complaints, []);
  assert.deepEqual(findings, []);
});
