/** A real browser: Debian's Chromium without its windows, a fresh profile, and passkeys from its own virtual authenticator. */
import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { chromium } from 'playwright-core';
import type { Browser, BrowserContext, Locator, Page } from 'playwright-core';
import { ROOT } from '../source-files.ts';

/** The engine alone draws the same pages for three quarters of the time. The program itself: Debian's script around it asks for what only a screen needs. */
const DEBIAN = ['/usr/lib/chromium/chromium-headless-shell', '/usr/lib/chromium/chromium'];
const CHROMIUM = process.env['CHROMIUM'] ?? DEBIAN.find((path) => existsSync(path));
const ARGS = [
  '--headless',
  // Pages live for seconds: code that is compiled dearly does not pay.
  '--js-flags=--no-maglev --no-opt',
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];
/** Pictures of all pages for whoever wants to look at them: `PICTURELOCK_PICTURES=1 npm test -- e2e`. They are a tenth of these tests' time. */
const PICTURES = process.env['PICTURELOCK_PICTURES'] === '1' ? join(ROOT, 'test-results', 'pages') : undefined;
const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const WAIT_MS = 15_000;

export const PHONE = { width: 390, height: 844 } as const;
export const DESK = { width: 1440, height: 900 } as const;

export function startBrowser(): Promise<Browser> {
  if (CHROMIUM === undefined) throw new Error(`there is no browser at ${DEBIAN.join(' or ')}`);
  return chromium.launch({ executablePath: CHROMIUM, headless: false, args: ARGS });
}

/** A person's own browser profile. What it complains about (errors, refused styles and scripts) is gathered. */
export interface Visitor {
  readonly context: BrowserContext;
  readonly page: Page;
  readonly complaints: string[];
}

export async function visitor(
  browser: Browser,
  viewport: { readonly width: number; readonly height: number } = DESK,
): Promise<Visitor> {
  const context = await browser.newContext({
    viewport,
    reducedMotion: 'reduce',
    acceptDownloads: true,
    permissions: ['clipboard-write'],
  });
  context.setDefaultTimeout(WAIT_MS);
  const page = await context.newPage();
  const complaints: string[] = [];
  page.on('pageerror', (error) => complaints.push(error.message));
  page.on('console', (message) => {
    if (message.type() !== 'error' || /status of 40[134]/.test(message.text())) return;
    complaints.push(`${message.text()} ${message.location().url}`);
  });
  return { context, page, complaints };
}

/** A platform authenticator with a verified user, as a laptop has one. */
export async function withPasskeys({ context, page }: Visitor): Promise<void> {
  const cdp = await context.newCDPSession(page);
  await cdp.send('WebAuthn.enable');
  await cdp.send('WebAuthn.addVirtualAuthenticator', {
    options: {
      protocol: 'ctap2',
      transport: 'internal',
      hasResidentKey: true,
      hasUserVerification: true,
      isUserVerified: true,
      automaticPresenceSimulation: true,
    },
  });
}

export async function settled(page: Page): Promise<void> {
  await page.locator('#main, .pl-door').first().waitFor();
  await page.waitForFunction(() => document.querySelector('[aria-label="Loading"]') === null);
}

/** What was found on all pages so far; the last test asks that it is nothing. */
export const findings: string[] = [];

/** Holds the page to WCAG A and AA, and to its window; with its picture when those are wanted. */
export async function look(page: Page, name: string): Promise<void> {
  await settled(page);
  if (PICTURES !== undefined) {
    mkdirSync(PICTURES, { recursive: true });
    await page.screenshot({ path: join(PICTURES, `${name}.png`), fullPage: true });
  }
  findings.push(...(await axe(page)).map((violation) => `${name}: ${violation}`));
  const wide = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
  if (wide > 0) findings.push(`${name}: ${wide} px wider than the window`);
}

/** The content security policy keeps injected scripts out, so axe runs through the debugger's own evaluation. */
async function axe(page: Page): Promise<readonly string[]> {
  if (await page.evaluate(() => !('axe' in window))) await page.evaluate(AXE);
  return page.evaluate(async () => {
    // axe puts itself on the window.
    const { axe: tool } = window as unknown as {
      axe: {
        run(
          context: Document,
          options: object,
        ): Promise<{ violations: { id: string; nodes: { html: string; failureSummary?: string }[] }[] }>;
      };
    };
    const { violations } = await tool.run(document, {
      runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'],
    });
    return violations.flatMap(({ id, nodes }) =>
      nodes.slice(0, 2).map((node) => `${id}: ${node.html.slice(0, 200)} ${node.failureSummary ?? ''}`),
    );
  });
}

/** Chooses in a list that opens under its field. */
export async function choose(
  within: Page | Locator,
  label: string | RegExp,
  option: string | RegExp,
  text = '',
): Promise<void> {
  const page = 'page' in within ? within.page() : within;
  const field = within.getByRole(
    'combobox',
    typeof label === 'string' ? { name: label, exact: true } : { name: label },
  );
  await clickIn(
    page.getByRole('option', typeof option === 'string' ? { name: option, exact: true } : { name: option }),
    async () => {
      await field.click();
      if (text !== '') await field.fill(text);
    },
  );
}

/** Chooses from the menu under a button. */
export async function chooseAct(page: Page, button: string, act: string, within: Page | Locator = page): Promise<void> {
  const opens = within.getByRole('button', { name: button, exact: true });
  await clickIn(page.getByRole('menuitem', { name: act }), () => opens.click());
}

const OPENED_MS = 3_000;
const OPEN_TRIES_MAX = 4;

/**
 * A list or menu closes when its dialog takes the focus, or when the page, which follows the stream, is drawn anew under it: a person opens
 * it again, and so does this.
 */
async function clickIn(item: Locator, open: () => Promise<void>): Promise<void> {
  for (let tries = 1; ; tries += 1) {
    await open();
    try {
      return await item.first().click({ timeout: OPENED_MS });
    } catch (error) {
      if (tries === OPEN_TRIES_MAX) throw error;
    }
  }
}
