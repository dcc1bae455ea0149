/**
 * The pages of backups after weeks, on the real product in a real browser: a calendar, charts, an alarm that pauses removals, holds, the runbook; in the
 * light, on a phone, and for an assessor.
 */
import { after, before, test } from 'node:test';
import assert from 'node:assert/strict';
import { newHash, newId, openBackupPages, setPolicy } from './backup-pages.ts';
import type { BackupPages } from './backup-pages.ts';
import { choose, chooseAct, findings, look, PHONE, visitor } from './browser.ts';
import { confirm, linkOf } from './owner.ts';
import type { Command } from '#model/commands.ts';
import { DAY_MS, HOUR_MS } from '#model/limits.ts';
import type { BackupId, PolicyId, VaultId } from '#std/ids.ts';

let world: BackupPages;
let alias: string;
let policy: PolicyId;
let vault: VaultId;
let bad: BackupId | undefined;

before(async () => {
  world = await openBackupPages();
  ({ alias, policy, vault } = await setPolicy(world));
});
after(() => world?.stop());

/** So many times at most something is begun anew because the backup service was there first. */
const TRIES_MAX = 5;

/** The backup service may carry out what was begun before its record is here: then another one is begun. */
async function recordAnew<C extends readonly Command[]>(commandsOf: () => C): Promise<C> {
  for (let tries = 1; ; tries += 1) {
    const commands = commandsOf();
    try {
      await world.record(...commands);
      return commands;
    } catch (error) {
      if (tries === TRIES_MAX || !String(error).includes('already-done')) throw error;
    }
  }
}

/** Weeks of backups and drills of the same policy, as the ledger would hold them by then. */
async function history(): Promise<readonly BackupId[]> {
  const now = Date.now();
  const ids: BackupId[] = [];
  for (let day = 30; day > 0; day -= 1) {
    const at = now - day * DAY_MS;
    if (day % 11 === 0) {
      const [begun] = await recordAnew(failed);
      ids.push(begun.backup);
      continue;
    }
    const [begun, taken] = await recordAnew(() => backedUp(at, day));
    ids.push(begun.backup);
    if (day % 6 === 0) await recordAnew(() => drilled(taken.snapshot, at, day));
  }
  return ids;
}

/** The record of a failure has no time of its own: it stands under today. */
function failed() {
  const begun = beginning();
  const failure = { kind: 'record-backup-failure', code: 'vault-away', says: 'The vault did not answer.' } as const;
  return [begun, { ...failure, backup: begun.backup }] as const;
}

function beginning() {
  return { kind: 'begin-backup', backup: newId('backup'), policy, vault, because: 'schedule' } as const;
}

