/** Acts in a real browser on the real product: what people click in a week, each to its end. */
import { after, before, test } from 'node:test';
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { choose, chooseAct, findings, look, settled, startBrowser, visitor } from './browser.ts';
import type { Visitor } from './browser.ts';
import { dropFolder } from './drop-folder.ts';
import { confirm, linkOf, ownExample } from './owner.ts';
import { passes } from './quiet.ts';
import { giveRole, grantsOf } from './roles.ts';
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

async function enter(test: (roles: readonly string[], name: string) => boolean): Promise<Visitor> {
  const found = await visitor(browser);
  await found.page.goto(linkOf(facility, test));
  await found.page.waitForURL((url) => url.pathname !== '/demo');
  await settled(found.page);
  return found;
}

async function go(page: Page, path: string) {
  await page.goto(`${facility.origin}${path}`);
  await settled(page);
}

test('extending takes two clicks from Today, and another page follows without a reload', async () => {
  const producer = await enter((_, name) => name === 'Maya Lindqvist');
  await go(producer.page, '/facility');
  await go(owner.page, '/facility/ledger?kind=engagement.extended');
  await owner.page.evaluate(() => Object.assign(window, { sameDocument: true }));
  const ending = producer.page.locator('section[aria-label="Ending soon"]');
  const row = ending.getByRole('row', { name: /Joon Park/ }).filter({ hasText: 'nightjar' });
  await row.getByRole('button', { name: 'Extend…' }).click();
  await look(producer.page, '70-extend');
  await row.getByRole('button', { name: '+ 1 month' }).click();
  await producer.page.getByText(/^Joon Park goes on until /).waitFor();
  await row.waitFor({ state: 'detached' });
  await owner.page
    .getByRole('row', { name: /Joon Park on nightjar/ })
    .first()
    .waitFor();
  assert.equal(await owner.page.evaluate(() => 'sameDocument' in window), true, 'the page was not loaded again');
  await producer.context.close();
});

test('one engagement is ended from the timeline, and its receipts arrive', async () => {
  const { page } = owner;
  await go(page, '/facility/projects/saltmarsh/people');
  await page.locator('.tl-bar').filter({ hasText: 'Sound mixer' }).or(page.locator('.tl-bar')).last().click();
  await page.getByText('In the ledger').waitFor();
  await page.getByRole('button', { name: 'End…', exact: true }).click();
  await page.getByText('What this does').waitFor();
  await look(page, '71-end-one');
  await page.getByRole('dialog').getByRole('button', { name: 'End access now' }).click();
  await page.waitForURL('**/facility/cuts/**');
  await page.getByText('trying again is refused.').waitFor();
});

test('a service gets a token that is shown once, works, and is revoked', async () => {
  const { page } = owner;
  await go(page, '/facility/projects/nightjar/people');
  const engagement = await page.evaluate(async () => {
    const answer = await fetch('/api/v1/projects/nightjar/people');
    const { engagements } = (await answer.json()) as { engagements: { id: string; nature: string }[] };
    return engagements.find(({ nature }) => nature === 'service')?.id;
  });
  await go(page, `/facility/projects/nightjar/people?engagement=${engagement}`);
  await page.getByText('No token yet').waitFor();
  await page.getByRole('button', { name: 'Issue a token…' }).click();
  await page.getByLabel('What it is for').fill('Deadline on farm-01');
  await look(page, '72-issue-token');
  await page.getByRole('button', { name: 'Issue the token' }).click();
  const token = await page.locator('code', { hasText: 'plk_' }).textContent();
  await look(page, '73-token-shown-once');
  await page.getByRole('button', { name: 'I have it' }).click();
  const me = () => fetch(`${facility.origin}/api/v1/projects`, { headers: { authorization: `Bearer ${token}` } });
  assert.equal((await me()).status, 200);
  const row = page.getByRole('row', { name: /Deadline on farm-01/ });
  await row.getByText('Valid').waitFor();
  const bar = page.locator('.tl-bar').first();
  await page.waitForTimeout(300);
  const drawn = await bar.boundingBox();
  assert.ok((drawn?.width ?? 0) > 50, `the timeline is drawn at its width after a dialog: ${drawn?.width}`);
  await look(page, '74-tokens');
  await row.getByRole('button', { name: 'Revoke…' }).click();
  await confirm(page, 'Revoke');
  await row.getByText('Revoked').waitFor();
  assert.equal((await me()).status, 401);
});

