/**
 * Every page of the real product in a real browser: the owner sets a facility up with a passkey, fills in the example, and every
 * page is opened and held to WCAG AA. Nothing may be refused by the content security policy.
 */
import { after, before, test } from 'node:test';
import assert from 'node:assert/strict';
import type { Browser, Page } from 'playwright-core';
import {
  choose,
  chooseAct,
  DESK,
  findings,
  look,
  PHONE,
  settled,
  startBrowser,
  visitor,
  withPasskeys,
} from './browser.ts';
import type { Visitor } from './browser.ts';
import { linkOf } from './owner.ts';
import { startFacility } from './running-facility.ts';
import type { RunningFacility } from './running-facility.ts';

let facility: RunningFacility;
let browser: Browser;
let owner: Visitor;

before(async () => {
  [facility, browser] = await Promise.all([startFacility(), startBrowser()]);
  owner = await visitor(browser);
  await withPasskeys(owner);
});

after(async () => {
  await browser?.close();
  await facility?.stop();
});

/** Works on projects only. */
function isArtist(roles: readonly string[]): boolean {
  return (
    roles.some((role) => /^(editor|assistant-editor|vfx-artist|colourist) on /.test(role)) &&
    roles.every((role) => role.includes(' on '))
  );
}

async function go(page: Page, path: string, name: string) {
  await page.goto(`${facility.origin}${path}`);
  await look(page, name);
}

test('the owner sets the facility up with a passkey and fills in the example', async () => {
  const { page } = owner;
  await page.goto(facility.origin);
  await page.getByRole('heading', { name: 'Set up Picturelock' }).waitFor();
  await look(page, '01-first-run');
  await page.getByLabel('Facility').fill('Northlight Post');
  await page.getByLabel('Your name').fill('Robin Castellan');
  await page.getByLabel('Your mail address').fill('robin@northlight.example');
  await page.getByRole('button', { name: 'Continue' }).click();
  await page.getByRole('button', { name: 'Use a password and a code app' }).click();
  await look(page, '02-first-run-enrol');
  await page.getByRole('button', { name: 'Finish with a passkey' }).click();
  await page.getByRole('heading', { name: 'Welcome to Northlight Post' }).waitFor();
  const third = page.getByRole('button', { name: 'Open the project' });
  assert.equal(await third.getAttribute('aria-disabled'), 'true', 'there is no project to open yet');
  await look(page, '03-guided');
  await page.getByRole('button', { name: 'Fill in the example facility' }).click();
  await page.getByRole('heading', { name: 'Today', exact: true }).waitFor();
  await look(page, '04-today');
});

test('the owner signs out and in again with the passkey', async () => {
  const { page } = owner;
  await chooseAct(page, 'Robin Castellan', 'Sign out', page.getByRole('complementary'));
  await page.getByRole('heading', { name: 'Sign in' }).waitFor();
  await look(page, '05-sign-in');
  await page.getByRole('button', { name: 'Use password and code' }).click();
  await look(page, '06-sign-in-password');
  await page.getByRole('button', { name: 'Sign in with a passkey' }).click();
  await page.getByRole('heading', { name: 'Today', exact: true }).waitFor();
});

test('every page of the facility', async () => {
  const { page } = owner;
  await go(page, '/facility/projects', '10-projects');
  const alias = await page.locator('.pl-table a.pl-main-link').first().textContent();
  assert.ok(alias);
  await go(page, `/facility/projects/${alias}/people`, '11-project-people');
  await page.locator('.tl-bar').first().click();
  await page.getByText('In the ledger').waitFor();
  await look(page, '12-project-engagement');
  for (const tab of ['files', 'sessions', 'history', 'settings'])
    await go(page, `/facility/projects/${alias}/${tab}`, `13-project-${tab}`);
  await page.getByRole('button', { name: 'Show the true title' }).click();
  await page.getByRole('button', { name: 'Hide' }).waitFor();
  await go(page, '/facility/people', '14-people');
  await page.locator('.pl-table a.pl-main-link').nth(1).click();
  await page.getByRole('button', { name: 'End all access…' }).waitFor();
  await look(page, '15-person');
  await chooseAct(page, 'More acts', 'Change facility roles…');
  await page.getByRole('button', { name: 'Change the roles' }).waitFor();
  await look(page, '15-person-roles');
  await page.keyboard.press('Escape');
  const person = new URL(page.url()).pathname.split('/')[3];
  for (const tab of ['credentials', 'sessions', 'history'])
    await go(page, `/facility/people/${person}/${tab}`, `16-person-${tab}`);
  await go(page, '/facility/sessions', '17-sessions');
  await go(page, '/facility/ledger', '18-ledger');
  await go(page, '/facility/ledger?kind=engagement.', '19-ledger-filtered');
  await page.locator('.pl-table a').first().click();
  await page.getByRole('heading', { name: 'The world as it was then' }).waitFor();
  const held = page.getByRole('region', { name: 'What it holds' });
  assert.doesNotMatch((await held.textContent()) ?? '', /\d{13}|[{}]/, 'data in words, instants as dates');
  await look(page, '20-entry');
  await go(page, `/facility/bundle?project=${alias}`, '20-facility-bundle');
  for (const tab of ['facility', 'roles', 'network', 'file-types', 'exceptions', 'alerts'])
    await go(page, `/facility/settings/${tab}`, `21-settings-${tab}`);
  await page.goto(`${facility.origin}/facility/settings/roles`);
  await page.getByRole('region', { name: 'Roles and actions' }).waitFor();
  const blank = await page.evaluate(
    () =>
      document.documentElement.scrollHeight -
      Math.max(innerHeight, (document.querySelector('.pl-shell')?.getBoundingClientRect().bottom ?? 0) + scrollY),
  );
  assert.ok(blank <= 1, `${blank} px of nothing under the roles`);
  assert.deepEqual(owner.complaints, []);
});