function backedUp(at: number, day: number) {
  const [begun, snapshot] = [beginning(), newHash()];
  const { backup } = begun;
  const taken = { snapshot, tree: newHash(), manifestSha256: newHash(), startedAt: at, finishedAt: at + 240_000 };
  const sizes = { files: 1200 + day, bytes: 4e11, addedBytes: 3e9 * (1 + (day % 5)), unsteady: day % 3 };
  const copy = { snapshot, objects: 900, bytes: 5e11, objectsSha256: newHash(), lockedUntil: at + 25 * DAY_MS };
  const verified = day % 2 === 0 ? ('listed' as const) : ('read-back' as const);
  return [
    begun,
    { kind: 'record-backup', backup, ...taken, ...sizes, consistency: 'watched' },
    { kind: 'record-copy', backup, vault, ...copy, verified },
  ] as const;
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
  const { page } = world.owner;
  const backups = await history();
  // Only records: nothing of them lies in the vault, so nobody looks inside.
  const state = await world.state();
  const project = state.backups.policies.get(policy)?.project;
  assert.ok(project !== undefined);
  const clean = backups.at(-3);
  bad = backups.at(-2);
  const lastClean = clean === undefined ? undefined : state.backups.taken.get(clean)?.taken?.snapshot;
  assert.ok(bad !== undefined && lastClean !== undefined);
  await world.record({
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
  await world.go(page, `/facility/backups/copies?project=${alias}`);
  await page.getByText('looks as if it was attacked').waitFor();
  await look(page, '113-backups-calendar');
  await world.go(page, '/facility/backups/drills');
  await page.locator('.uplot canvas').first().waitFor();
  await look(page, '115-drills-charts');
  await world.go(page, '/facility', '116-today-alarm');
  await world.go(page, '/facility/backups/alarms', '117-alarm');
  await page.getByText('and 210 more files').waitFor();
  await page.getByRole('link', { name: 'Alarms (1)' }).waitFor();
  await page.getByRole('link', { name: 'Restore clean…' }).waitFor();
});

test('the time line steps from a snapshot that an alarm is about to one before it', async () => {
  const assessor = await visitor(world.browser);
  const { page } = assessor;
  await page.goto(linkOf(world.facility, (roles) => roles.includes('assessor')));
  await page.waitForURL('**/assess/**');
  await world.go(page, `/assess/backups/restore?project=${alias}&backup=${bad}`);
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
  const { page } = world.owner;
  await world.go(page, '/facility/backups/vaults');
  await page.getByText('Paused: nothing is removed anywhere').waitFor();
  await world.go(page, '/facility/backups/alarms');
  await page.getByRole('button', { name: 'Settle…' }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByLabel(/^Harmless/).check();
  await dialog.getByLabel('How you know').fill('A conform that nobody announced; the movies open.');
  await look(page, '118-alarm-settle');
  await dialog.getByRole('button', { name: 'Settle the alarm' }).click();
  await page.getByText('It was harmless').waitFor();
  await world.record({ kind: 'doubt-vault-clock', vault, says: 'It jumped ahead by 3 days at its last start.' });
  await world.go(page, '/facility/backups/vaults');
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
  const { page } = world.owner;
  await world.go(page, '/facility/backups/copies');
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
  const { page } = world.owner;
  await world.go(page, '/facility/backups/runbook');
  await page.getByText(/were never proven|A drill has proved each/).waitFor();
  await look(page, '122-runbook');
  await page.emulateMedia({ media: 'print' });
  await look(page, '122-runbook-print');
  assert.equal(await page.getByRole('heading', { level: 1 }).isVisible(), false, 'the page has a heading of its own');
  assert.equal(await page.locator('button:visible').count(), 0, 'nothing on paper can be pressed');
  await page.emulateMedia({ media: 'screen' });
});

test('in the light, and on a phone', async () => {
  const { page } = world.owner;
  await page.evaluate(() => localStorage.setItem('mantine-color-scheme-value', 'light'));
  for (const tab of ['copies', 'restore', 'drills', 'vaults', 'alarms'])
    await world.go(page, `/facility/backups/${tab}`, `123-light-${tab}`);
  await page.evaluate(() => localStorage.removeItem('mantine-color-scheme-value'));
  const engineer = await visitor(world.browser, PHONE);
  await engineer.page.goto(linkOf(world.facility, (_, name) => name === 'Elias Berg'));
  await engineer.page.waitForURL('**/facility');
  for (const tab of ['copies', 'restore', 'drills', 'vaults', 'alarms', 'runbook'])
    await world.go(engineer.page, `/facility/backups/${tab}`, `124-phone-${tab}`);
  const current = await engineer.page.getByRole('link', { name: 'Runbook', exact: true }).boundingBox();
  assert.ok(current !== null && current.x >= 0 && current.x + current.width <= PHONE.width, 'the open tab is in sight');
  await engineer.page.getByRole('button', { name: 'More', exact: true }).click();
  await engineer.page.getByRole('menuitem', { name: 'Network' }).click();
  await engineer.page.waitForURL('**/facility/network/map');
  await engineer.page.locator('[data-host]').first().waitFor();
  await look(engineer.page, '124-phone-map');
  await engineer.page.getByRole('button', { name: 'Go to' }).click();
  await engineer.page.getByRole('combobox', { name: 'Go to' }).waitFor();
  assert.deepEqual(engineer.complaints, []);
  await engineer.context.close();
});

test('an assessor sees what is proved, no names of files, and can change nothing', async () => {
  const assessor = await visitor(world.browser);
  await assessor.page.goto(linkOf(world.facility, (roles) => roles.includes('assessor')));
  await assessor.page.waitForURL('**/assess/**');
  await assessor.page.getByRole('link', { name: 'Backups' }).first().click();
  await assessor.page.waitForURL('**/assess/backups/copies');
  const run = assessor.page.getByRole('button', { name: 'Back up now' }).first();
  await run.waitFor();
  assert.equal(await run.getAttribute('aria-disabled'), 'true');
  await look(assessor.page, '125-backups-assess');
  await world.go(assessor.page, `/assess/backups/restore?project=${alias}`);
  await assessor.page.getByText('Names of files are shown to those who may restore them.').waitFor();
  await look(assessor.page, '126-restore-assess');
  assert.deepEqual(assessor.complaints, []);
  await assessor.context.close();
});

test('nothing was refused by the browser, no page broke a rule of WCAG A or AA, and none is wider than its window', () => {
  assert.deepEqual(world.owner.complaints, []);
  assert.deepEqual(findings, []);
});
