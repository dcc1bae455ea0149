/** Lines come in the order of their keys' bytes, from one run or from many. */
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { createSortedLines } from './sorted-lines.ts';

const scratch = mkdtempSync(join(tmpdir(), 'picturelock-lines-'));
after(() => rmSync(scratch, { recursive: true }));

fc.configureGlobal({ seed: 20261121 });

test('whatever the keys and however small a run is, the order is that of a sort of everything', () => {
  const lines = fc.uniqueArray(
    fc.tuple(fc.uint8Array({ minLength: 1, maxLength: 40 }), fc.string({ maxLength: 300 })),
    {
      selector: ([key]) => Buffer.from(key).toString('hex'),
      maxLength: 200,
    },
  );
  const bounds = fc.record({
    runBytes: fc.integer({ min: 16, max: 5000 }),
    longBytes: fc.integer({ min: 0, max: 400 }),
  });
  fc.assert(
    fc.property(lines, bounds, fc.boolean(), (given, sizes, isAside) => {
      const sorted = createSortedLines({ ...sizes, ...(isAside ? { scratch } : {}) });
      for (const [key, text] of given) sorted.add(key, [text.slice(0, 7), text.slice(7)]);
      const wanted = given
        .toSorted(([a], [b]) => Buffer.compare(a, b))
        .map(([, text]) => Buffer.from(text).toString('hex'))
        .join('');
      assert.equal(Array.from(sorted.texts(), (text) => text.toString('hex')).join(''), wanted);
      sorted.close();
    }),
  );
});

test('a key comes before those that it begins, whatever follows in them', () => {
  const keys = [
    'film',
    'film\0',
    'film\0\0\0\0\0\0',
    'film\0\0\0\0\0\0\0',
    'film\x01',
    'film/a',
    'film/abcdefg',
    'film/abcdefh',
  ];
  for (const runBytes of [1 << 20, 32]) {
    const sorted = createSortedLines({ scratch, runBytes });
    for (const key of keys.toReversed()) sorted.add(Buffer.from(key), []);
    assert.deepEqual(
      Array.from(sorted.keys(), (key) => key.toString()),
      keys,
    );
    sorted.close();
  }
});

test('a hundred thousand lines take little memory and leave nothing behind', () => {
  const sorted = createSortedLines({ scratch, runBytes: 64 * 1024 });
  for (let i = 0; i < 100_000; i += 1) sorted.add(Buffer.from(`path/${(i * 7919) % 100_000}`), [`line ${i}`]);
  assert.deepEqual(readdirSync(scratch), [], 'what is laid aside has no name');
  let [count, last] = [0, ''];
  for (const text of sorted.texts()) {
    count += 1;
    last = text.toString();
  }
  sorted.close();
  assert.equal(count, 100_000);
  assert.match(last, /^line \d+$/);
});
