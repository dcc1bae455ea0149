/** A folder with a text and an image sequence, dropped onto the page of files. */
import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Visitor } from './browser.ts';

/** The smallest PNG: signature, header, one pixel, end. */
const PIXEL = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==',
  'base64',
);

/** A folder from the desktop onto the page, through the browser's own drag and drop. */
export async function dropFolder({ context, page }: Visitor, folder: string): Promise<void> {
  mkdirSync(join(folder, 'scans'), { recursive: true });
  writeFileSync(join(folder, 'report.txt'), 'Roll A012, good takes 3, 5 and 7.\n');
  for (const frame of [1001, 1002, 1003, 1004]) writeFileSync(join(folder, 'scans', `sh010.${frame}.png`), PIXEL);
  const box = await page.locator('.fb-drop').boundingBox();
  assert.ok(box);
  const cdp = await context.newCDPSession(page);
  const data = { items: [], files: [folder], dragOperationsMask: 1 };
  const [x, y] = [box.x + box.width / 2, box.y + box.height / 2];
  for (const type of ['dragEnter', 'dragOver', 'drop'] as const)
    await cdp.send('Input.dispatchDragEvent', { type, x, y, data });
}