test('the command palette goes to a person by keyboard alone', async () => {
  const { page } = owner;
  await go(page, '/facility', '22-today');
  await page.keyboard.press('Control+k');
  await page.getByRole('combobox', { name: 'Go to' }).fill('settings');
  await look(page, '23-palette');
  await page.keyboard.press('Enter');
  await page.getByRole('heading', { name: 'Settings' }).waitFor();
});

test('pages in the light, too', async () => {
  const { page } = owner;
  await page.evaluate(() => localStorage.setItem('mantine-color-scheme-value', 'light'));
  await go(page, '/facility', '24-today-light');
  const project = await page.evaluate(
    async () =>
      ((await (await fetch('/api/v1/projects')).json()) as { projects: { alias: string }[] }).projects[0]?.alias,
  );
  await page.goto(`${facility.origin}/facility/projects/${project}/people`);
  await page.locator('.tl-bar').first().waitFor();
  await look(page, '25-project-light');
  await page.evaluate(() => localStorage.removeItem('mantine-color-scheme-value'));
});

test('an artist on a phone sees projects, puts a file up, and has keys', async () => {
  const artist = await visitor(browser, PHONE);
  await artist.page.goto(linkOf(facility, isArtist));
  await artist.page.waitForURL('**/studio');
  const rights = artist.page.getByText('What you may do in each folder').first();
  const [files, folded] = [artist.page.getByRole('link', { name: 'Open files' }).first(), rights];
  const [first, second] = [await files.boundingBox(), await folded.boundingBox()];
  assert.ok(first !== null && second !== null && first.y < second.y, 'the files come before the rights');
  await look(artist.page, '30-studio-phone');
  await rights.click();
  await artist.page.getByText('view, download', { exact: false }).first().waitFor();
  await artist.page.getByRole('link', { name: 'Open files' }).first().click();
  await artist.page.getByRole('heading', { level: 1 }).waitFor();
  await settled(artist.page);
  const folder = new URL(artist.page.url());
  await go(artist.page, `${folder.pathname}?path=incoming`, '31-files-phone');
  const chooser = artist.page.waitForEvent('filechooser');
  await artist.page.getByRole('button', { name: 'Upload', exact: true }).click();
  await (
    await chooser
  ).setFiles([
    { name: 'notes.txt', mimeType: 'text/plain', buffer: Buffer.from('Reel 2 is short by twelve frames.\n') },
    { name: 'tool.exe', mimeType: 'application/octet-stream', buffer: Buffer.from('MZ\u0090\u0000not a picture') },
  ]);
  await artist.page.getByText('Arrived whole').waitFor();
  await artist.page.getByText('Refused', { exact: true }).first().waitFor();
  await artist.page.getByRole('link', { name: 'notes.txt' }).waitFor();
  await look(artist.page, '32-uploads-phone');
  const download = artist.page.waitForEvent('download');
  await artist.page.getByRole('link', { name: 'notes.txt' }).click();
  const stream = await (await download).createReadStream();
  let text = '';
  for await (const chunk of stream) text += String(chunk);
  assert.equal(text, 'Reel 2 is short by twelve frames.\n');
  await go(artist.page, '/studio/keys', '33-keys-phone');
  await go(artist.page, '/studio/ask', '34-ask-phone');
  await artist.page.setViewportSize(DESK);
  await go(artist.page, '/studio', '35-studio');
  await go(artist.page, `${folder.pathname}?path=incoming`, '36-files');
  await artist.page.goto(`${facility.origin}/facility`);
  await artist.page.waitForURL('**/studio');
  assert.deepEqual(
    artist.complaints.filter((text) => !/Failed to load resource/.test(text)),
    [],
  );
  await artist.context.close();
});

