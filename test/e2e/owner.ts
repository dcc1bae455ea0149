/** The first minutes of a facility in the browser, for tests that begin after them. */
import assert from 'node:assert/strict';
import type { Page } from 'playwright-core';
import { withPasskeys } from './browser.ts';
import type { Visitor } from './browser.ts';
import type { RunningFacility } from './running-facility.ts';

/** The owner joins with a passkey and fills in the example. */
export async function ownExample(owner: Visitor, facility: RunningFacility): Promise<void> {
  const { page } = owner;
  await withPasskeys(owner);
  await page.goto(facility.origin);
  await page.getByLabel('Facility').fill('Northlight Post');
  await page.getByLabel('Your name').fill('Robin Castellan');
  await page.getByLabel('Your mail address').fill('robin@northlight.example');
  await page.getByRole('button', { name: 'Continue' }).click();
  await page.getByRole('button', { name: 'Finish with a passkey' }).click();
  await page.getByRole('button', { name: 'Fill in the example facility' }).click();
  await page.getByRole('heading', { name: 'Today', exact: true }).waitFor();
}

export function linkOf(facility: RunningFacility, test: (roles: readonly string[], name: string) => boolean): string {
  const found = facility.links().find(({ roles, name }) => test(roles, name));
  assert.ok(
    found,
    `a one-click link among ${JSON.stringify(facility.links().map(({ name, roles }) => [name, roles]))}`,
  );
  return found.url;
}

/** Fills the reason where one is asked for, and says yes. */
export async function confirm(page: Page, verb: string, reason?: string): Promise<void> {
  const dialog = page.getByRole('dialog');
  if (reason !== undefined) await dialog.getByLabel(/^Reason/).fill(reason);
  await dialog.getByRole('button', { name: verb, exact: true }).click();
  await dialog.waitFor({ state: 'hidden' });
}
