/**
 * The network's pages on the real product in a real browser: the map and its machines, the matrix, a change with its preview and its
 * exception, the proof and a question to it, blast radius, quarantine with receipts and a release by somebody else.
 */
import { after, before, test } from 'node:test';
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import type { Browser, Page } from 'playwright-core';
import { connectEngine } from '#host/engine-socket/client.ts';
import { ID_RANDOM_BYTES, makeId } from '#std/ids.ts';
import { choose, DESK, findings, look, PHONE, settled, startBrowser, visitor } from './browser.ts';
import type { Visitor } from './browser.ts';
import { DENIED, FOUND, loaded } from './gateway-reports.ts';
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

test('the map shows every machine, and one that is chosen with what it would expose', async () => {
  const { page } = owner;
  await go(page, '/facility/network');
  await page.waitForURL('**/facility/network/map');
  const host = page.locator('[data-host]').filter({ hasText: 'edit-01' });
  await host.waitFor();
  await look(page, '80-network-map');
  await page.setViewportSize({ width: 1280, height: 800 });
  const smallest = await page.locator('.nw-drawing svg').evaluate((drawing) => {
    const scale = drawing.getBoundingClientRect().width / (drawing as SVGSVGElement).viewBox.baseVal.width;
    const sizes = [...drawing.querySelectorAll('text')].map((text) =>
      Number.parseFloat(getComputedStyle(text).fontSize),
    );
    return scale * Math.min(...sizes);
  });
  assert.ok(smallest >= 10.5, `every word of the map can be read at 1280 px: ${smallest} px`);
  await page.setViewportSize(DESK);
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
  await go(page, '/facility/network/quarantine?do=flow');
  await choose(page.getByRole('dialog'), 'From', /edit-02/, 'edit-02');
  await choose(page.getByRole('dialog'), 'To', /Internet/, 'Internet');
  await choose(page.getByRole('dialog'), 'Service', /https/, 'https');
  const dialog = page.getByRole('dialog');
  await dialog.getByLabel('Why it is needed').fill('The stock library is fetched over the web.');
  await dialog.getByText('may start connections to').waitFor();
  await dialog.getByText('Breaks I4').waitFor();
  await look(page, '83-network-flow-breaks');
  assert.equal(await dialog.getByRole('button', { name: 'Add the flow' }).getAttribute('aria-disabled'), 'true');
  await choose(page.getByRole('dialog'), 'Who answers for the exception', /Noor Haddad/, 'Noor Haddad');
  await dialog.getByLabel('Why it cannot be avoided').fill('Until the mirror carries the library.');
  await dialog.getByText('I4 excepted').waitFor();
  await look(page, '84-network-flow-excepted');
  await dialog.getByRole('button', { name: 'Add the flow' }).click();
  await dialog.waitFor({ state: 'hidden' });
  await go(page, '/facility/network/rules');
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
  await go(page, '/facility/network/quarantine?do=host&new-address=10.20.20.77&new-mac=02:50:4c:00:14:4d');
  const dialog = page.getByRole('dialog');
  await dialog.getByLabel('Name').fill('edit-07');
  const zone = dialog.getByRole('combobox', { name: 'Zone' });
  assert.equal(await zone.inputValue(), 'Production', 'the zone that its address lies in');
  await dialog.getByText('What this does').waitFor();
  await look(page, '85-network-add-host');
  await dialog.getByRole('button', { name: 'Add the host' }).click();
  await dialog.waitFor({ state: 'hidden' });
  await go(page, '/facility/network/quarantine?do=zone');
  await dialog.getByLabel('Name').waitFor();
  await look(page, '85-network-add-zone');
  await go(page, '/facility/network/quarantine?do=exposure');
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
  await page.getByText('To open it, any of these:').waitFor();
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

test('without a gateway the pages say that nothing is known, and the matrix is written for others', async () => {
  const { page } = owner;
  await go(page, '/facility/network/drift', '90-network-drift-none');
  await page.getByText('No gateway reports yet').waitFor();
  assert.equal(await page.locator('.pl-empty').count(), 1, 'that nobody looks is said once');
  await go(page, '/facility/network/start?format=arista-eos', '91-network-start');
  await page.getByRole('button', { name: 'Save', exact: true }).first().waitFor();
});

test('a person is quarantined from her own page, which then says so', async () => {
  const { page } = owner;
  await go(page, '/facility/people?find=lukas');
  await page.getByRole('link', { name: 'Lukas Brandt' }).click();
  const path = () => new URL(page.url()).pathname;
  await page.waitForURL('**/facility/people/per_*/access');
  const person = path();
  await page.getByRole('button', { name: 'Quarantine…' }).click();
  await confirm(page, 'Quarantine now', 'His laptop was stolen.');
  await page.waitForURL('**/facility/network/quarantine**');
  await page.locator('article', { hasText: 'Lukas Brandt' }).getByText('Network: no receipt.').waitFor();
  await go(page, person);
  await page.getByRole('link', { name: 'In quarantine' }).waitFor();
  await go(page, '/facility', '89-today-quarantine');
  await page.getByText('1 quarantine stands: Lukas Brandt').waitFor();
});

test('what a gateway reports: rules that wait to be kept, drift with its next step, an unknown device', async () => {
  const { page } = owner;
  await go(page, '/facility/network/map');
  await page.getByText('Observe', { exact: true }).click();
  await confirm(page, 'Switch to observe');
  const gateway = await connectEngine(facility.data);
  const by = { service: 'gate-network' } as const;
  const apply = makeId('apply', randomBytes(ID_RANDOM_BYTES));
  await gateway.command({ ...loaded(), apply, confirmBy: Date.now() + 60_000 }, by);
  await page.getByText('New rules are loaded and wait for you.').waitFor();
  await look(page, '90-network-unconfirmed');
  await page.getByRole('button', { name: 'Keep these rules' }).click();
  await page.getByText('Loaded, read back, proved equal').waitFor();
  for (const found of FOUND) await gateway.command({ kind: 'record-network-finding', found }, by);
  await gateway.record([
    {
      kind: 'network.denied',
      stream: 'facility',
      by,
      about: {},
      data: { from: Date.now() - 10_000, until: Date.now(), rows: DENIED, others: 3 },
    },
  ]);
  await gateway.close();
  await go(page, '/facility/network/drift');
  await page.getByText('nft', { exact: true }).waitFor();
  await page.getByRole('region', { name: 'Refused packets' }).getByText('edit-01').waitFor();
  await look(page, '90-network-drift');
  await page.getByRole('button', { name: 'Add as host…' }).click();
  const dialog = page.getByRole('dialog');
  assert.equal(await dialog.getByLabel('Addresses', { exact: true }).inputValue(), '10.20.20.200');
  await page.keyboard.press('Escape');
  await page
    .getByRole('region', { name: 'Unknown devices' })
    .getByRole('button', { name: 'Quarantine…' })
    .first()
    .click();
  await confirm(page, 'Quarantine now', 'Nobody knows whose it is.');
  await page.locator('article', { hasText: 'unknown 02:50:4c:00:14:c8' }).waitFor();
  await go(page, '/facility/network/drift');
  await page.locator('.nw-finding').first().getByRole('button', { name: 'Mark handled' }).click();
  await page.getByText('1 open finding', { exact: true }).waitFor();
});

test('machines are read from an ARP table, sorted into zones, and added', async () => {
  const { page } = owner;
  await go(page, '/facility/network/start');
  const table = [
    '10.20.20.71 dev eth1 lladdr 02:50:4c:00:14:47 REACHABLE',
    '10.20.20.21 dev eth1 lladdr 02:50:4c:00:14:15 STALE',
    '10.20.99.5 dev eth1 lladdr 02:50:4c:00:63:05 STALE',
  ].join('\n');
  await page.getByLabel('Leases or ARP table').fill(table);
  await page.getByRole('button', { name: 'Read the machines' }).click();
  const found = page.getByRole('region', { name: 'Machines that were read' });
  await found.getByText('10.20.20.71').waitFor();
  assert.equal(await found.getByText('10.20.20.21').count(), 0, 'edit-01 is known already');
  await look(page, '91-network-devices');
  await page.getByRole('button', { name: 'Add 1 host…' }).click();
  await page.getByRole('dialog').getByText('What this does').waitFor();
  await page.getByRole('dialog').getByRole('button', { name: 'Add them' }).click();
  await page.getByRole('dialog').waitFor({ state: 'hidden' });
});

test('a facility file is checked before it is imported: what it changes, and what its tests say', async () => {
  const { page } = owner;
  await go(page, '/facility/network/start');
  await page.getByRole('button', { name: 'Show the present one' }).click();
  const file = page.getByRole('textbox', { name: 'Facility file' });
  await page.waitForFunction(
    () => (document.querySelector('textarea[aria-label="Facility file"]') as HTMLTextAreaElement).value !== '',
  );
  const present = await file.inputValue();
  const test = 'tests:\n  - deny: {from: Office, to: Storage, service: any}\n';
  await file.fill(
    present
      .replace('hosts:\n', 'hosts:\n  conform-01: {zone: Production, addresses: [10.20.20.88]}\n')
      .replace(/tests: \[\]\n?/, '') + test,
  );
  await page.getByRole('button', { name: 'Check it' }).click();
  await page.getByText('2 changes', { exact: true }).waitFor();
  await page.locator('.nw-added', { hasText: 'conform-01' }).waitFor();
  await page.getByText('The one test of the file holds').waitFor();
  await look(page, '91-network-import');
  await page.getByRole('button', { name: 'Import', exact: true }).click();
  await page.getByText('Imported: 2 entries.').waitFor();
  await file.fill('zones: [');
  await page.getByRole('button', { name: 'Check it' }).click();
  await page
    .getByText(/to put right/)
    .first()
    .waitFor();
  await page.getByRole('button', { name: 'Write the file' }).click();
  await page.getByText('The facility file below holds the preset.').waitFor();
  await look(page, '91-network-preset');
  await go(page, '/facility/network/proof');
  const kept = page.getByRole('list', { name: 'Policy tests' });
  await kept.getByText('deny Office -> Storage any always').waitFor();
  await kept.getByText('Holds').waitFor();
  await look(page, '86-network-policy-tests');
});

test('the map in the light, and on paper', async () => {
  const { page } = owner;
  await page.evaluate(() => localStorage.setItem('mantine-color-scheme-value', 'light'));
  await go(page, '/facility/network/map');
  await page.locator('[data-host]').first().waitFor();
  await look(page, '80-network-map-light');
  await go(page, '/facility/network/rules', '82-network-rules-light');
  await page.evaluate(() => localStorage.removeItem('mantine-color-scheme-value'));
  await go(page, '/facility/network/map');
  await page.locator('[data-host]').first().waitFor();
  await page.emulateMedia({ media: 'print' });
  await look(page, '80-network-map-print');
  assert.equal(await page.locator('button:visible').count(), 0, 'nothing on paper can be pressed');
  await page
    .getByRole('region', { name: 'Enforcement' })
    .getByText(/^(Off|Observe|Warn|Enforce)$/)
    .filter({ visible: true })
    .waitFor();
  await page.emulateMedia({ media: 'screen' });
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
  assert.equal(await assessor.page.getByRole('columnheader', { name: 'Actions' }).count(), 0, 'no acts to offer');
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
  await choose(lead.page, /^Which host/, /grade-01/, 'grade-01');
  await lead.page.getByRole('button', { name: 'Quarantine…' }).click();
  await lead.page.getByText('Letting go again takes two people.').waitFor();
  await look(lead.page, '96-quarantine-confirm-phone');
  await lead.page.getByLabel(/^Reason/).fill('A process nobody knows talks to the SAN.');
  await lead.page.getByRole('button', { name: 'Quarantine now' }).click();
  const card = lead.page.locator('article', { hasText: 'grade-01' });
  // No gateway runs here: that sessions were cut is not said to be all of it.
  await card.getByText('Sessions are cut, packets still pass').waitFor();
  await look(lead.page, '97-quarantine-phone');
  await card.getByRole('button', { name: 'Ask for the release…' }).click();
  await confirm(lead.page, 'Ask for the release', 'It was the licence daemon; the disk was checked.');
  await card.getByText('asked for the release').waitFor();
  const release = card.getByRole('button', { name: 'Release…', exact: true });
  assert.equal(await release.getAttribute('aria-disabled'), 'true', 'nobody releases what they asked to release');

  const engineer = await visitor(browser);
  await engineer.page.goto(linkOf(facility, (_, name) => name === 'Elias Berg'));
  await engineer.page.waitForURL('**/facility');
  await go(engineer.page, '/facility/network/quarantine', '98-quarantine-engineer');
  await go(engineer.page, '/facility/network/map');
  await engineer.page.locator('[data-host].quarantined').first().waitFor();
  await look(engineer.page, '99-network-map-quarantined');
  await go(engineer.page, '/facility/network/quarantine');
  await engineer.page
    .locator('article', { hasText: 'grade-01' })
    .getByRole('button', { name: 'Release…', exact: true })
    .click();
  await confirm(engineer.page, 'Release');
  await engineer.page.locator('article', { hasText: 'grade-01' }).waitFor({ state: 'detached' });
  for (const { complaints, context } of [lead, engineer]) {
    assert.deepEqual(complaints, []);
    await context.close();
  }
});

test('nothing was refused by the browser, no page broke a rule of WCAG A or AA, and none is wider than its window', () => {
  assert.deepEqual(owner.complaints, []);
  assert.deepEqual(findings, []);
});