test('an upload is paused in the middle and goes on from there', async () => {
  const artist = await visitor(browser);
  await artist.page.goto(linkOf(facility, isArtist));
  await artist.page.waitForURL('**/studio');
  await artist.page.getByRole('link', { name: 'Open files' }).first().click();
  await artist.page.waitForURL('**/studio/projects/**');
  // The address changes before the page does; the list of projects has links of the same name.
  await artist.page.getByRole('heading', { name: /^Hello/ }).waitFor({ state: 'hidden' });
  await artist.page.getByRole('link', { name: 'incoming' }).click();
  const cdp = await artist.context.newCDPSession(artist.page);
  const throttle = (uploadThroughput: number) =>
    cdp.send('Network.emulateNetworkConditions', {
      offline: false,
      latency: 0,
      downloadThroughput: -1,
      uploadThroughput,
    });
  await cdp.send('Network.enable');
  await throttle(1_500_000);
  const chooser = artist.page.waitForEvent('filechooser');
  await artist.page.getByRole('button', { name: 'Upload', exact: true }).click();
  await (
    await chooser
  ).setFiles({
    name: 'dailies-report.txt',
    mimeType: 'text/plain',
    buffer: Buffer.alloc(9_000_000, 'Roll A012, good takes 3, 5 and 7.\n'),
  });
  await artist.page.getByText(/ left$/).waitFor();
  await look(artist.page, '37-uploading');
  await artist.page.getByRole('button', { name: 'Pause dailies-report.txt' }).click();
  await artist.page.getByText('Paused', { exact: true }).waitFor();
  const heads: number[] = [];
  artist.page.on('response', (response) => {
    if (response.request().method() === 'HEAD') heads.push(Number(response.headers()['upload-offset']));
  });
  await throttle(-1);
  await artist.page.getByRole('button', { name: 'Resume dailies-report.txt' }).click();
  await artist.page.getByText('Arrived whole').waitFor();
  assert.ok(
    heads.some((offset) => offset > 0),
    `resumed from what the server held: ${heads.join(', ')}`,
  );
  await artist.page.getByRole('link', { name: 'dailies-report.txt' }).waitFor();
  await artist.context.close();
});

test('an invited person joins with a passkey, asks for access, and is let in from Today', async () => {
  const { page } = owner;
  await page.goto(`${facility.origin}/facility/people`);
  await page.getByRole('button', { name: 'Add a person' }).click();
  await page.getByRole('textbox', { name: /^Name/ }).fill('Noor Haddad');
  const mark = page.locator('.mantine-InputWrapper-required').first();
  assert.equal(
    await mark.evaluate((element) => getComputedStyle(element).color),
    'rgb(255, 143, 136)',
    'marks and messages of fields are readable in the dark',
  );
  await look(page, '60-add-person');
  await page.getByRole('button', { name: 'Add and make an invitation' }).click();
  const link = await page.locator('code', { hasText: '/invitation#' }).textContent();
  assert.ok(link);
  await look(page, '61-hand-over');
  const guest = await visitor(browser, PHONE);
  await withPasskeys(guest);
  await guest.page.goto(link);
  await guest.page.getByRole('heading', { name: /Welcome to Northlight Post/ }).waitFor();
  assert.equal(new URL(guest.page.url()).hash, '', 'the token has left the address bar');
  await look(guest.page, '62-invited-phone');
  await guest.page.getByRole('button', { name: 'Join with a passkey' }).click();
  await guest.page.getByText('You are on no project').waitFor();
  await look(guest.page, '63-no-project-phone');
  await guest.page.goto(`${facility.origin}/studio/keys`);
  await chooseAct(guest.page, 'Add', 'SSH key, for SFTP…');
  await guest.page
    .getByLabel('Public key')
    .fill('ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIOMqqnkVzrm0SdG6UOoqKLsabgH5C9okWi0dh2l9GKJl noor@laptop');
  await guest.page.getByRole('button', { name: 'Add the key' }).click();
  await guest.page.getByText('SSH key added.').waitFor();
  await look(guest.page, '64-keys-phone');
  await guest.page.goto(`${facility.origin}/studio/ask?project=saltmarsh`);
  await choose(guest.page, 'As', 'Sound mixer');
  await guest.page.getByLabel('Why').fill('Mixing the trailer.');
  await guest.page.getByRole('button', { name: 'Ask', exact: true }).click();
  await guest.page.getByText('Sent. The producer decides.').waitFor();
  await page.goto(`${facility.origin}/facility`);
  const row = page.getByRole('row', { name: /Noor Haddad/ }).filter({ hasText: 'saltmarsh' });
  await row.getByRole('button', { name: 'Grant…' }).click();
  await page.getByText('What this does').waitFor();
  await look(page, '65-grant');
  await page.getByRole('dialog').getByRole('button', { name: 'Grant', exact: true }).click();
  await page.getByText('Granted: Noor Haddad is on saltmarsh', { exact: false }).waitFor();
  await guest.page.goto(`${facility.origin}/studio`);
  await guest.page.getByRole('heading', { name: 'saltmarsh' }).waitFor();
  assert.deepEqual(guest.complaints, []);
  await guest.context.close();
});