test('a person is renamed, and the page looks back to the name of the engagements then', async () => {
  const { page } = owner;
  await go(page, '/facility/people?find=lukas');
  await page.getByRole('link', { name: 'Lukas Brandt' }).click();
  await chooseAct(page, 'More acts', 'Change name or mail…');
  await page.getByRole('dialog').getByLabel('Name').fill('Lukas Brandt-Osei');
  await look(page, '75-rename');
  await page.getByRole('button', { name: 'Change it' }).click();
  await page.locator('h1', { hasText: 'Lukas Brandt-Osei' }).waitFor();
  const at = Date.now() - 24 * 3_600_000;
  const path = new URL(page.url()).pathname;
  await go(page, `${path}?at=${Date.now()}`);
  await page.getByText(/^As it was on /).waitFor();
  assert.equal(await page.getByRole('button', { name: 'End all access…' }).count(), 0, 'nothing to do in the past');
  await look(page, '76-person-then');
  await go(page, `${path}?at=${at}`);
  await page.getByText('Lukas Brandt-Osei was not known here yet').waitFor();
  await look(page, '77-person-before');
});

test('an invitation is withdrawn, and its link opens nothing', async () => {
  const { page } = owner;
  await go(page, '/facility/people');
  await page.getByRole('button', { name: 'Add a person' }).click();
  await page.getByRole('textbox', { name: /^Name/ }).fill('ines  okafor');
  await page.getByText('is here already', { exact: false }).waitFor();
  await look(page, '78-same-name');
  await page.getByRole('textbox', { name: /^Name/ }).fill('Wrong Person');
  await page.getByRole('button', { name: 'Add and make an invitation' }).click();
  const link = await page.locator('code', { hasText: '/invitation#' }).textContent();
  assert.ok(link);
  await page.getByRole('button', { name: 'Done' }).click();
  await page.getByRole('link', { name: 'Wrong Person' }).click();
  await page.getByRole('button', { name: 'Withdraw…' }).click();
  await confirm(page, 'Withdraw');
  await page.getByText('Withdrawn').waitFor();
  await page.getByRole('link', { name: 'Credentials' }).click();
  await page.getByRole('button', { name: 'Make an invitation link' }).click();
  await page.getByRole('button', { name: 'Copy the link' }).waitFor();
  await look(page, '78-invitation-anew');
  await page.getByRole('button', { name: 'Done' }).click();
  const stranger = await visitor(browser);
  await stranger.page.goto(link);
  await stranger.page.getByRole('heading', { name: 'This invitation is closed' }).waitFor();
  assert.equal(await stranger.page.getByText('That did not work').count(), 0, 'a closed link is no failure');
  await look(stranger.page, '78-invitation-withdrawn');
  await stranger.context.close();
});

test('who can, and what can: the same decision, now and before there was anything', async () => {
  const { page } = owner;
  await go(page, '/facility/who-can?action=file.read&project=nightjar&path=media/reel-1.mov');
  await page.getByText(/can open and download files on nightjar/).waitFor();
  await page.getByRole('row', { name: /Ines Okafor/ }).waitFor();
  await look(page, '79-who-can');
  await page
    .getByRole('row', { name: /Ines Okafor/ })
    .getByRole('link', { name: 'What else?' })
    .click();
  await page.getByRole('heading', { name: 'paper-lantern' }).waitFor();
  await look(page, '80-what-can');
  await go(page, `/facility/who-can?action=file.read&project=-`);
  await page.getByText('Nobody can', { exact: true }).waitFor();
  await look(page, '81-nobody-can');
});

