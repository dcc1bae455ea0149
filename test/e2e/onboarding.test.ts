/** Onboarding in a real browser: recorded with its days in one form, and asked for by the decision where the facility says so. */
import { after, before, test } from 'node:test';
import assert from 'node:assert/strict';
import type { Browser } from 'playwright-core';
import { chooseAct, findings, look, settled, startBrowser, visitor } from './browser.ts';
import type { Visitor } from './browser.ts';
import { ownExample } from './owner.ts';
import { startFacility } from './running-facility.ts';
import type { RunningFacility } from './running-facility.ts';

const YEAR = new Date().getFullYear() + 1;

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

test('NDA, training and screening are recorded in one form, each with its day', async () => {
  const { page } = owner;
  await page.goto(`${facility.origin}/facility/people`);
  await settled(page);
  await page.getByRole('link', { name: 'Joon Park' }).first().click();
  await page.getByText('not on record').first().waitFor();
  await chooseAct(page, 'More acts', 'Record onboarding…');
  const dialog = page.getByRole('dialog');
  assert.equal(await dialog.getByRole('button', { name: 'Record' }).isDisabled(), true, 'nothing is changed yet');
  await dialog.getByLabel('Background screening passed, valid until').fill(`${YEAR}-05-17`);
  await look(page, '143-record-onboarding');
  await dialog.getByRole('button', { name: 'Record' }).click();
  await page.getByText('Recorded: screening.').waitFor();
  await page.getByText(`17 May ${YEAR}`).first().waitFor();
});

test('an act that is closed stays in the menu, says why, and is reached by the arrows', async () => {
  const { page } = owner;
  await page.getByRole('button', { name: 'More acts', exact: true }).click();
  const unlock = page.getByRole('menuitem', { name: /^Unlock/ });
  await unlock.getByText('The account is not locked.').waitFor();
  const hasFocus = () => unlock.evaluate((item) => item === document.activeElement);
  for (let steps = 0; steps < 5 && !(await hasFocus()); steps += 1) await page.keyboard.press('ArrowDown');
  assert.ok(await hasFocus());
  await look(page, '143-acts-closed');
  await page.keyboard.press('Escape');
});

test('the facility asks for a screening on high-security projects, and the page says what that means', async () => {
  const { page } = owner;
  await page.goto(`${facility.origin}/facility/settings`);
  await settled(page);
  const asks = page.getByLabel('High-security projects ask for a background screening too');
  assert.equal(await asks.isChecked(), false);
  await asks.check();
  await look(page, '144-screening-asked');
  await page.getByRole('button', { name: 'Save', exact: true }).first().click();
  await page.getByText('Settings changed.').waitFor();
  await page.reload();
  await settled(page);
  assert.equal(await asks.isChecked(), true);
});

test('no page broke a rule of WCAG A or AA', () => assert.deepEqual(findings, []));
