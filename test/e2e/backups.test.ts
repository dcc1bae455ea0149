/**
 * The pages of backups on the real product in a real browser, at work: a vault is enrolled, a policy is previewed and set, what the backup service does
 * shows up live; a restore from the time line, a drill with its certificate.
 */
import { after, before, test } from 'node:test';
import assert from 'node:assert/strict';
import { openBackupPages, WORK_MS } from './backup-pages.ts';
import type { BackupPages } from './backup-pages.ts';
import { choose, findings, look, settled } from './browser.ts';

let world: BackupPages;
let alias: string;

before(async () => {
  world = await openBackupPages();
});
after(() => world?.stop());

test('without a vault the pages say what comes first', async () => {
  const { page } = world.owner;
  await world.go(page, '/facility/backups');
  await page.waitForURL('**/facility/backups/copies');
  await page.getByText('Nothing is backed up').waitFor();
  await look(page, '100-backups-empty');
  for (const tab of ['restore', 'drills', 'vaults', 'alarms'])
    await world.go(page, `/facility/backups/${tab}`, `101-backups-empty-${tab}`);
});

test('a vault is enrolled, with its locks said as they are', async () => {
  const { page } = world.owner;
  await world.go(page, '/facility/backups/vaults');
  await page.getByRole('button', { name: 'Enrol a vault' }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByLabel('Name').fill('Cellar');
  await dialog.getByLabel('Address').fill(world.vaultAddress);
  await choose(dialog, 'Who can undo a lock before its time', /no lock below it/);
  await dialog.getByText('nothing below the service keeps a file').waitFor();
  await look(page, '102-vault-enrol');
  await dialog.getByRole('button', { name: 'Enrol it' }).click();
  const card = page.getByRole('article', { name: 'Cellar' });
  await card.getByText('Whoever takes over the vault’s service can undo every lock').waitFor();
  await look(page, '103-vaults');
});

test('a policy says what it promises and what it does not; set, it is carried out by itself', async () => {
  const { page } = world.owner;
  await world.go(page, '/facility/backups/copies?policy=new');
  const dialog = page.getByRole('dialog');
  await dialog.getByText('There is one copy: what takes the vault takes all of them.').waitFor();
  await dialog.getByText('No drill has measured a restore of this project').waitFor();
  await look(page, '104-policy-promise');
  await dialog.getByRole('button', { name: 'Add the policy' }).click();
  await dialog.waitFor({ state: 'hidden' });
  await page.getByText('On time').waitFor({ timeout: WORK_MS });
  const { backups, projects } = await world.state();
  const [set] = [...backups.policies.values()];
  assert.ok(set !== undefined);
  alias = projects.get(set.project)?.alias ?? '';
  await page.getByRole('link', { name: 'Look inside' }).first().waitFor();
  await look(page, '105-backups');
});

test('a folder of the snapshot is looked into, a file found, and one restored beside what is there', async () => {
  const { page } = world.owner;
  await world.go(page, `/facility/backups/restore?project=${alias}`);
  const tree = page.getByRole('region', { name: 'Snapshot' });
  await tree.getByRole('row').nth(1).waitFor({ timeout: WORK_MS });
  await page.getByLabel('As it was on').waitFor();
  assert.equal(await page.getByRole('button', { name: /^Now\. Look back|The last one before/ }).count(), 0);
  assert.equal(await page.getByPlaceholder('Now. Look back…').count(), 0, 'one control for time');
  await page.getByText('The only snapshot so far.').waitFor();
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
  await dialog.getByText('In a new folder called “restored …” in media', { exact: false }).waitFor();
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
  const [restore] = [...(await world.state()).backups.restores.values()];
  assert.equal(restore?.finished?.failed, 0);
  assert.ok((restore?.finished?.files ?? 0) > 0);
});

test('what changed since the snapshot before, and what went brought back from there', async () => {
  const { page } = world.owner;
  await world.go(page, '/facility/backups/copies');
  await page.getByRole('button', { name: 'Back up now' }).first().click();
  while ([...(await world.state()).backups.taken.values()].filter(({ taken }) => taken !== undefined).length < 2)
    await page.waitForTimeout(200);
  await world.go(page, `/facility/backups/restore?project=${alias}&show=changes`);
  const changes = page.getByRole('region', { name: 'Changes' });
  await changes
    .getByText(/^media\/restored /)
    .first()
    .waitFor({ timeout: WORK_MS });
  await look(page, '109-what-changed');
  await page.getByText('Files', { exact: true }).click();
  await page.getByRole('region', { name: 'Snapshot' }).waitFor();
});

test('a drill is run, and its certificate prints', async () => {
  const { page } = world.owner;
  await world.go(page, '/facility/backups/drills');
  const held = page.getByRole('region', { name: 'Drills' }).getByText('Held').first();
  // A policy's first drill comes by itself after its first snapshot.
  await held.waitFor({ timeout: WORK_MS });
  await look(page, '110-drills');
  await page.getByRole('link', { name: 'Certificate' }).first().click();
  await page.getByRole('heading', { name: 'Certificate of a proven restore' }).waitFor();
  await page.getByRole('link', { name: /^entry \d+$/ }).waitFor();
  await look(page, '111-certificate');
  await page.emulateMedia({ media: 'print' });
  await look(page, '111-certificate-print');
  await page.emulateMedia({ media: 'screen' });
  await world.go(page, '/facility');
  await page.getByText('days since last proven restore').waitFor();
  await look(page, '112-today-backups');
});

test('nothing was refused by the browser, no page broke a rule of WCAG A or AA, and none is wider than its window', () => {
  assert.deepEqual(world.owner.complaints, []);
  assert.deepEqual(findings, []);
});