test('a custom role shows its effect before it is defined or changed', async () => {
  const { page } = owner;
  await go(page, '/facility/settings/roles');
  await page.getByRole('button', { name: 'New role' }).click();
  await page.getByLabel(/^Title/).fill('Dailies operator');
  await page.getByRole('checkbox', { name: /file\.list$/ }).check();
  await page.getByText('This changes nobody’s access').waitFor();
  await look(page, '82-role-preview');
  await page.getByRole('button', { name: 'Define the role' }).click();
  await page.getByRole('columnheader', { name: /Dailies operator/ }).waitFor();
  await giveRole(facility, page, 'paper-lantern', 'Dele Adeyemi', 'Dailies operator');
  await go(page, '/facility/settings/roles');
  await page
    .getByRole('columnheader', { name: /Dailies operator/ })
    .getByRole('button', { name: 'Change…' })
    .click();
  await page.getByRole('checkbox', { name: /file\.read$/ }).check();
  const folders = page.getByRole('combobox', { name: 'Folders: open and download files' });
  for (const folder of ['media', 'review']) {
    await folders.fill(folder);
    await folders.press('Enter');
  }
  await page
    .getByText(/can open and download files/)
    .first()
    .waitFor();
  await look(page, '83-role-change-preview');
  await page.getByRole('button', { name: 'Change the role' }).click();
  await page.getByRole('dialog').waitFor({ state: 'hidden' });
  await page.getByRole('cell', { name: 'media review', exact: true }).first().waitFor();
  assert.deepEqual(await grantsOf(page, 'dailies-operator'), [
    { action: 'file.list' },
    { action: 'file.read', folders: ['media', 'review'] },
  ]);
});

test('access is given from tomorrow on, at certain hours only, and says so before and after', async () => {
  const { page } = owner;
  await go(page, '/facility/projects/nightjar/people');
  await page.getByRole('button', { name: 'Add a person' }).click();
  const dialog = page.getByRole('dialog');
  await choose(dialog, 'Person', 'Noor Haddad', 'Noor Haddad');
  await choose(dialog, 'Role', 'Sound mixer', 'Sound mixer');
  await dialog.getByLabel('From', { exact: true }).click();
  const tomorrow = new Date(Date.now() + 86_400_000);
  const day = `${tomorrow.getDate()} ${tomorrow.toLocaleString('en', { month: 'long' })} ${tomorrow.getFullYear()}`;
  await page.getByRole('button', { name: day }).click();
  await dialog.getByLabel('Only at certain hours').check();
  await dialog.getByText('Fri', { exact: true }).click();
  await dialog.getByLabel('Until', { exact: true }).fill('18:30');
  await dialog.getByText('What this does').waitFor();
  await look(page, '85-from-tomorrow');
  await dialog.getByRole('button', { name: 'Give access' }).click();
  await page.getByText(/ is on nightjar until /).waitFor();
  const given = await page.evaluate(async () => {
    const answer = await fetch('/api/v1/projects/nightjar/people');
    return answer.text();
  });
  assert.match(given, /"hours":\{"days":\[1,2,3,4\],"from":540,"until":1110\}/);
});

