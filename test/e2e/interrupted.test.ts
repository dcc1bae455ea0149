/** What breaks in the middle: the whole server is killed during an upload; passwords and codes are mistyped on the way in. */
import { after, before, test } from 'node:test';
import assert from 'node:assert/strict';
import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Secret, TOTP } from 'otpauth';
import type { Browser, Page } from 'playwright-core';
import { findings, look, PHONE, settled, startBrowser, visitor } from './browser.ts';
import type { Visitor } from './browser.ts';
import { linkOf, ownExample } from './owner.ts';
import { startFacility } from './running-facility.ts';
import type { RunningFacility } from './running-facility.ts';

const PASSWORD = 'Grebe-Trellis-47-Umbra';
const STEP_MS = 30_000;
const SIZE_BYTES = 12_000_000;
/** The page counts what it sent; what goes on after a kill is what the server has on disk. */
const HELD_BYTES = 2_000_000;

function heldBytes(data: string): number {
  const files = readdirSync(join(data, 'workspaces'), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.parentPath.includes('.picturelock'))
    .map(({ parentPath, name }) => statSync(join(parentPath, name), { throwIfNoEntry: false })?.size ?? 0);
  return Math.max(0, ...files);
}

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

test('the server is killed during an upload and started again: the upload goes on by itself from what is on disk', async () => {
  const artist = await visitor(browser);
  const { page } = artist;
  await page.goto(linkOf(facility, (_, name) => name === 'Dele Adeyemi'));
  await page.waitForURL((url) => url.pathname !== '/demo');
  await page.goto(`${facility.origin}/studio/projects/nightjar?path=incoming`);
  await settled(page);
  const throttle = await throttleOf(artist);
  await throttle(2_000_000);
  const heads: number[] = [];
  page.on('response', (response) => {
    if (response.request().method() === 'HEAD') heads.push(Number(response.headers()['upload-offset'] ?? 0));
  });
  const chooser = page.waitForEvent('filechooser');
  await page.getByRole('button', { name: 'Upload', exact: true }).click();
  const buffer = Buffer.alloc(SIZE_BYTES, 'Roll A012, good takes 3, 5 and 7.\n');
  await (await chooser).setFiles({ name: 'dailies-report.txt', mimeType: 'text/plain', buffer });
  await page.getByText(/ left$/).waitFor();
  while (heldBytes(facility.data) < HELD_BYTES) await sleep(50);
  await facility.killAndRestart(async () => {
    await page.getByText('Waiting for the server', { exact: true }).waitFor();
    assert.equal(await page.getByText(/ left$/).count(), 0, 'nothing is promised while the server is away');
    await look(page, '92-server-was-killed');
  });
  await throttle(-1);
  await page.getByText('Arrived whole').waitFor({ timeout: 60_000 });
  assert.ok(
    heads.some((offset) => offset > 0 && offset < SIZE_BYTES),
    `went on from what the server held: ${heads.join(', ')}`,
  );
  const held = await page.evaluate(async () => {
    const answer = await fetch('/files/nightjar/incoming/dailies-report.txt');
    const digest = await crypto.subtle.digest('SHA-256', await answer.arrayBuffer());
    return [...new Uint8Array(digest)].map((byte) => byte.toString(16).padStart(2, '0')).join('');
  });
  const sent = [...new Uint8Array(await crypto.subtle.digest('SHA-256', buffer))];
  assert.equal(held, sent.map((byte) => byte.toString(16).padStart(2, '0')).join(''));
  await artist.context.close();
});

async function throttleOf({ context, page }: Visitor) {
  const cdp = await context.newCDPSession(page);
  await cdp.send('Network.enable');
  return (uploadThroughput: number) =>
    cdp.send('Network.emulateNetworkConditions', {
      offline: false,
      latency: 0,
      downloadThroughput: -1,
      uploadThroughput,
    });
}

/** The code that the app shows then; each counts only once, and the next one counts already. */
function codeOf(secret: string, steps: number): string {
  return new TOTP({ secret: Secret.fromBase32(secret) }).generate({ timestamp: Date.now() + steps * STEP_MS });
}

test('joining with a password and a code app, mistyped once; signing in with them; three refusals look alike', async () => {
  const link = await invite('Ada Brook', 'ada@northlight.example');
  const guest = await visitor(browser, PHONE);
  const { page } = guest;
  await page.goto(link);
  await page.getByRole('button', { name: 'Use a password and a code app' }).click();
  const secret = (await page.locator('code').first().textContent()) ?? '';
  await page.getByRole('textbox', { name: 'Password' }).fill(PASSWORD);
  await page.getByLabel('Code from the app').fill('000000');
  await page.getByRole('button', { name: 'Join with a password' }).click();
  await page.getByText('This code is not the one that the app shows now.').waitFor();
  await look(page, '93-mistyped-code-phone');
  await page.getByLabel('Code from the app').fill(codeOf(secret, 0));
  await page.getByRole('button', { name: 'Join with a password' }).click();
  await page.getByText('You are on no project').waitFor();
  await guest.context.clearCookies();
  await page.goto(`${facility.origin}/sign-in`);
  await page.getByRole('button', { name: 'Use password and code' }).click();
  await signIn(page, 'Grebe-Trellis-47-Wrong', codeOf(secret, 1));
  await page.getByRole('alert').first().waitFor();
  await look(page, '94-sign-in-refused-phone');
  await signIn(page, PASSWORD, codeOf(secret, 1));
  await page.getByText('You are on no project').waitFor();
  await guest.context.close();
});

async function signIn(page: Page, password: string, code: string) {
  await page.getByLabel('Mail address').fill('ada@northlight.example');
  await page.getByRole('textbox', { name: 'Password' }).fill(password);
  await page.getByLabel('Code from your app').fill(code);
  await page.getByRole('button', { name: 'Sign in', exact: true }).click();
}

async function invite(name: string, mail: string): Promise<string> {
  const { page } = owner;
  await page.goto(`${facility.origin}/facility/people`);
  await page.getByRole('button', { name: 'Add a person' }).click();
  await page.getByRole('textbox', { name: /^Name/ }).fill(name);
  await page.getByLabel(/^Mail address/).fill(mail);
  await page.getByRole('button', { name: 'Add and make an invitation' }).click();
  const link = await page.locator('code', { hasText: '/invitation#' }).textContent();
  assert.ok(link);
  return link;
}

test('somebody locked out shows on Today with the next step, and is unlocked there', async () => {
  const stranger = await visitor(browser);
  const { page } = stranger;
  await page.goto(`${facility.origin}/sign-in`);
  await page.getByRole('button', { name: 'Use password and code' }).click();
  await owner.page.goto(`${facility.origin}/facility`);
  const row = owner.page.locator('section[aria-label="Locked or dormant"]').getByRole('row', { name: /Ada Brook/ });
  for (let tries = 0; tries < 12 && (await row.count()) === 0; tries += 1) {
    await signIn(page, `Grebe-Trellis-47-Wrong-${tries}`, '000000');
    await page.waitForTimeout(400);
  }
  await row.waitFor();
  await look(owner.page, '95-today-locked');
  await row.getByRole('button', { name: 'Unlock…' }).click();
  await owner.page.getByRole('dialog').getByRole('button', { name: 'Unlock', exact: true }).click();
  await row.waitFor({ state: 'detached' });
  await stranger.context.close();
});

test('no page broke a rule of WCAG A or AA', () => {
  assert.deepEqual(findings, []);
});
