import assert from 'node:assert/strict';
import { hash } from 'node:crypto';
import {
  appendFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, test } from 'node:test';
import { openBoltBook } from '#host/vault/bolt/bolt-book.ts';
import type { BoltBook } from '#host/vault/bolt/bolt-book.ts';

const DAY_MS = 86_400_000;
const START = Date.UTC(2026, 0, 5);
let folder = '';
let now = { wall: START, monotonic: 10, boot: 'b' };
let book: BoltBook;

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'picturelock-book-'));
  now = { wall: START, monotonic: 10, boot: 'b' };
  book = await open();
});
afterEach(async () => {
  await book.close();
  rmSync(folder, { recursive: true, force: true });
});

const open = (foldBytes?: number): Promise<BoltBook> => openBoltBook(folder, () => now, foldBytes);
const table = (): string => join(folder, 'locks.jsonl');
const pass = (ms: number): void => void (now = { ...now, wall: now.wall + ms, monotonic: now.monotonic + ms });

async function again(foldBytes?: number): Promise<void> {
  await book.close();
  book = await open(foldBytes);
}

function pathOf(text: string, type = 'data'): string {
  const name = hash('sha256', text, 'hex');
  return `repositories/edit/${type}/${type === 'data' ? `${name.slice(0, 2)}/` : ''}${name}`;
}

const config = 'repositories/edit/config';
const paths = [pathOf('a'), pathOf('b'), pathOf('a', 'index'), pathOf('a', 'snapshots'), config];

test('a time that nobody left out of a renewal never ends, however long nobody is heard', async () => {
  await book.write(paths.map((path) => ({ path, until: START + DAY_MS })));
  pass(400 * DAY_MS);
  assert.deepEqual(await book.over(), []);
  const [left = '', again = ''] = paths;
  await book.write([{ except: [left, again, pathOf('never locked')], until: START + 500 * DAY_MS }]);
  assert.deepEqual(await book.over(), [left, again], 'left out, and over');
  assert.equal(book.isKept(left), false);
  await book.write([{ path: again, until: START + DAY_MS }]);
  assert.equal(book.isKept(again), true, 'somebody needs it again');
  assert.deepEqual(await book.over(), [left]);
  await book.write([{ except: [], until: START + 500 * DAY_MS }]);
  assert.deepEqual(await book.over(), [], 'the newest renewal has it again');
  assert.equal(book.untilOf(left), START + 500 * DAY_MS);
});

test('what is left out keeps the time that it has: that much and no more', async () => {
  const [left = ''] = paths;
  await book.write([{ path: left, until: START + DAY_MS }]);
  await book.write([{ except: [], until: START + 9 * DAY_MS }]);
  await book.write([{ except: [left], until: START + 99 * DAY_MS }]);
  pass(9 * DAY_MS - 1);
  assert.deepEqual(await book.over(), []);
  pass(1);
  assert.deepEqual(await book.over(), [left]);
  await book.write([{ released: [left] }]);
  assert.deepEqual([book.size, book.untilOf(left), book.isKept(left)], [0, undefined, false]);
});

test('a folded table says what the long one said, and goes on', async () => {
  const [left = '', other = '', gone = ''] = paths;
  for (let i = 0; i < 20; i += 1) await book.write(paths.map((path) => ({ path, until: START + i * DAY_MS })));
  await book.write([
    { damaged: other, sha256: 'f'.repeat(64) },
    { except: [gone], until: START + 30 * DAY_MS },
  ]);
  await book.write([{ released: [gone] }, { except: [left], until: START + 40 * DAY_MS }]);
  const said = (): unknown => [book.size, ...paths.map((path) => [book.untilOf(path), book.isKept(path)])];
  const [before, bytes] = [said(), statSync(table()).size];
  await again();
  assert.deepEqual([said(), statSync(table()).size], [before, bytes], 'a short table is left as it is');
  writeFileSync(`${table()}.new`, 'of a fold that was cut off');
  await again(1);
  assert.deepEqual(said(), before);
  assert.ok(statSync(table()).size < bytes / 4);
  assert.equal(existsSync(`${table()}.new`), false);
  assert.equal(statSync(table()).mode & 0o077, 0);
  assert.match(readFileSync(table(), 'utf8'), new RegExp(`"damaged":"${other}"`), 'what was let go of stays on record');
  assert.equal(await book.fold(), false, 'and not again before it has grown');
  await book.write([{ path: pathOf('new'), until: START + 50 * DAY_MS }]);
  await again(1);
  assert.equal(book.untilOf(pathOf('new')), START + 50 * DAY_MS);
  assert.deepEqual((said() as unknown[]).slice(1), (before as unknown[]).slice(1));
  pass(41 * DAY_MS);
  assert.deepEqual(await book.over(), [left]);
});

test('lines that wait while the table is folded follow in the new one', async () => {
  await again(1);
  const [path = ''] = paths;
  for (let i = 0; i < 8; i += 1) await book.write([{ path, until: START + i }]);
  const [isFolded] = await Promise.all([book.fold(), book.write([{ path, until: START + 99 }])]);
  assert.equal(isFolded, true);
  await again();
  assert.equal(book.untilOf(path), START + 99);
});

test('a table that cannot be folded goes on as it is, and is folded later', async () => {
  const [path = ''] = paths;
  for (let i = 0; i < 8; i += 1) await book.write([{ path, until: START + i }]);
  mkdirSync(`${table()}.new`);
  await again(1);
  await book.write([{ path, until: START + DAY_MS }]);
  await assert.rejects(book.fold());
  rmSync(`${table()}.new`, { recursive: true });
  assert.equal(await book.fold(), true);
  await again();
  assert.equal(book.untilOf(path), START + DAY_MS);
});

test('a torn last line is cut off; what is damaged otherwise, or lacks rows, stops the bolt', async () => {
  const [path = ''] = paths;
  await book.write([{ path, until: START + DAY_MS }]);
  const whole = readFileSync(table(), 'utf8');
  appendFileSync(table(), whole.slice(0, -9));
  await again();
  assert.equal(readFileSync(table(), 'utf8'), whole);
  assert.equal(book.untilOf(path), START + DAY_MS);
  for (let i = 0; i < 8; i += 1) await book.write(paths.map((one) => ({ path: one, until: START + i })));
  await again(1);
  const folded = readFileSync(table(), 'utf8');
  await book.close();
  for (const bad of ['noise\n', `${whole}{"n":1}\n`, folded.split('\n').slice(0, 3).join('\n').concat('\n')]) {
    writeFileSync(table(), bad);
    await assert.rejects(open(), { code: 'book-broken' });
  }
  writeFileSync(table(), folded);
  book = await open();
});
