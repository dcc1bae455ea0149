/** The questions of a restore over all snapshots, and the end of a project, on the real product in a real browser. */
import { after, before, test } from 'node:test';
import assert from 'node:assert/strict';
import { appendFileSync } from 'node:fs';
import { join } from 'node:path';
import { newId, openBackupPages, setPolicy, stateWhen, WORK_MS } from './backup-pages.ts';
import type { BackupPages, PolicySet } from './backup-pages.ts';
import { findings, look } from './browser.ts';
import { confirm } from './owner.ts';

/** A text: a movie that is rewritten is an alarm. */
const SOUGHT = 'deliveries/vfx-turnover';

let world: BackupPages;
let set: PolicySet;

before(async () => {
  world = await openBackupPages();
  set = await setPolicy(world);
});
after(() => world?.stop());

/** Takes a snapshot and waits until the ledger has it. */
async function takeOne(): Promise<void> {
  const backup = newId('backup');
  const { policy, vault } = set;
  await world.record({ kind: 'begin-backup', backup, policy, vault, because: 'asked' });
  await stateWhen(world, ({ backups }) => backups.taken.get(backup)?.standing === 'taken');
}

test('a file has its versions, each to be restored from where it is; a text is found in all snapshots', async () => {
  const { page } = world.owner;
  await stateWhen(world, ({ backups }) => backups.taken.some(({ standing }) => standing === 'taken'));
  await world.go(page, `/facility/backups/restore?project=${set.alias}&path=${encodeURIComponent(SOUGHT)}`);
  const versions = page.getByRole('button', { name: /^Versions of / }).first();
  await versions.waitFor({ timeout: WORK_MS });
  const name = ((await versions.getAttribute('aria-label')) ?? '').replace('Versions of ', '');
  appendFileSync(join(world.facility.data, 'workspaces', set.project, SOUGHT, name), 'a second take');
  await takeOne();
  await page.reload();
  await page.getByRole('button', { name: `Versions of ${name}` }).click();
  const dialog = page.getByRole('dialog');
  await dialog
    .getByRole('button', { name: `Restore this version of ${name}` })
    .nth(1)
    .waitFor({ timeout: WORK_MS });
  await look(page, '130-versions');
  await dialog
    .getByRole('button', { name: `Restore this version of ${name}` })
    .nth(1)
    .click();
  await page.getByRole('dialog', { name: new RegExp(`Restore .*${name}`) }).waitFor();
  await page.getByRole('dialog').getByRole('button', { name: 'Cancel' }).click();
  await page.getByLabel('In all snapshots').check();
  await page.getByRole('textbox', { name: 'Find' }).fill(name);
  await page.getByRole('region', { name: 'Versions' }).getByText(name).nth(1).waitFor({ timeout: WORK_MS });
  await look(page, '131-found-everywhere');
});

test('the newest clean version of each file comes with a report of where each came from', async () => {
  const { page } = world.owner;
  await world.go(page, `/facility/backups/restore?project=${set.alias}`);
  await page.getByRole('button', { name: 'Restore everything…' }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByLabel(/^Each file as it last was/).check();
  await dialog.getByLabel('Reason').fill('After the alarm of this morning.');
  await look(page, '132-restore-clean');
  await dialog.getByRole('button', { name: 'Restore', exact: true }).click();
  await dialog.waitFor({ state: 'hidden' });
  const report = page.getByRole('button', { name: 'Which came from where' });
  await report.waitFor({ timeout: WORK_MS });
  await report.click();
  await page.getByRole('dialog').getByRole('region', { name: 'Report' }).getByText(SOUGHT).first().waitFor();
  await look(page, '133-restore-report');
  await page.keyboard.press('Escape');
});

test('what somebody did is asked by person and time', async () => {
  const { page } = world.owner;
  const { people } = await world.state();
  const [person] = people.keys();
  await world.go(page, `/facility/backups/restore?project=${set.alias}&by=${person}&since=${Date.now() - 3_600_000}`);
  const region = page.getByRole('region', { name: 'What somebody did' });
  await region.getByText(/touched nothing|Restore these/).waitFor({ timeout: WORK_MS });
  await look(page, '134-touched');
});

test('a project that is over is delivered, archived, proved, and its keys are asked to go', async () => {
  const { page } = world.owner;
  await world.go(page, '/facility/backups/closing', '135-closing-empty');
  await world.go(page, `/facility/projects/${set.alias}/settings`);
  await page.getByRole('button', { name: 'Wrap…' }).click();
  await confirm(page, 'Wrap', 'Delivered.');
  await takeOne();
  await world.go(page, '/facility/backups/closing', '136-closing');
  const steps = page.getByRole('region', { name: set.alias });
  await steps.getByRole('button', { name: 'Record the delivery…' }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByLabel('To whom').fill('Meridian Pictures');
  await dialog.getByLabel('What').fill('Two LTO-9 tapes, serials A and B.');
  await dialog.getByRole('button', { name: 'Record it' }).click();
  await dialog.waitFor({ state: 'hidden' });
  await steps.getByRole('button', { name: 'Name the archive' }).click();
  await steps
    .getByText(/^Deliver|file.*: /)
    .first()
    .waitFor();
  const drill = newId('drill');
  const { policy, vault } = set;
  await world.record({ kind: 'begin-drill', drill, policy, vault, because: 'asked' });
  await stateWhen(world, ({ backups }) => backups.drills.get(drill)?.result !== undefined);
  await page.reload();
  await steps.getByRole('button', { name: 'Prove it' }).click();
  await steps.getByText('Report', { exact: false }).first().waitFor();
  await steps.getByRole('button', { name: 'Ask to destroy the keys…' }).click();
  await confirm(page, 'Ask for it', 'The contract with Meridian says so.');
  await steps.getByRole('button', { name: 'Decline…' }).waitFor();
  await steps.getByText('You asked, and you may approve it yourself', { exact: false }).waitFor();
  await look(page, '137-closing-asked');
  const { closings } = (await world.state()).backups;
  assert.equal(closings.get(set.project)?.asked?.reason, 'The contract with Meridian says so.');
});

test('nothing was refused by the browser, no page broke a rule of WCAG A or AA, and none is wider than its window', () => {
  assert.deepEqual(world.owner.complaints, []);
  assert.deepEqual(findings, []);
});
