/** Changing one's own password and code app in a real browser: this one goes on, the other one is out, and the page says so. */
import { after, before, test } from 'node:test';
import assert from 'node:assert/strict';
import { Secret, TOTP } from 'otpauth';
import type { Browser, Page } from 'playwright-core';
import { chooseAct, findings, look, settled, startBrowser, visitor } from './browser.ts';
import type { Visitor } from './browser.ts';
import { ownExample } from './owner.ts';
import { startFacility } from './running-facility.ts';
import type { RunningFacility } from './running-facility.ts';

const MAIL = 'ada@northlight.example';
const STEP_MS = 30_000;
const DAY_MS = 86_400_000;

let facility: RunningFacility;
let browser: Browser;
/** How far ahead the facility's clock is; each code counts once, so it goes on by two steps for each. */
let aheadMs = 0;
let password = 'Grebe-Trellis-47-Umbra';
let secret = '';

before(async () => {
  [facility, browser] = await Promise.all([startFacility(), startBrowser()]);
});
after(async () => {
  await browser?.close();
  await facility?.stop();
});

function pass(ms: number): void {
  aheadMs += ms;
  facility.advance(ms);
}

function nextCode(): string {
  pass(2 * STEP_MS);
  return new TOTP({ secret: Secret.fromBase32(secret) }).generate({ timestamp: Date.now() + aheadMs });
}

async function signedIn(): Promise<Visitor> {
  const guest = await visitor(browser);
  await guest.page.goto(`${facility.origin}/sign-in`);
  await guest.page.getByRole('button', { name: 'Use password and code' }).click();
  await guest.page.getByLabel('Mail address').fill(MAIL);
  await guest.page.getByRole('textbox', { name: 'Password' }).fill(password);
  await guest.page.getByLabel('Code from your app').fill(nextCode());
  await guest.page.getByRole('button', { name: 'Sign in', exact: true }).click();
  await guest.page.getByText('You are on no project').waitFor();
  return guest;
}

async function keys(page: Page): Promise<void> {
  await page.goto(`${facility.origin}/studio/keys`);
  await settled(page);
}

/** Where a page goes that needs somebody who is signed in. */
async function isOut(page: Page): Promise<void> {
  await page.goto(`${facility.origin}/studio/keys`);
  await page.getByRole('button', { name: 'Use password and code' }).waitFor();
}

test('somebody joins with a password and a code app', async () => {
  const owner = await visitor(browser);
  await ownExample(owner, facility);
  await owner.page.goto(`${facility.origin}/facility/people`);
  await owner.page.getByRole('button', { name: 'Add a person' }).click();
  await owner.page.getByRole('textbox', { name: /^Name/ }).fill('Ada Brook');
  await owner.page.getByLabel(/^Mail address/).fill(MAIL);
  await owner.page.getByRole('button', { name: 'Add and make an invitation' }).click();
  const link = await owner.page.locator('code', { hasText: '/invitation#' }).textContent();
  assert.ok(link);
  const { page, context } = await visitor(browser);
  await page.goto(link);
  await page.getByRole('button', { name: 'Use a password and a code app' }).click();
  secret = (await page.locator('code').first().textContent()) ?? '';
  await page.getByRole('textbox', { name: 'Password' }).fill(password);
  await page.getByLabel('Code from the app').fill(nextCode());
  await page.getByRole('button', { name: 'Join with a password' }).click();
  await page.getByText('You are on no project').waitFor();
  await context.close();
  await owner.context.close();
});

test('a new password: here she stays signed in, elsewhere she is out, and the page says so', async () => {
  pass(DAY_MS); // a password stays for a day
  const [here, there] = [await signedIn(), await signedIn()];
  await keys(there.page);
  await keys(here.page);
  await chooseAct(here.page, 'Add', 'Password…');
  await here.page.getByText('Here you stay signed in.').waitFor();
  await look(here.page, '140-set-password');
  password = 'Plinth-Osprey-82-Velum';
  await here.page.getByRole('textbox', { name: 'New password' }).fill(password);
  await here.page.getByRole('button', { name: 'Set the password' }).click();
  await here.page
    .getByText('Password changed. 1 other session that came by the old one ended; this one goes on.')
    .waitFor();
  await look(here.page, '141-password-changed');
  await isOut(there.page);
  await keys(here.page);
  await here.page.getByRole('heading', { name: 'Sessions and keys' }).waitFor();
  await Promise.all([here.context.close(), there.context.close()]);
});

test('a new code app: the same, and codes of the old one open nothing', async () => {
  const [here, there] = [await signedIn(), await signedIn()];
  await keys(there.page);
  await keys(here.page);
  await chooseAct(here.page, 'Add', 'Code app…');
  const dialog = here.page.getByRole('dialog');
  const made = dialog.locator('code').first();
  await made.waitFor();
  await dialog.getByText('Here you stay signed in.').waitFor();
  await look(here.page, '142-set-code-app');
  secret = (await made.textContent()) ?? '';
  await dialog.getByLabel('Code from the app').fill(nextCode());
  await dialog.getByRole('button', { name: 'Add the code app' }).click();
  await here.page
    .getByText(/^Code app changed\. \d+ other sessions? that came by the old one ended; this one goes on\.$/)
    .waitFor();
  await isOut(there.page);
  await keys(here.page);
  await here.page.getByRole('heading', { name: 'Sessions and keys' }).waitFor();
  await Promise.all([here.context.close(), there.context.close()]);
  const again = await signedIn();
  await again.context.close();
});

test('no page broke a rule of WCAG A or AA', () => assert.deepEqual(findings, []));
