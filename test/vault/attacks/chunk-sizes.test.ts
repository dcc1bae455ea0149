/** Hole 8, the chunking attack: whoever sees the packs must not learn the sizes of a known file's chunks from their order. */
import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { test } from 'node:test';
import { createPacker } from '#vault/engine/packer.ts';

const CHUNKS = 400;

/** Which pack each chunk went to, in the order of the file, by the pack's own number of arrival. */
async function spread(): Promise<readonly number[]> {
  const key = { encrypt: randomBytes(32), macK: randomBytes(16), macR: randomBytes(16) };
  const packOf = new Map<string, number>();
  let packs = 0;
  const packer = createPacker(key, {
    async store() {},
    packed(_pack, blobs) {
      for (const blob of blobs) packOf.set(blob.id, packs);
      packs += 1;
    },
  });
  const ids: string[] = [];
  for (let i = 0; i < CHUNKS; i += 1) {
    const plain = randomBytes(40_000);
    const id = createHash('sha256').update(plain).digest('hex');
    ids.push(id);
    await packer.add('data', id, plain, false);
  }
  await packer.flush();
  return ids.map((id) => packOf.get(id) ?? -1);
}

test('hole 8, the chunking attack: neighbours go to packs at random, differently each time', async () => {
  const [first, second] = [await spread(), await spread()];
  const switches = first.filter((pack, i) => i > 0 && pack !== first[i - 1]).length;
  assert.ok(!first.includes(-1));
  // A fair coin changes about every second time; 400 throws below 120 or above 280 are less likely than 1 in 10^15.
  assert.ok(switches > 120 && switches < 280, `${switches} changes of pack among ${CHUNKS} neighbours`);
  assert.notDeepEqual(first, second);
});
