/**
 * The network's pages on the real product in a real browser: the map and its machines, the matrix, a change with its preview and its
 * exception, the proof and a question to it, blast radius, quarantine with receipts and a release by somebody else.
 */
import { after, before, test } from 'node:test';
import assert from 'node:assert/strict';
import type { Browser, Page } from 'playwright-core';
import { findings, look, PHONE, settled, startBrowser, visitor } from './browser.ts';
import type { Visitor } from './browser.ts';
import { confirm, linkOf, ownExample } from './owner.ts';
import { startFacility } from './running-facility.ts';
import type { RunningFacility } from './running-facility.ts';

let facility: RunningFacility;
let browser: Browser;
let owner: Visitor;

before(async () => {
  [facility, browser] = await Promise.all([startFacility(), startBrowser()]);
  owner = await visitor(browser);
  await ownExample(owner, facility);
});

after(async () => {
  await browser?.close();
  await facility?.stop();
});

async function go(page: Page, path: string, name?: string) {
  await page.goto(`${facility.origin}${path}`);
  if (name === undefined) await settled(page);
  else await look(page, name);
}

async function choose(page: Page, label: string, option: string) {
  await page.getByRole('dialog').getByRole('combobox', { name: label, exact: true }).click();
  await page.getByRole('dialog').getByRole('combobox', { name: label, exact: true }).fill(option);
  await page.getByRole('option', { name: option }).first().click();
}

test('the map shows every machine, and one that is chosen with what it would expose', async () => {
  const { page } = owner;
  await go(page, '/facility/network');
  await page.waitForURL('**/facility/network/map');
  const host = page.locator('[data-host]').filter({ hasText: 'edit-01' });
  await host.waitFor();
  await look(page, '80-network-map');
  await host.press('Enter');
  const drawer = page.getByRole('dialog', { name: 'edit-01' });
  await drawer.getByText('of the stored content').waitFor();
  assert.match(page.url(), /host=hst_/);
  await look(page, '81-network-host');
  await page.keyboard.press('Escape');
  await drawer.waitFor({ state: 'hidden' });
});

test('the map zooms and moves by keyboard', async () => {
  const { page } = owner;
  const frame = page.getByRole('group', { name: /Network map/ });
  const seen = () => page.locator('.nw-drawing svg').first().getAttribute('viewBox');
  const whole = await seen();
  await frame.focus();
  await page.keyboard.press('+');
  const near = await seen();
  assert.notEqual(near, whole);
  await page.keyboard.press('ArrowRight');
  assert.notEqual(await seen(), near);
  await page.keyboard.press('0');
  assert.equal(await seen(), whole);
});

test('the matrix leads to its flows, and everything has an owner and a reason', async () => {
  const { page } = owner;
  await go(page, '/facility/network/rules', '82-network-rules');
  await page.getByRole('link', { name: 'Production to Storage: smb' }).click();
  await page.getByText('1 flow of').waitFor();
  assert.equal(await page.getByRole('region', { name: 'Flows', exact: true }).getByRole('row').count(), 2);
});

test('a flow is previewed before it is made, refused when it breaks an invariant, and made with an exception', async () => {
  const { page } = owner;
  await go(page, '/facility/network/rules?do=flow');
  await choose(page, 'From', 'edit-02');
  await choose(page, 'To', 'Internet');
  await choose(page, 'Service', 'https');
  const dialog = page.getByRole('dialog');
  await dialog.getByLabel('Why it is needed').fill('The stock library is fetched over the web.');
  await dialog.getByText('may start connections to').waitFor();
  await dialog.getByText('Breaks I4').waitFor();
  await look(page, '83-network-flow-breaks');
  assert.equal(await dialog.getByRole('button', { name: 'Add the flow' }).getAttribute('aria-disabled'), 'true');
  await choose(page, 'Who answers for the exception', 'Noor Haddad');
  await dialog.getByLabel('Why it cannot be avoided').fill('Until the mirror carries the library.');
  await dialog.getByText('I4 excepted').waitFor();
  await look(page, '84-network-flow-excepted');
  await dialog.getByRole('button', { name: 'Add the flow' }).click();
  await dialog.waitFor({ state: 'hidden' });
  const row = page
    .getByRole('region', { name: 'Flows', exact: true })
    .getByRole('row', { name: /edit-02.*Internet.*https/ });
  await row.waitFor();
  await page
    .getByRole('region', { name: 'Exceptions' })
    .getByRole('row', { name: /Until the mirror carries/ })
    .first()
    .waitFor();
  await row.getByRole('button', { name: /^Remove/ }).click();
  await confirm(page, 'Remove');
  await row.waitFor({ state: 'detached' });
});

test('a zone, a host, a service and a line of the inventory have their forms', async () => {
  const { page } = owner;
  await go(page, '/facility/network/rules?do=host&new-address=10.20.20.77&new-mac=02:50:4c:00:14:4d');
  const dialog = page.getByRole('dialog');
  await dialog.getByLabel('Name').fill('edit-07');
  await choose(page, 'Zone', 'Production');
  await dialog.getByText('What this does').waitFor();
  await look(page, '85-network-add-host');
  await dialog.getByRole('button', { name: 'Add the host' }).click();
  await dialog.waitFor({ state: 'hidden' });
  await page.getByRole('link', { name: 'edit-07' }).waitFor();
  await go(page, '/facility/network/rules?do=zone');
  await dialog.getByLabel('Name').waitFor();
  await look(page, '85-network-add-zone');
  await go(page, '/facility/network/rules?do=exposure');
  await dialog.getByLabel('What it is called outside').waitFor();
  await look(page, '85-network-add-exposure');
});

