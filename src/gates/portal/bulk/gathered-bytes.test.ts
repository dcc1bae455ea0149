import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { test } from 'node:test';
import { CHUNK_BYTES } from '#gates/portal/bulk/buffers.ts';
import { GatheredBytes, giveBack } from '#gates/portal/bulk/gathered-bytes.ts';

const SPLITS = [1, 7, 16_384, 65_536, CHUNK_BYTES - 1, CHUNK_BYTES, CHUNK_BYTES + 1, 3 * CHUNK_BYTES];

test('bytes come out as they went in, however they were split', () => {
  const bytes = randomBytes(2 * CHUNK_BYTES + 12_345);
  for (const size of SPLITS) {
    // Single bytes over a megabyte prove nothing that a thousand do not.
    const sent = bytes.subarray(0, Math.min(bytes.byteLength, size * 2000));
    const gathered = new GatheredBytes();
    const taken: Uint8Array[] = [];
    for (let at = 0; at < sent.byteLength; at += size) {
      gathered.add(sent.subarray(at, at + size));
      taken.push(...gathered.take(false));
    }
    taken.push(...gathered.take(true));
    assert.deepEqual(Buffer.concat(taken), sent, `in pieces of ${size}`);
    assert.equal(gathered.sizeBytes, 0);
    giveBack(taken);
  }
});

test('only full buffers are taken while more may come', () => {
  const gathered = new GatheredBytes();
  gathered.add(new Uint8Array(CHUNK_BYTES - 1));
  assert.deepEqual(gathered.take(false), []);
  gathered.add(new Uint8Array(2));
  assert.equal(gathered.sizeBytes, CHUNK_BYTES + 1);
  const full = gathered.take(false);
  assert.deepEqual(
    full.map((bytes) => bytes.byteLength),
    [CHUNK_BYTES],
  );
  assert.equal(gathered.sizeBytes, 1);
  giveBack([...full, ...gathered.take(true)]);
});

test('what is taken is not written over before it is given back', () => {
  const gathered = new GatheredBytes();
  gathered.add(new Uint8Array(CHUNK_BYTES).fill(1));
  const [first] = gathered.take(false);
  gathered.add(new Uint8Array(CHUNK_BYTES).fill(2));
  const [second] = gathered.take(false);
  assert.ok(first !== undefined && second !== undefined);
  assert.equal(first[0], 1);
  assert.equal(second[0], 2);
  giveBack([first, second]);
});

test('a chunk may be reused by its owner at once', () => {
  const gathered = new GatheredBytes();
  const chunk = new Uint8Array(100).fill(1);
  gathered.add(chunk);
  chunk.fill(2);
  const taken = gathered.take(true);
  assert.deepEqual(taken[0], new Uint8Array(100).fill(1));
  giveBack(taken);
});
