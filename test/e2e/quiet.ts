/** A page that waits for no answer, and a clock that goes on while it does. */
import type { Page, Request } from 'playwright-core';
import type { RunningFacility } from './running-facility.ts';

const QUIET_MS = 150;

/** Until the page has had no question under way for a moment; its event stream never ends. */
async function quiet(page: Page): Promise<void> {
  const asked = new Set<Request>();
  let since = Date.now();
  const begins = (request: Request): void => {
    if (!request.url().endsWith('/events')) asked.add(request);
  };
  const ends = (request: Request): void => {
    asked.delete(request);
    since = Date.now();
  };
  page.on('request', begins).on('requestfinished', ends).on('requestfailed', ends);
  await page.evaluate(async () => (await fetch('/api/v1/today')).text());
  while (asked.size > 0 || Date.now() - since < QUIET_MS) await new Promise((done) => setTimeout(done, 20));
  page.off('request', begins).off('requestfinished', ends).off('requestfailed', ends);
}

/** The facility's clock goes on, and somebody clicks. */
export async function passes(facility: RunningFacility, page: Page, ms: number): Promise<void> {
  const now = () =>
    page.evaluate(async () => ((await (await fetch('/api/v1/today')).json()) as { readonly now: number }).now);
  const target = (await now()) + ms;
  // A cookie is renewed now and then, and the one before it is good for a minute more: a leap of the clock while an answer is under way skips that.
  await quiet(page);
  facility.advance(ms);
  while ((await now()) < target) await new Promise((done) => setTimeout(done, 20));
}