test('files: a folder is dropped, a sequence comes down whole, a file moves, goes to the bin and comes back', async () => {
  const artist = await enter((_, name) => name === 'Dele Adeyemi');
  const { page } = artist;
  await go(page, '/studio/projects/nightjar?path=incoming');
  const folder = mkdtempSync(join(tmpdir(), 'picturelock-drop-'));
  try {
    await dropFolder(artist, join(folder, 'day-07'));
    await page.getByText('5 of 5 files arrived').waitFor();
    await look(page, '84-folder-dropped');
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
  await go(page, '/studio/projects/nightjar?path=incoming/day-07/scans');
  const names: string[] = [];
  page.on('download', (download) => names.push(download.suggestedFilename()));
  await chooseAct(page, 'Acts on sh010.####.png', 'Download all 4 frames');
  await page.getByText('All frames saved').waitFor();
  await look(page, '85-sequence-down');
  assert.deepEqual(names, ['sh010.1001.png', 'sh010.1002.png', 'sh010.1003.png', 'sh010.1004.png']);
  await go(page, '/studio/projects/nightjar?path=incoming/day-07');
  await chooseAct(page, 'Acts on report.txt', 'Rename or move…');
  await page.getByRole('textbox', { name: 'Name' }).fill('camera-report.txt');
  await page.getByLabel('In the folder').fill('incoming');
  await page.getByRole('button', { name: 'Rename or move', exact: true }).click();
  await page.getByRole('dialog').waitFor({ state: 'hidden' });
  await page.getByRole('link', { name: 'report.txt' }).waitFor({ state: 'detached' });
  await go(page, '/studio/projects/nightjar?path=incoming');
  await chooseAct(page, 'Acts on camera-report.txt', 'Put in the bin…');
  await confirm(page, 'Put in the bin');
  await page.getByRole('link', { name: 'camera-report.txt' }).waitFor({ state: 'detached' });
  await go(page, '/studio/projects/nightjar?view=bin');
  await look(page, '86-bin');
  await page
    .getByRole('row', { name: /camera-report\.txt/ })
    .getByRole('button', { name: 'Take out' })
    .click();
  await page.getByText(/camera-report\.txt is back/).waitFor();
  await go(page, '/studio/projects/nightjar?path=incoming');
  await page.getByRole('link', { name: 'camera-report.txt' }).waitFor();
  await artist.context.close();
});

test('the keys page tells where SFTP really is', async () => {
  const { page } = owner;
  await go(page, '/facility/keys');
  const port = Number(await page.locator('dt', { hasText: 'Port' }).locator('+ dd').textContent());
  const socket = connect({ host: '127.0.0.1', port });
  const [banner] = (await once(socket, 'data')) as [Buffer];
  socket.destroy();
  assert.match(banner.toString(), /^SSH-2\.0-/);
  await page.locator('dd', { hasText: 'SHA256:' }).waitFor();
  await look(page, '87-keys-facility');
});

test('a project is locked, reopened and wrapped', async () => {
  const { page } = owner;
  await go(page, '/facility/projects/paper-lantern/settings');
  await page.getByRole('button', { name: 'Lock…' }).click();
  await confirm(page, 'Lock', 'A frame was seen on a forum.');
  await page.getByText('Locked: nobody gets in.').waitFor();
  await go(page, '/facility/projects/paper-lantern/people');
  await page.getByText('Locked: nobody gets in.').waitFor();
  const closed = page.getByRole('alert').filter({ hasText: 'Locked' });
  assert.match((await closed.textContent()) ?? '', /By Robin Castellan on .*: “A frame was seen on a forum\.”/);
  await look(page, '88-locked');
  await go(page, '/facility/projects/paper-lantern/settings');
  const artist = await enter((_, name) => name === 'Ines Okafor');
  const card = artist.page.getByRole('region', { name: 'paper-lantern' });
  await card.getByText('This project is locked: nobody gets in until it is reopened.').waitFor();
  assert.equal(await card.getByRole('link', { name: 'Ask for more time' }).count(), 0, 'more time opens no lock');
  await look(artist.page, '89-studio-locked');
  await page.getByRole('button', { name: 'Reopen…' }).click();
  await confirm(page, 'Reopen', 'It was an old trailer.');
  await artist.page.getByRole('article', { name: 'paper-lantern' }).or(artist.page.locator('main')).first().waitFor();
  await page.getByRole('button', { name: 'Wrap…' }).click();
  await confirm(page, 'Wrap');
  await page.getByText('It is wrapped.').waitFor();
  await look(page, '90-wrapped');
  await artist.context.close();
});

test('lists of projects and people look back, too', async () => {
  const { page } = owner;
  const before = Date.now() - 24 * 3_600_000;
  await go(page, `/facility/projects?at=${before}`);
  await page.getByText('No project existed then').waitFor();
  await look(page, '91-projects-then');
  await go(page, `/facility/people?at=${before}`);
  await page.getByText('Nobody like that').waitFor();
  await page.getByRole('button', { name: 'Back to now' }).click();
  await page.getByRole('link', { name: 'Ines Okafor' }).waitFor();
});

test('a facility role near its end is on Today with more time, and an exception is recorded and ended', async () => {
  const { page } = owner;
  await go(page, '/facility');
  await page.evaluate(async () => {
    const { people } = (await (await fetch('/api/v1/people')).json()) as { people: { id: string; name: string }[] };
    const viktor = people.find(({ name }) => name === 'Viktor Sand')?.id;
    const roles = [{ role: 'assessor', until: Date.now() + 5 * 86_400_000 }];
    const headers = { 'content-type': 'application/json', 'x-picturelock': '1' };
    await fetch(`/api/v1/people/${viktor}/roles`, { method: 'PUT', headers, body: JSON.stringify({ roles }) });
  });
  const section = page.locator('section[aria-label="Facility roles ending soon"]');
  const row = section.getByRole('row', { name: /Viktor Sand/ });
  await row.getByRole('button', { name: 'Extend…' }).click();
  await look(page, '96-role-ending');
  await row.getByRole('button', { name: '+ 6 months' }).click();
  await page.getByText(/^Viktor Sand stays assessor until /).waitFor();
  await section.waitFor({ state: 'detached' });

  await go(page, '/facility/settings/exceptions');
  for (const [label, option] of [
    ['Who', 'Dele Adeyemi'],
    ['May', 'Move content and work on it, on the same project'],
  ] as const) {
    await choose(page, label, option);
  }
  await page.getByLabel(/^Because/).fill('The second wrangler is ill this week.');
  await look(page, '97-record-exception');
  await page.getByRole('button', { name: 'Record', exact: true }).click();
  const exception = page.getByRole('row', { name: /Dele Adeyemi/ });
  await exception.getByRole('button', { name: 'End…' }).click();
  await page.getByLabel(/^Reason/).fill('She is back.');
  await confirm(page, 'End it');
  await exception.waitFor({ state: 'detached' });
});

test('a factor that is too old is shown again, and the act goes on by itself', async () => {
  const { page } = owner;
  await chooseAct(page, 'Robin Castellan', 'My sessions and keys', page.getByRole('complementary'));
  await page.waitForURL('**/facility/keys');
  // More than an hour of clicks: the session lives, and the factor of its beginning is old. A cookie that was replaced while the clock leapt is good
  // until its half hour is over, so the leaps are short.
  for (let clicks = 0; clicks < 10; clicks += 1) await passes(facility, page, 7 * 60_000);
  await chooseAct(page, 'Add', 'SSH key, for SFTP…');
  await page
    .getByLabel('Public key')
    .fill('ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIOMqqnkVzrm0SdG6UOoqKLsabgH5C9okWi0dh2l9GKJl robin@desk');
  await page.getByRole('button', { name: 'Add the key' }).click();
  await page.getByRole('heading', { name: 'Is it still you?' }).waitFor();
  await look(page, '87-step-up');
  await page.getByRole('button', { name: 'Use my passkey' }).click();
  await page.getByText('SSH key added.').waitFor();
  await go(page, '/facility/ledger?kind=signin.stepped-up');
  await page.locator('.pl-table a').first().waitFor();
});

test('no page broke a rule of WCAG A or AA, and nothing was refused by the content security policy', () => {
  assert.deepEqual(findings, []);
  assert.deepEqual(
    owner.complaints.filter((text) => !/Failed to load resource/.test(text)),
    [],
  );
});