/** A4 with its margins, as wide as Chromium lays it out. */
const PAPER = { width: 703, height: 1000 } as const;

async function onPaper(page: Page, name: string) {
  await page.setViewportSize(PAPER);
  await page.emulateMedia({ media: 'print' });
  await look(page, name);
  assert.equal(await page.locator('button:visible').count(), 0, 'nothing on paper can be pressed');
  await page.emulateMedia({ media: 'screen' });
  await page.setViewportSize(DESK);
}

test('an assessor looks back, and checks a bundle in the page', async () => {
  const assessor = await visitor(browser);
  await assessor.page.goto(linkOf(facility, (roles) => roles.includes('assessor')));
  await assessor.page.waitForURL('**/assess/**');
  await look(assessor.page, '40-assess-access');
  await onPaper(assessor.page, '40-assess-access-print');
  await go(assessor.page, '/assess/ledger', '41-assess-ledger');
  await go(assessor.page, '/assess/bundle', '42-assess-bundle');
  const download = assessor.page.waitForEvent('download');
  await assessor.page.getByRole('button', { name: 'Export the bundle' }).click();
  const path = await (await download).path();
  const chooser = assessor.page.waitForEvent('filechooser');
  await assessor.page.getByRole('button', { name: 'Choose a bundle…' }).click();
  await (await chooser).setFiles(path);
  await assessor.page.getByText('The bundle holds.').waitFor();
  const note = assessor.page.locator('.pl-status', { hasText: 'Note:' });
  assert.match((await note.getAttribute('class')) ?? '', /pl-tone-warn/, 'a note is not drawn as a pass');
  await look(assessor.page, '43-bundle-verified');
  assert.deepEqual(assessor.complaints, []);
  await assessor.context.close();
});

test('end all access: the effect first, then live receipts, and the artist is out', async () => {
  const artist = await visitor(browser);
  const link = linkOf(facility, isArtist);
  await artist.page.goto(link);
  await artist.page.waitForURL('**/studio');
  const person = await artist.page.evaluate(
    async () => ((await (await fetch('/api/v1/me')).json()) as { person: { id: string } }).person.id,
  );
  const { page } = owner;
  await page.goto(`${facility.origin}/facility/people/${person}/access`);
  await page.getByRole('button', { name: 'End all access…' }).click();
  await page.getByText('On every gate, at once:').waitFor();
  await look(page, '50-end-all-confirm');
  await page.getByLabel(/^Reason/).fill('Her contract ended.');
  await page.getByRole('button', { name: 'End all access now' }).click();
  await page.getByText('trying again is refused.').waitFor();
  const record = page.locator('section[aria-label="Off-boarding record"]');
  for (const said of ['Her contract ended.', 'Signed off by', 'Last gate answered'])
    await record.getByText(said).waitFor();
  await page.getByRole('heading', { level: 1, name: /^Receipt of ended access: \w/ }).waitFor();
  const spill = await page
    .locator('.pl-whole-status')
    .evaluateAll((lists) => Math.max(...lists.map((list) => list.scrollWidth - list.clientWidth)));
  assert.equal(spill, 0, 'what a probe found stays within its card');
  await look(page, '51-receipts');
  await artist.page.waitForURL('**/sign-in**');
  await artist.page.getByRole('heading', { name: 'Sign in' }).waitFor();
  assert.deepEqual(
    owner.complaints.filter((text) => !/Failed to load resource/.test(text)),
    [],
  );
});

test('no page broke a rule of WCAG A or AA, and none is wider than its window', () => {
  assert.deepEqual(findings, []);
});
