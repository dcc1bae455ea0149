/** Rows are found by their ids, wherever these lie: in memory, in the file, or in both. */
import { closeSync, openSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { after, test } from 'node:test';
import assert from 'node:assert/strict';
import { hash } from 'node:crypto';
import { AskedId, IdSlots, NO_ROW } from './id-slots.ts';
import { openScratchFile } from './scratch-file.ts';

const scratch = openScratchFile(tmpdir());
after(() => scratch.close());

const ASIDE = { file: () => scratch.fd, asideSlots: 4096 };
/** Laid aside eleven times. */
const COUNT = 30_000;

const idOf = (i: number): Buffer => hash('sha256', `${i}`, 'buffer');

/** As whoever keeps the ids asks. */
function asking(slots: IdSlots, ids: readonly Buffer[]) {
  const asked = new AskedId();
  const isAt = (row: number): boolean => ids[row]?.equals(asked.bytes) === true;
  const set = (id: Buffer): AskedId => {
    assert.ok(asked.set(id));
    return asked;
  };
  return {
    find: (id: Buffer) => slots.find(set(id), isAt),
    findAll: (id: Buffer) => slots.findAll(set(id), isAt),
    add: (id: Buffer) => slots.add(set(id), (row, into) => void into.set(ids[row] ?? Buffer.alloc(0))),
  };
}

function filled(slots: IdSlots, ids: readonly Buffer[]) {
  const { add, find, findAll } = asking(slots, ids);
  for (const [row, id] of ids.entries()) assert.equal(add(id), row);
  return { find, findAll };
}

test('what was laid aside is found, in memory that stays as it is', () => {
  const ids = Array.from({ length: COUNT }, (_, i) => idOf(i));
  const slots = new IdSlots(undefined, ASIDE);
  const { find, findAll } = filled(slots, ids);
  assert.equal(slots.count, COUNT);
  assert.equal(slots.shared.marks.byteLength, 4096);
  for (const [row, id] of ids.entries()) assert.equal(find(id), row);
  for (let i = 0; i < COUNT; i += 1) assert.equal(find(idOf(-1 - i)), NO_ROW);
  assert.deepEqual(findAll(idOf(7)), [7]);
  assert.deepEqual(findAll(idOf(-7)), []);
});

test('rows of one id are found in the order they came, and one id is told from another that begins as it does', () => {
  // Two thousand ids with one first word: several blocks of it; every fourth id comes again and again.
  const like = (i: number): Buffer => Buffer.concat([Buffer.from('7f8081ff', 'hex'), idOf(i).subarray(4)]);
  const ids = Array.from({ length: 12_000 }, (_, i) => (i % 6 === 0 ? like(i) : idOf(i % 4 === 0 ? i % 400 : i)));
  const { find, findAll } = filled(new IdSlots(undefined, ASIDE), ids);
  const rows = new Map<string, number[]>();
  for (const [row, id] of ids.entries()) rows.set(id.toString('hex'), [...(rows.get(id.toString('hex')) ?? []), row]);
  for (const [id, expected] of rows) {
    assert.equal(find(Buffer.from(id, 'hex')), expected[0]);
    assert.deepEqual(findAll(Buffer.from(id, 'hex')), expected);
  }
  for (const other of [like(1), like(-1), Buffer.alloc(32), Buffer.alloc(32, 0xff)]) assert.equal(find(other), NO_ROW);
});

test('whoever shares them sees what another laid aside, and what was forgotten is gone', () => {
  const ids = Array.from({ length: COUNT }, (_, i) => idOf(i));
  const slots = new IdSlots(undefined, ASIDE);
  const other = new IdSlots(slots.shared, ASIDE);
  const [mine, theirs] = [asking(slots, ids), asking(other, ids)];
  for (const [row, id] of ids.entries()) {
    const [adds, finds] = row % 3 === 0 ? [theirs, slots] : [mine, other];
    (adds === mine ? slots : other).refresh();
    assert.equal(adds.add(id), row);
    finds.refresh();
    if (row % 97 === 0) assert.equal((adds === mine ? theirs : mine).find(idOf(row - (row % 5))), row - (row % 5));
  }
  slots.clear();
  other.refresh();
  for (const { find } of [mine, theirs]) assert.equal(find(idOf(1)), NO_ROW);
  assert.equal(theirs.add(idOf(0)), 0);
  slots.refresh();
  assert.equal(mine.find(idOf(0)), 0);
});

test('where the file has no room, all stay in memory, and those that it has stay there', () => {
  const ids = Array.from({ length: COUNT }, (_, i) => idOf(i));
  const full = openSync('/dev/full', 'r+');
  const slots = new IdSlots(undefined, { ...ASIDE, file: () => (slots.count < 6000 ? scratch.fd : full) });
  const { find } = filled(slots, ids);
  assert.ok(slots.shared.marks.byteLength > 4096);
  for (const [row, id] of ids.entries()) assert.equal(find(id), row);
  assert.equal(find(idOf(-1)), NO_ROW);
  closeSync(full);
});
