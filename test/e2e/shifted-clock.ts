/**
 * Loaded into every process of a facility under test (`node --import`): the wall clock of the real product runs as far ahead as a file says.
 * Nothing else is changed, so what then happens is what happens on that day.
 */
import { readFileSync } from 'node:fs';

const EVERY_MS = 20;

const file = process.env['PICTURELOCK_TEST_CLOCK'];
if (file !== undefined) {
  const real = Date.now;
  let aheadMs = read(file);
  setInterval(() => {
    aheadMs = read(file);
  }, EVERY_MS).unref();
  Date.now = () => real() + aheadMs;
}

function read(path: string): number {
  try {
    return Number(readFileSync(path, 'utf8')) || 0;
  } catch {
    return 0;
  }
}
