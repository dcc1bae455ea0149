/** Roles as a test of the pages gives them and reads them back. */
import type { Page } from 'playwright-core';
import { choose, settled } from './browser.ts';
import type { RunningFacility } from './running-facility.ts';

export async function grantsOf(page: Page, role: string): Promise<unknown> {
  return page.evaluate(async (id) => {
    const { roles } = (await (await fetch('/api/v1/roles')).json()) as { roles: { id: string; grants: unknown }[] };
    return roles.find((one) => one.id === id)?.grants;
  }, role);
}

export async function giveRole(
  facility: RunningFacility,
  page: Page,
  alias: string,
  name: string,
  role: string,
): Promise<void> {
  await page.goto(`${facility.origin}/facility/projects/${alias}/people`);
  await settled(page);
  await page.getByRole('button', { name: 'Add a person' }).click();
  const dialog = page.getByRole('dialog');
  for (const [label, option] of [
    ['Person', name],
    ['Role', role],
  ] as const) {
    await choose(dialog, label, option, option);
  }
  await dialog.getByText('What this does').waitFor();
  await dialog.getByRole('button', { name: 'Give access' }).click();
  await page.getByText(/ is on .* until /).waitFor();
}