test('the proof lists every invariant, and answers a question', async () => {
  const { page } = owner;
  await go(page, '/facility/network/proof');
  await page.getByRole('combobox', { name: 'From', exact: true }).fill('edit-01');
  await page.getByRole('combobox', { name: 'To', exact: true }).fill('san-01');
  await page.getByText('In part: some of this passes from edit-01 to san-01').waitFor();
  await page.keyboard.press('Escape');
  await look(page, '86-network-proof');
  assert.equal(await page.locator('.nw-invariant').count(), 14);
  await page.getByRole('combobox', { name: 'To', exact: true }).fill('desk-03');
  await page.getByText('No: nothing of this passes from edit-01 to desk-03').waitFor();
  await page.keyboard.press('Escape');
  await look(page, '86-network-reach-no');
});

test('blast radius is ranked, and anybody may be taken over together', async () => {
  const { page } = owner;
  await go(page, '/facility/network/blast');
  await page.getByRole('region', { name: 'Blast radius' }).getByRole('row').nth(1).waitFor();
  await look(page, '87-network-blast');
  await page.getByRole('region', { name: 'Blast radius' }).getByRole('link').first().click();
  await page.getByText('of the stored content').waitFor();
  await look(page, '88-network-what-if');
  await go(page, '/facility', '89-today-network');
});

test('what was read from the gateway, and the ways in and out', async () => {
  const { page } = owner;
  await go(page, '/facility/network/drift', '90-network-drift');
  await go(page, '/facility/network/start?format=arista-eos', '91-network-start');
  await page.getByRole('button', { name: 'Save' }).first().waitFor();
});

test('an assessor sees the same pages and can change nothing', async () => {
  const assessor = await visitor(browser);
  await assessor.page.goto(linkOf(facility, (roles) => roles.includes('assessor')));
  await assessor.page.waitForURL('**/assess/**');
  await assessor.page.getByRole('link', { name: 'Network' }).first().click();
  await assessor.page.waitForURL('**/assess/network/map');
  await assessor.page.locator('[data-host]').first().waitFor();
  await look(assessor.page, '92-network-assess');
  await go(assessor.page, '/assess/network/rules', '93-network-assess-rules');
  const add = assessor.page.getByRole('button', { name: 'Add a flow' });
  assert.equal(await add.getAttribute('aria-disabled'), 'true');
  assert.deepEqual(assessor.complaints, []);
  await assessor.context.close();
});

test('before the network was described, the pages say so', async () => {
  const { page } = owner;
  const at = Date.now() - 24 * 3_600_000;
  await page.goto(`${facility.origin}/facility/network/map?at=${at}`);
  await page.getByText('There was no network model yet').waitFor();
  await look(page, '94-network-past');
});

test('a quarantine on a phone: one action, receipts, and a release by somebody else', async () => {
  const lead = await visitor(browser, PHONE);
  await lead.page.goto(linkOf(facility, (_, name) => name === 'Noor Haddad'));
  await lead.page.waitForURL('**/facility');
  await go(lead.page, '/facility/network/quarantine', '95-quarantine-none-phone');
  await lead.page.getByRole('combobox', { name: 'Which host' }).fill('grade-01');
  await lead.page.getByRole('option', { name: /grade-01/ }).click();
  await lead.page.getByRole('button', { name: 'Quarantine…' }).click();
  await lead.page.getByText('Letting go again takes two people.').waitFor();
  await look(lead.page, '96-quarantine-confirm-phone');
  await lead.page.getByLabel(/^Reason/).fill('A process nobody knows talks to the SAN.');
  await lead.page.getByRole('button', { name: 'Quarantine now' }).click();
  const card = lead.page.locator('article', { hasText: 'grade-01' });
  await card.getByText(/^Cut on every gate/).waitFor();
  await look(lead.page, '97-quarantine-phone');
  await card.getByRole('button', { name: 'Ask for the release…' }).click();
  await confirm(lead.page, 'Ask for the release', 'It was the licence daemon; the disk was checked.');
  await card.getByText('asked for the release').waitFor();
  const release = card.getByRole('button', { name: 'Release…' });
  assert.equal(await release.getAttribute('aria-disabled'), 'true', 'nobody releases what they asked to release');

  const engineer = await visitor(browser);
  await engineer.page.goto(linkOf(facility, (_, name) => name === 'Elias Berg'));
  await engineer.page.waitForURL('**/facility');
  await go(engineer.page, '/facility/network/quarantine', '98-quarantine-engineer');
  await go(engineer.page, '/facility/network/map');
  await engineer.page.locator('[data-host].quarantined').first().waitFor();
  await look(engineer.page, '99-network-map-quarantined');
  await go(engineer.page, '/facility/network/quarantine');
  await engineer.page.getByRole('button', { name: 'Release…' }).click();
  await confirm(engineer.page, 'Release');
  await engineer.page.getByText('Nothing is in quarantine').waitFor();
  for (const { complaints, context } of [lead, engineer]) {
    assert.deepEqual(complaints, []);
    await context.close();
  }
});

test('nothing was refused by the browser, no page broke a rule of WCAG A or AA, and none is wider than its window', () => {
  assert.deepEqual(owner.complaints, []);
  assert.deepEqual(findings, []);
});
