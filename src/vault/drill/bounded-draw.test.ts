/** What is drawn when there is not room for all of it. */
import { test } from 'node:test';
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { drawWithin } from './bounded-draw.ts';
import { drawOrder } from './sample.ts';
import type { ManifestRow } from '#vault/engine/manifest.ts';

const OVERHEAD_BYTES = 8192;
const row = (path: string, size: number): ManifestRow => ({ path, size, pieces: [] });
const sizes = fc.uniqueArray(fc.record({ path: fc.uuid(), size: fc.nat(1_000_000) }), {
  selector: ({ path }) => path,
  maxLength: 40,
});

test('what fits is restored whole; what does not never takes more than there is', () => {
  fc.assert(
    fc.property(sizes, fc.nat(40_000_000), (files, room) => {
      const rows = files.map(({ path, size }) => row(path, size));
      const { rows: drawn, isAll, wantedBytes } = drawWithin(rows, [], 'seed', room);
      const takes = drawn.reduce((sum, { size }) => sum + size + OVERHEAD_BYTES, 0);
      assert.equal(isAll, wantedBytes <= room);
      assert.ok(isAll ? drawn.length === rows.length : takes * 2 <= room);
    }),
  );
});

test('files come in the order of the draw; one that is too large is passed over, not the end', () => {
  const rows = Array.from({ length: 50 }, (_, n) => row(`media/${n}`, 1000));
  const order = drawOrder(
    rows.map(({ path }) => path),
    'seed',
  );
  const large = rows.map((one) => (one.path === order[0] ? row(one.path, 2 ** 40) : one));
  const { rows: drawn } = drawWithin(large, [], 'seed', 4 * 2 * (1000 + OVERHEAD_BYTES));
  assert.deepEqual(new Set(drawn.map(({ path }) => path)), new Set(order.slice(1, 5)));
});

test('what a second tool restores again needs its room, too', () => {
  const rows = [row('a', 10_000), row('b', 10_000)];
  const room = 2 * (10_000 + OVERHEAD_BYTES);
  assert.equal(drawWithin(rows, [], 'seed', room).isAll, true);
  assert.equal(drawWithin(rows, rows.slice(0, 1), 'seed', room).isAll, false);
});
