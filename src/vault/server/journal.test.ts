import assert from 'node:assert/strict';
import { appendFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, test } from 'node:test';
import type { JournalLine } from '#vault/server/holdings.ts';
import { openJournal } from '#vault/server/journal.ts';
import type { Unnumbered } from '#vault/server/journal.ts';

let folder = '';
beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'picturelock-journal-'))));
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const window = (until: number): Unnumbered => ({ kind: 'window', at: 1, until });

async function reopened() {
  const lines: JournalLine[] = [];
  const journal = await openJournal(folder, (line) => lines.push(line));
  return { journal, lines };
}

async function written(count: number): Promise<string> {
  const { journal } = await reopened();
  await Promise.all(Array.from({ length: count }, (_, i) => journal.append([window(i + 1)])));
  await journal.close();
  return join(folder, 'journal.jsonl');
}

test('what was appended comes back in order, also what waited together', async () => {
  await written(40);
  const { journal, lines } = await reopened();
  assert.deepEqual(
    lines.map(({ n }) => n),
    Array.from({ length: 40 }, (_, i) => i + 1),
  );
  await journal.append([window(99)]);
  await journal.close();
  const third = await reopened();
  assert.equal(third.lines.length, 41);
  await third.journal.close();
});

test('a torn last line is cut off at every byte', async () => {
  const path = await written(3);
  const whole = readFileSync(path);
  const lastStart = whole.lastIndexOf('\n', whole.length - 2) + 1;
  for (let end = lastStart; end < whole.length; end += 7) {
    writeFileSync(path, whole.subarray(0, end));
    const { journal, lines } = await reopened();
    assert.equal(lines.length, 2);
    assert.equal(readFileSync(path).length, lastStart);
    await journal.close();
  }
});

for (const [what, change] of [
  ['a changed number', (text: string) => text.replace('"until":2', '"until":7')],
  ['a line that was taken out', (text: string) => text.split('\n').toSpliced(1, 1).join('\n')],
  ['two lines that changed places', (text: string) => swapped(text)],
  ['a line that was added', (text: string) => `${text}${text.split('\n')[0]}\n`],
  ['noise', (text: string) => `${text}{"kind":\n`],
] as const) {
  test(`the vault does not open over ${what}`, async () => {
    const path = await written(3);
    writeFileSync(path, change(readFileSync(path, 'utf8')));
    await assert.rejects(reopened(), { code: 'journal-broken' });
  });
}

function swapped(text: string): string {
  const [a, b, ...rest] = text.split('\n');
  return [b, a, ...rest].join('\n');
}

test('a line without an end is not read into memory for ever, and a torn one is not read at all', async () => {
  const path = await written(1);
  appendFileSync(path, 'x'.repeat(300_000));
  const { journal, lines } = await reopened();
  assert.equal(lines.length, 1);
  await journal.close();
});
